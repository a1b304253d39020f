"""The Sphinx transform that lays the frameworks out as tabs and folds the solutions.

MyST-NB leaves a code cell as one container among the children of its section, with the cell's tags
among its classes; `reader` leaves tagged Markdown alike. So neighbours can be gathered
here: solutions into sphinx-design's folds, frameworks into tabs of the book's own, because
sphinx-design's are radio buttons, which are no ARIA tabs and hide one version without JavaScript.
"""

import ast
from collections.abc import Iterator
from html import escape
from itertools import count, groupby

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.writers.html5 import HTML5Translator
from sphinx_design.shared import create_component

from publishing.chapter.editions import BOTH, FRAMEWORKS, SOLUTION
from publishing.chapter.sections import fold_title
from publishing.chapter.view import steps
from publishing.site.alignment import aligned
from publishing.site.documents import ancestors
from publishing.texts import localized


class FrameworkTabs(nodes.General, nodes.Element):
    """One step in several frameworks: a panel for each, and the tabs that choose between them.

    Its attribute `rows` says which of them have a line in each row of code, where all stand side by
    side: a digit for a row, made of a bit for a framework; a word for a cell.
    """


class FrameworkPanel(nodes.General, nodes.Element):
    """One framework's version of a step, under the framework's name.

    Its attributes are the `framework`, the `level` of the name as a heading, and, where it belongs
    to tabs, the `ids` of itself and the `tab` that labels it.
    """


def setup_tabs(app: Sphinx) -> None:
    """Register the tabs with Sphinx."""
    app.add_node(FrameworkTabs, html=(_visit_tabs, _depart))
    app.add_node(FrameworkPanel, html=(_visit_panel, _depart))


class GatherCells(SphinxTransform):
    """Puts neighbouring framework cells into tabs, then neighbouring solution cells into folds."""

    def apply(self) -> None:
        """Rearrange the cells of each section."""
        numbers = count(1)
        for parent in [self.document, *self.document.findall(nodes.section)]:
            depth = sum(isinstance(node, nodes.section) for node in [parent, *ancestors(parent)])
            headings = [child.astext() for child in parent if isinstance(child, nodes.title)]
            title = fold_title("".join(headings), self.config.language)
            for child in parent:
                _mark_need(child, self.config.language)
            children = _with_tabs(parent.children, numbers, depth + 1)
            parent.children = []
            parent.extend(_with_folds(children, title))


def _tags(node: nodes.Node) -> set[str]:
    if not isinstance(node, nodes.container | FrameworkTabs | FrameworkPanel):
        return set()
    # docutils writes the class tag_x of a directive as tag-x.
    names = {name.replace("_", "-") for name in node["classes"]}
    return {tag for tag in (*FRAMEWORKS, SOLUTION) if f"tag-{tag}" in names}


def _mark_need(cell: nodes.Node, language: str) -> None:
    """Say of a cell whether it needs all frameworks: whoever has installed one cannot run it."""
    if not isinstance(cell, nodes.container) or len(_tags(cell).intersection(FRAMEWORKS)) < 2:
        return
    text = escape(localized("Needs both frameworks", language))
    label = f'<div class="need" data-pagefind-ignore>{text}</div>'
    cell["classes"].append("needs-both")
    cell.insert(0, nodes.raw("", label, format="html"))


def _framework(node: nodes.Node) -> str:
    """Return the only framework of a cell; empty if it has none, or both."""
    frameworks = _tags(node).intersection(FRAMEWORKS)
    return frameworks.pop() if len(frameworks) == 1 else ""


def _is_solution(node: nodes.Node) -> bool:
    return SOLUTION in _tags(node)


def _with_tabs(
    children: list[nodes.Node], numbers: Iterator[int], level: int
) -> Iterator[nodes.Node]:
    for (has_framework, _), run in groupby(
        children, lambda node: (bool(_framework(node)), _is_solution(node))
    ):
        if has_framework:
            yield from (_tab_set(step, next(numbers), level) for step in steps(run, _framework))
        else:
            yield from run


def _tab_set(cells: list[nodes.Node], number: int, level: int) -> nodes.Element:
    """Return a step's tabs; for a step of one framework only, its panel, which always shows."""
    classes = [f"tag-{SOLUTION}"] if _is_solution(cells[0]) else []
    classes += ["only-imports"] if all(map(_only_imports, cells)) else []
    panels = [
        FrameworkPanel("", *members, framework=framework, level=level)
        for framework, members in groupby(cells, key=_framework)
    ]
    if len(panels) == 1:
        panels[0]["classes"] += classes
        return panels[0]
    rows = " ".join(_rows(step) for step in zip(*(_codes(panel) for panel in panels), strict=False))
    for panel in panels:
        panel["ids"] = [f"step-{number}-{panel['framework']}"]
        panel["tab"] = f"tab-{number}-{panel['framework']}"
    return FrameworkTabs("", *panels, rows=rows, classes=["framework-tabs", *classes])


def _only_imports(cell: nodes.Node) -> bool:
    """Tell whether a cell does nothing but import: whoever reads on needs no look at it."""
    parts = [child["classes"] for child in cell.children if isinstance(child, nodes.Element)]
    if parts != [["cell_input"]]:
        return False
    return all(isinstance(part, ast.Import | ast.ImportFrom) for part in _parsed(cell.astext()))


def _parsed(code: str) -> list[ast.stmt]:
    try:
        return ast.parse(code).body
    except SyntaxError:  # IPython's own language
        return [ast.Pass()]


def _codes(panel: FrameworkPanel) -> list[list[str]]:
    """Return the lines of each of a panel's cells, as Pygments shows them."""
    containers = panel.findall(nodes.container)
    inputs = [container for container in containers if "cell_input" in container["classes"]]
    return [container.astext().strip("\n").split("\n") for container in inputs]


def _rows(codes: tuple[list[str], ...]) -> str:
    """Return where in the rows of corresponding lines each framework has one."""
    return "".join(
        str(sum(2**place for place, line in enumerate(row) if line is not None))
        for row in aligned(codes)
    )


def _visit_tabs(translator: HTML5Translator, node: FrameworkTabs) -> None:
    language = translator.config.language
    label, both = localized("Framework", language), localized("Side by side", language)
    panels = list(node.findall(FrameworkPanel))
    translator.body += [
        translator.starttag(node, "div", **{"data-rows": node["rows"]}),
        f'<div class="framework-tablist" role="tablist" aria-label="{escape(label)}">\n',
        # framework.js selects the reader's; until then, the first.
        *(_tab(panel, is_selected=panel is node[0]) for panel in panels),
        # Shown where there is room for it.
        f'<button type="button" role="tab" aria-controls="{_ids(panels)}" aria-selected="false" '
        f'tabindex="-1" data-framework="{BOTH}">{both}</button>\n</div>\n',
    ]


def _ids(panels: list[FrameworkPanel]) -> str:
    return " ".join(panel["ids"][0] for panel in panels)


def _tab(panel: FrameworkPanel, *, is_selected: bool) -> str:
    return (
        f'<button type="button" role="tab" id="{panel["tab"]}" aria-controls="{panel["ids"][0]}" '
        f'aria-selected="{str(is_selected).lower()}" tabindex="{0 if is_selected else -1}" '
        f'data-framework="{panel["framework"]}">{FRAMEWORKS[panel["framework"]].label}</button>\n'
    )


def _visit_panel(translator: HTML5Translator, node: FrameworkPanel) -> None:
    attributes = {"class": "framework-note", "data-framework": node["framework"]}
    if "tab" in node:
        attributes |= {"class": "framework-panel", "role": "tabpanel", "tabindex": "0"}
        attributes["aria-labelledby"] = node["tab"]
    translator.body += [
        translator.starttag(node, "div", **attributes),
        # Shown where there are no tabs: without JavaScript, and on paper.
        f'<div class="framework-name" role="heading" aria-level="{node["level"]}">'
        f"{FRAMEWORKS[node['framework']].label}</div>\n",
    ]


def _depart(translator: HTML5Translator, node: nodes.Element) -> None:
    translator.body.append("</div>\n")


def _with_folds(children: Iterator[nodes.Node], title: str) -> Iterator[nodes.Node]:
    for is_solution, run in groupby(children, key=_is_solution):
        if not is_solution:
            yield from run
            continue
        yield create_component(
            "dropdown",
            children=[nodes.rubric(title, title), *run],
            type="dropdown",
            has_title=True,
            opened=False,
            icon=None,
            chevron=None,
            container_classes=["sd-mb-3", SOLUTION],
            title_classes=[],
            body_classes=[],
        )
