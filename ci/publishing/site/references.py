"""The bibliography as a plain list, in English: so are the words that sphinxcontrib-bibtex puts in.

The book cites by author and year, so the labels that sphinxcontrib-bibtex makes ([BCB15]) say
nothing here; and docutils marks each entry with a role that WAI-ARIA has withdrawn.
"""

from docutils import nodes
from pybtex.plugin import find_plugin, register_plugin
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinxcontrib.bibtex.bibfile import BibData, process_bibdata

from publishing.chapter.editions import INTERNATIONAL
from publishing.site.languages import language_class

BACKENDS = ("plaintext", "markdown")  # of the site, and of the notebooks to run


def find_plugin_once() -> None:
    """Tell pybtex what else it looks for among all installed packages, for each citation."""
    for name in BACKENDS:
        found = find_plugin("pybtex.backends", name)
        register_plugin("pybtex.backends", name, found, force=True)


def read_bibliography(environment: BuildEnvironment) -> BibData:
    """Return the bibliography, read again if its file has changed."""
    known: BibData = environment.domaindata["cite"]["bibdata"]
    return process_bibdata(known, list(known.bibfiles), known.encoding)


def put_bibliography(bibliography: BibData, environment: BuildEnvironment) -> set[str]:
    """Use a bibliography from now on; return the pages that are to be read again for it."""
    data = environment.domaindata["cite"]
    if bibliography is data["bibdata"]:
        return set()
    data["bibdata"] = bibliography
    places = *data["citation_refs"], *data["bibliographies"]
    return {place.docname for place in places}


class ListReferences(SphinxPostTransform):
    """Replaces each run of citations by a list."""

    def run(self, **options: object) -> None:
        """Replace them."""
        for citation in list(self.document.findall(nodes.citation)):
            paragraphs = [node for node in citation if not isinstance(node, nodes.label)]
            entry = nodes.list_item("", *paragraphs, ids=citation["ids"])
            if self.config.language != INTERNATIONAL:
                entry["classes"].append(language_class(INTERNATIONAL))
            siblings = citation.parent
            previous = citation.previous_sibling()
            if isinstance(previous, nodes.bullet_list) and "references" in previous["classes"]:
                previous.append(entry)
                siblings.remove(citation)
            else:
                siblings.replace(citation, nodes.bullet_list("", entry, classes=["references"]))
