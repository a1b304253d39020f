"""What becomes of MyST in a notebook to run: plain Markdown, or a refusal."""

import re
from base64 import b64decode
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from publishing.notebooks.book_index import BibliographyEntry, BookIndex, Place
from publishing.notebooks.plain_markdown import MarkdownError, PlainMarkdown
from publishing.publication import Publication

IMAGES = re.compile(r"!\[(?P<alt>.*?)\]\((?P<address>[^)]*)\)", re.DOTALL)
PAGE = "chapters/01-sample"
TERM = {"ko": "attention", "en": "attention"}
CONFIGURATION = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
INDEX = BookIndex(
    markdown_extensions=frozenset(CONFIGURATION["parse"]["myst_enable_extensions"]),
    pages={
        PAGE: Place(PAGE, "", "Sample"),
        "chapters/02-next": Place("chapters/02-next", "", "What is next"),
    },
    labels={"part": Place("chapters/02-next", "a-part", "A part")},
    equations={"sum": Place("chapters/01-sample", "equation-sum", "(5)")},
    glossary=[{"term": TERM, "definition": TERM}],
    terms={"attention": Place("chapters/appendix-glossary", "term-attention", "attention")},
    references={
        "both2015": BibliographyEntry(
            "A and B", "2015", "https://doi.org/10.1/x", "A and B. *Title*. 2015."
        )
    },
)
ADDRESS = "https://book.example/"
PART = f"{ADDRESS}en/chapters/02-next.html#a-part"
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 4"><text y="4">α한</text></svg>'


@pytest.fixture
def root(tmp_path) -> Path:
    """Return the folder of a book of one drawing."""
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "drawing.svg").write_text(DRAWING, "utf-8")
    return tmp_path


def rendered(root: Path, source: str, site: str | None = ADDRESS, language: str = "en") -> str:
    return PlainMarkdown(root, language, INDEX, Publication(site), PAGE).render(source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{cite:t}`both2015` say", r"[A and B \[2015\]](https://doi.org/10.1/x) say"),
        ("known {cite:p}`both2015`", r"known \[[A and B, 2015](https://doi.org/10.1/x)\]"),
        ("{ref}`part` and {ref}`here <part>`", f"[A part]({PART}) and [here]({PART})"),
        ("[](#part)", f"[A part]({PART})"),
        ("{doc}`02-next`", f"[What is next]({ADDRESS}en/chapters/02-next.html)"),
        ("[next](02-next.ipynb#x)", f"[next]({ADDRESS}en/chapters/02-next.html#x)"),
        ("[out](https://x.example/a_b)", "[out](https://x.example/a_b)"),
        ("by {eq}`sum`", f"by [(5)]({ADDRESS}en/chapters/01-sample.html#equation-sum)"),
        ("$$a = b$$ (sum)", "$$\na = b \\tag{5}\n$$"),
        ("```{math}\n:label: sum\na = b\n```", "$$\na = b \\tag{5}\n$$"),
        ("$$a \\tag{1}$$", "$$\na \\tag{1}\n$$"),
        ("{math}`x^2` is $x^2$", "$x^2$ is $x^2$"),
        ("```{note}\nBe *quick*.\n```", "> **Note**\n>\n> Be *quick*."),
        (":::{admonition} Mine\nA\n\nB\n:::", "> **Mine**\n>\n> A\n>\n> B"),
        ("(part)=\n## A part\n\n% a comment", "## A part"),
        (r"\$5 and \$6", r"\$5 and \$6"),
        ("```sh\nls {x}`y`\n```", "```sh\nls {x}`y`\n```"),
        (
            ":::{dropdown} More\nText\n:::",
            "<details><summary>More</summary>\n\nText\n\n</details>",
        ),
        (
            "```{image} data:image/png;base64,AA+/==\n:alt: a [b]\n```",
            r"![a \[b\]](data:image/png;base64,AA+/==)",
        ),
    ],
)
def test_myst_becomes_plain_markdown(root, source, expected):
    assert rendered(root, source) == expected


def test_admonitions_are_titled_in_the_language_of_the_notebook(root):
    assert rendered(root, "```{warning}\n조심\n```", language="ko").startswith("> **경고**")


@pytest.mark.parametrize(
    "source", ["# A *b*\n\n1. x\n2. `y`\n\n> z", "| a | $\\alpha$ |\n| --- | --- |\n| 1 | `2` |"]
)
def test_plain_markdown_says_the_same_as_before(root, source):
    plain = PlainMarkdown(root, "en", INDEX, Publication(ADDRESS), PAGE)
    html = plain._parser.render
    assert html(plain.render(source)) == html(source)


def test_without_an_address_links_lead_to_the_notebook_beside(root):
    assert rendered(root, "[next](02-next.ipynb#x)", site=None) == "[next](02-next.ipynb)"
    assert rendered(root, "attention", site=None) == "attention"


def test_first_use_of_a_term_leads_to_the_published_glossary(root):
    link = f"[attention]({ADDRESS}en/chapters/appendix-glossary.html#term-attention)"
    source = "# attention\n\n**attention**, attention and attention"
    expected = f"# attention\n\n**attention**, {link} and attention"
    assert rendered(root, source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "![a [b]](../resources/drawing.svg)",
        "```{figure} ../resources/drawing.svg\n:alt: a [b]\n```",
    ],
)
def test_drawings_are_embedded_as_png_with_their_text(root, source):
    alt, address = IMAGES.search(rendered(root, source)).groups()
    assert alt == r"a \[b\]"
    kind, _, data = address.partition(",")
    assert (kind, b64decode(data)[1:4]) == ("data:image/png;base64", b"PNG")


def test_an_embedded_drawing_is_in_the_language(root):
    label = '<switch><text systemLanguage="ko">가</text><text>a</text></switch>'
    path = root / "resources" / "drawing.svg"
    source = "![a](../resources/drawing.svg)"
    path.write_text(DRAWING.replace("</svg>", f"{label}</svg>"), "utf-8")
    both = {language: rendered(root, source, language=language) for language in ("ko", "en")}
    for language, own in (("ko", "<text>가</text>"), ("en", "<text>a</text>")):
        path.write_text(DRAWING.replace("</svg>", f"<g>{own}</g></svg>"), "utf-8")
        assert both[language] == rendered(root, source, language=language)
    assert both["ko"] != both["en"]


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("{numref}`part`", "role {numref}"),
        ("```{tableofcontents}\n```", "directive {tableofcontents}"),
        ("term\n: definition", "dl"),
        ("{ref}`absent`", "'absent' is not a label"),
        ("{cite:t}`absent`", "'absent' is not a key"),
        ("[x](absent.ipynb)", "absent' is not a page"),
        ("![x](../resources/absent.svg)", "absent.svg cannot be used"),
        ("![x](https://x.example/a.png)", "would not show offline"),
        ("> ```{glue} x\n> ```", "directive {glue}"),
    ],
)
def test_what_would_show_as_raw_text_is_refused(root, source, named):
    with pytest.raises(MarkdownError, match=re.escape(named)):
        rendered(root, source)
