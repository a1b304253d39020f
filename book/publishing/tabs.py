"""The Sphinx transform that lays the frameworks out as tabs and folds the solutions.

MyST-NB leaves a code cell as one container among the children of its section, with the cell's tags
among its classes; `read_for_sphinx` leaves tagged Markdown alike. So neighbours can be gathered
here, into the components that sphinx-design's own directives make.
"""

from itertools import groupby

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx_design.shared import create_component

from book.publishing.views import FRAMEWORKS, SOLUTION

FRAMEWORK_LABELS = {"tensorflow": "TensorFlow", "pytorch": "PyTorch"}
SOLUTION_TITLES = {"ko": "풀이", "en": "Solution"}


class GatherCells(SphinxTransform):
    """Puts neighbouring framework cells into tabs, then neighbouring solution cells into folds."""

    default_priority = 500

    def apply(self) -> None:
        """Rearrange the cells of each section."""
        title = SOLUTION_TITLES[self.config.language]
        parents = [self.document, *self.document.findall(nodes.section)]
        for parent in parents:
            children = _with_tabs(parent.children)
            parent.children = []
            parent.extend(_with_folds(children, title))


def _tags(node: nodes.Node) -> set[str]:
    """Return the cell tags that the site's layout depends on."""
    if not isinstance(node, nodes.container):
        return set()
    # docutils writes the class tag_x of a directive as tag-x.
    names = {name.replace("_", "-") for name in node["classes"]}
    return {tag for tag in (*FRAMEWORKS, SOLUTION) if f"tag-{tag}" in names}


def _framework(node: nodes.Node) -> str | None:
    """Return the only framework of a cell; None if it has none, or both."""
    frameworks = _tags(node).intersection(FRAMEWORKS)
    return frameworks.pop() if len(frameworks) == 1 else None


def _is_solution(node: nodes.Node) -> bool:
    return SOLUTION in _tags(node)


def _with_tabs(children: list[nodes.Node]) -> list[nodes.Node]:
    result: list[nodes.Node] = []
    for (has_framework, _), run in groupby(children, key=_run_key):
        cells = list(run)
        result.extend(_tab_sets(cells) if has_framework else cells)
    return result


def _run_key(node: nodes.Node) -> tuple[bool, bool]:
    return _framework(node) is not None, _is_solution(node)


def _tab_sets(cells: list[nodes.container]) -> list[nodes.container]:
    """Return one set of tabs for each time that TensorFlow begins again."""
    groups: list[list[nodes.container]] = []
    previous = None
    for cell in cells:
        framework = _framework(cell)
        if previous is None or (framework, previous) == ("tensorflow", "pytorch"):
            groups.append([])
        groups[-1].append(cell)
        previous = framework
    return [_tab_set(group) for group in groups]


def _tab_set(cells: list[nodes.container]) -> nodes.container:
    tabs = [_tab(framework, list(members)) for framework, members in groupby(cells, key=_framework)]
    classes = ["sd-tab-set", "framework-tabs"]
    if _is_solution(cells[0]):
        classes.append(f"tag_{SOLUTION}")
    return create_component("tab-set", classes=classes, children=tabs)


def _tab(framework: str, cells: list[nodes.container]) -> nodes.container:
    text = FRAMEWORK_LABELS[framework]
    # One group for the whole book: sphinx-design changes all tabs at once, on later pages, too.
    label = nodes.rubric(
        text, text, classes=["sd-tab-label"], sync_group="framework", sync_id=framework
    )
    content = create_component("tab-content", classes=["sd-tab-content"], children=cells)
    return create_component(
        "tab-item", classes=["sd-tab-item"], children=[label, content], selected=False
    )


def _with_folds(children: list[nodes.Node], title: str) -> list[nodes.Node]:
    result: list[nodes.Node] = []
    for is_solution, run in groupby(children, key=_is_solution):
        nodes_in_run = list(run)
        result.extend([_fold(nodes_in_run, title)] if is_solution else nodes_in_run)
    return result


def _fold(children: list[nodes.Node], title: str) -> nodes.container:
    return create_component(
        "dropdown",
        children=[nodes.rubric(title, title), *children],
        type="dropdown",
        has_title=True,
        opened=False,
        icon=None,
        chevron=None,
        container_classes=["sd-mb-3", SOLUTION],
        title_classes=[],
        body_classes=[],
    )
