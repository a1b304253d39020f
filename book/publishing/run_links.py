"""The buttons under a chapter's title: open it in Colab, download it.

Each framework has its own; CSS shows those of the reader's choice, as framework.js says. Smaller
links under them, always shown, lead to the notebook for both.
"""

from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from book.publishing.frameworks import FRAMEWORK_LABELS, FRAMEWORKS
from book.publishing.notebook_addresses import SITE_FOLDER, colab_address, notebook_path

GROUP_LABELS = {"ko": "이 장 실행하기", "en": "Run this chapter"}
COLAB_LABELS = {"ko": "Colab에서 {framework} 노트북 열기", "en": "Open in Colab ({framework})"}
BOTH_LABELS = {"ko": "두 프레임워크", "en": "both frameworks"}
DOWNLOAD_LABELS = {"ko": "{framework} 노트북 내려받기", "en": "Download notebook ({framework})"}


def setup_run_links(app: Sphinx) -> None:
    """Register the buttons with Sphinx."""
    # Set by ci/build: `jupyter-book build .` makes no notebooks to run.
    app.add_config_value("book_has_notebooks", False, "env")
    app.add_transform(AddRunLinks)
    app.add_css_file("run-links.css")


class AddRunLinks(SphinxTransform):
    """Puts the buttons under the title of each chapter that has code."""

    default_priority = 690  # before AddFacts, which puts its line between title and buttons

    def apply(self) -> None:
        """Insert them."""
        title = next(self.document.findall(nodes.title), None)
        if not self.config.book_has_notebooks or title is None or not self._has_code():
            return
        section = title.parent
        section.insert(section.index(title) + 1, nodes.raw("", self._html(), format="html"))

    def _has_code(self) -> bool:
        containers = self.document.findall(nodes.container)
        return any("cell_input" in container["classes"] for container in containers)

    def _html(self) -> str:
        label = GROUP_LABELS[self.config.language]
        links = "\n".join(map(self._links, (*FRAMEWORKS, "both")))
        return (
            f'<div class="run-links" role="group" aria-label="{escape(label)}" '
            f"data-pagefind-ignore>\n{links}\n</div>"
        )

    def _links(self, framework: str) -> str:
        language, page = self.config.language, self.env.docname
        name = f"{page.rpartition('/')[2]}.ipynb"
        to_site = "../" * (page.count("/") + 1)
        download = f"{to_site}{SITE_FOLDER}/{notebook_path(language, framework, name)}"
        colab = colab_address(Path(self.app.srcdir), language, framework, name)
        label = FRAMEWORK_LABELS.get(framework, BOTH_LABELS[language])
        links = [_link(download, DOWNLOAD_LABELS[language], label, " download")]
        if colab:
            links.insert(0, _link(colab, COLAB_LABELS[language], label))
        return f'<p data-framework="{framework}">{" ".join(links)}</p>'


def _link(address: str, label: str, framework: str, attribute: str = "") -> str:
    text = label.format(framework=framework)
    return f'<a href="{escape(address)}"{attribute}>{escape(text)}</a>'
