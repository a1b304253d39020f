"""Gives the sections of a page the ids that they have in every language."""

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from publishing.chapter.section_ids import section_ids
from publishing.site.reader import chapter_of

LOGGER = logging.getLogger(__name__)


class PermanentIds(SphinxTransform):
    """Gives the sections of a chapter their permanent ids."""

    def apply(self) -> None:
        """Replace the first id of each section, the one that docutils has made."""
        chapter = chapter_of(self.env)
        if chapter is None:
            return
        sections = list(self.document.findall(nodes.section))
        ids = section_ids(chapter.cells)
        if len(ids) != len(sections):
            message = "%d headings make %d sections"
            LOGGER.warning(message, len(ids), len(sections), location=self.env.docname)
            return
        for section, permanent in zip(sections, ids, strict=True):
            automatic = section["ids"][0]
            section["ids"][0] = permanent
            self.document.ids[permanent] = section
            for name, value in self.document.nameids.items():
                if value == automatic:
                    self.document.nameids[name] = permanent
