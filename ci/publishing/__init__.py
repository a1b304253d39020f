"""Turns the chapters into the site and into the notebooks to run, and proves them.

`build` and `serve` put the rooms together; `publication` and `texts` say what all of them ask. The
rooms are `chapter` (what a chapter is), `site`, `notebooks`, `authoring` and `proof`. Imports run
downwards only: a room knows `chapter`, `publication` and `texts`, and no other room.
"""
