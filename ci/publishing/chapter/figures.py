"""What is stored of a figure: a picture for each language where it has words, and its words."""

from collections.abc import Iterator

from nbformat import NotebookNode

from publishing.chapter.editions import LANGUAGES
from publishing.chapter.view import OUTPUT_LANGUAGE
from publishing.chapter.words import foreign_words

# What book.figures knows as well; a test compares them. The first names the variable by which a
# notebook asks for its language.
CHOICE = "BOOK_LANGUAGE"
TITLE = "Figure"  # the first line of what book.figures writes beside a picture
SEPARATOR = " · "  # between the parts of a label
PICTURE = "image/png"
# Metadata of a cell whose ticks are labelled with tokens of a text in some language: they are data.
TICKS, TOKENS = "tick-labels", "tokens"


def figure_problems(cell: NotebookNode) -> Iterator[str]:
    """Yield what is wrong with the figures of a code cell."""
    if cell.metadata.get(TICKS, TOKENS) != TOKENS:
        yield f"{TICKS!r} is {cell.metadata[TICKS]!r}; write {TOKENS!r}, or take it away"
    pictures = [output for output in cell.outputs if PICTURE in output.get("data", {})]
    drawn = [picture.metadata.get(OUTPUT_LANGUAGE) for picture in pictures]
    if not _is_complete(drawn):
        found = ", ".join(language or "no language" for language in drawn)
        yield f"its figures are stored in {found}; run ci/execute, which draws each language"
    for picture, language in zip(pictures, drawn, strict=True):
        title, *lines = picture.data.get("text/plain", "").splitlines() or [""]
        if title != TITLE:
            yield "a figure whose words nobody can compare; import book.plots before it is drawn"
        for line in lines:
            if cell.metadata.get(TICKS) == TOKENS and " ticks: " in line:
                continue
            for label in line.partition(": ")[2].split(" | "):
                yield from _label_problems(label, [language] if language else list(LANGUAGES))


def _is_complete(drawn: list[str | None]) -> bool:
    rest = [language for language in drawn if language is not None]
    return rest == list(LANGUAGES) * (len(rest) // len(LANGUAGES))


def _label_problems(label: str, languages: list[str]) -> Iterator[str]:
    if SEPARATOR in label:
        yield f"the label {label!r} has not one part for each of {', '.join(LANGUAGES)}"
        return
    for language in languages:
        for word in foreign_words(label, language):
            yield (
                f"the label {label!r} says {word} in the {LANGUAGES[language].name} picture; "
                f"write it in each language, with {SEPARATOR!r} between"
            )
            return
