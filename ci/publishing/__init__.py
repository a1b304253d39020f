"""Turns the chapters into the site and into the notebooks to run, and proves them.

`build` and `serve` put the rooms together; `publication` and `texts` say what all of them ask. The
rooms are `chapter` (what a chapter is), `site`, `notebooks`, `authoring` and `proof`. Imports run
downwards only: a room knows `chapter`, `publication` and `texts`, and no other room.

Everywhere, `root` is the folder of the book, `language` a key of LANGUAGES such as `ko`, and
`framework` a key of FRAMEWORKS or `both`; an edition is one of each. A chapter's name is that of
its file without the ending, such as 04-attention; its page is chapters/04-attention. A
`publication` says where the book can be had, and an `index` what a text may refer to.
"""
