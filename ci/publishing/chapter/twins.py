"""What twins have in common: two languages say the same, each in its own words.

Words cannot be compared, but what stands between them can: formulas, numbers, code, links,
citations, pictures, the shapes of tables, the number of paragraphs. Each is a multiset, for a
language orders its sentences as it likes.
"""

import re
from collections import Counter
from collections.abc import Iterator

from publishing.chapter.markdown import parsed
from publishing.chapter.numbers import unmatched

FORMULAS = {"math_inline", "math_inline_double", "math_block", "math_block_label"}
BLOCKS = {"paragraph_open": "paragraphs", "list_item_open": "list items", "fence": "code blocks"}
WORDS_IN_FORMULA = re.compile(r"\\text\{[^}]*\}")
COMMENT = re.compile(r"#.*")


def differences(first: str, second: str, languages: tuple[str, str]) -> Iterator[str]:
    """Yield how two Markdown texts differ in what they should have in common.

    Args:
        first: The text in one language.
        second: The text in the other.
        languages: Their codes.
    """
    here, there = _parts(first), _parts(second)
    for kind in sorted({*here, *there}):
        only_here, only_there = here[kind] - there[kind], there[kind] - here[kind]
        if only_here or only_there:
            yield f"other {kind}: {_told(only_here)} against {_told(only_there)}"
    texts = prose(first), prose(second)
    yield from number_differences(*texts, languages)


def number_differences(first: str, second: str, languages: tuple[str, str]) -> Iterator[str]:
    """Yield the numbers that only one of two plain texts has."""
    only_here = unmatched(first, second, languages[1])
    only_there = unmatched(second, first, languages[0])
    if only_here or only_there:
        shown = [" ".join(map(str, values)) or "none" for values in (only_here, only_there)]
        yield f"other numbers: {shown[0]} against {shown[1]}"


def prose(markdown: str, *, with_pictures: bool = True) -> str:
    """Return what is neither code nor formula: the words, also those that describe pictures."""
    kinds = {"text", "image"} if with_pictures else {"text"}
    return " ".join(token.content for token in parsed(markdown) if token.type in kinds)


def _parts(markdown: str) -> dict[str, Counter[str]]:
    """Return what can be compared, by kind."""
    parts: dict[str, Counter[str]] = {
        kind: Counter()
        for kind in ("formulas", "code", "links", "citations", "pictures", "tables", "blocks")
    }
    for token in parsed(markdown):
        if token.type in FORMULAS:
            parts["formulas"][_formula(token.content)] += 1
        elif token.type == "code_inline":
            parts["code"][token.content] += 1
        elif token.type == "link_open":
            parts["links"][str(token.attrs["href"])] += 1
        elif token.type == "myst_role":
            role = token.meta["name"]
            target = "a term" if role == "term" else token.content  # a term is a language's own
            parts["citations" if role.startswith("cite") else "links"][target] += 1
        elif token.type == "image":
            parts["pictures"][str(token.attrs["src"])] += 1
        elif token.type in ("th_open", "td_open"):
            parts["tables"][token.type.removesuffix("_open")] += 1
        if token.type == "fence":
            parts["code"][COMMENT.sub("", token.content)] += 1
        if token.type in BLOCKS:
            parts["blocks"][BLOCKS[token.type]] += 1
    return parts


def _formula(tex: str) -> str:
    """Return a formula without spaces, and without the words in it, which are a language's own."""
    return "".join(WORDS_IN_FORMULA.sub(r"\\text{}", tex).split())


def _told(parts: Counter[str]) -> str:
    counts = [f"{part[:40]}{f' ×{count}' if count > 1 else ''}" for part, count in parts.items()]
    return ", ".join(counts) or "none"
