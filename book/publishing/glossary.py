"""The `{book-glossary}` directive: resources/glossary.yml in the page's language."""

from pathlib import Path

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

# Relative to the folder that the book is built from.
GLOSSARY = Path("resources", "glossary.yml")


class BookGlossary(SphinxDirective):
    """Renders the glossary, sorted for the language, the other language's term in parentheses."""

    def run(self) -> list[nodes.Node]:
        """Return the glossary's nodes.

        Raises:
            docutils.utils.SystemMessagePropagation: The glossary file is missing or malformed.
        """
        path = Path(self.env.srcdir) / GLOSSARY
        self.env.note_dependency(str(path))
        try:
            entries = yaml.safe_load(path.read_text("utf-8"))
            lines = glossary_lines(entries, self.config.language)
        except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
            raise self.error(f"{GLOSSARY} cannot be used: {error!r}") from error
        container = nodes.container()
        self.state.nested_parse(
            StringList(lines, source=str(GLOSSARY)), self.content_offset, container
        )
        return container.children


def glossary_lines(entries: list[dict[str, dict[str, str]]], language: str) -> list[str]:
    """Write the entries as a MyST glossary.

    Args:
        entries: One dictionary for each term: `term` and `definition`, each by language.
        language: The language of the page.

    Returns:
        The lines of a `{glossary}` directive.

    Raises:
        KeyError: An entry lacks a term or a definition.
    """
    other = "en" if language == "ko" else "ko"
    # Hangul syllables are in dictionary order in Unicode.
    ordered = sorted(entries, key=lambda entry: entry["term"][language].casefold())
    lines = ["````{glossary}"]
    for entry in ordered:
        definition = " ".join(entry["definition"][language].split())
        term, translation = entry["term"][language], entry["term"][other]
        if translation != term:  # LSTM is the same word in both
            definition = f"({translation}) {definition}"
        lines += [term, f"  {definition}", ""]
    return [*lines, "````"]
