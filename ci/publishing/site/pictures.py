"""Pictures on a page: drawings in the page's language, and room for each before it is there."""

from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms.images import BaseImageConverter
from sphinx.writers.html5 import HTML5Translator

from publishing.chapter.drawings import drawing_in, has_words

SIZE = ("width", "height")


def setup_pictures(app: Sphinx) -> None:
    """Register with Sphinx what becomes of pictures."""
    app.add_post_transform(ChooseDrawing)
    app.add_node(nodes.image, override=True, html=(_visit, _depart))


class ChooseDrawing(BaseImageConverter):
    """Puts the drawing of the page's language in place of the one that holds them all."""

    default_priority = 50

    def match(self, node: nodes.image) -> bool:
        """Tell whether it is a drawing of the book."""
        return str(node["uri"]).endswith(".svg") and self._path(node).is_file()

    def handle(self, node: nodes.image) -> None:
        """Choose the file, and give the picture its size."""
        path = self._path(node)
        root = ElementTree.parse(path).getroot()
        for name in SIZE:
            node.setdefault(name, root.get(name))
        if not has_words(path):
            return
        language = self.config.language
        chosen = Path(self.imagedir, f"{path.stem}.{language}{path.suffix}")
        chosen.parent.mkdir(parents=True, exist_ok=True)
        chosen.write_text(drawing_in(path, language), "utf-8")
        node["uri"] = str(chosen)
        node["candidates"] = {"*": str(chosen)}
        self.env.images.add_file(self.env.docname, str(chosen))

    def _path(self, node: nodes.image) -> Path:
        return Path(self.app.srcdir, node["uri"])


def _visit(translator: HTML5Translator, node: nodes.image) -> None:
    """Write the size as attributes: nothing moves when the picture comes, and it may be narrower.

    docutils writes it as a style, in which the height would stay where a phone has less width.
    """
    attributes = [
        f'{name}="{node.attributes.pop(name)}"'
        for name in SIZE
        if str(node.get(name, "")).isdecimal()
    ]
    node["loading"] = "lazy"
    type(translator).visit_image(translator, node)
    sized = " ".join(["<img", *attributes, ""])
    translator.body[-1] = translator.body[-1].replace("<img ", sized, 1)


def _depart(translator: HTML5Translator, node: nodes.image) -> None:
    type(translator).depart_image(translator, node)
