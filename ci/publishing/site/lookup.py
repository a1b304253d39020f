"""What the search knows beside Pagefind's index: names, and the words that the book has.

One file for each language, which static/finding.js loads on the first search:

- the terms of the glossary, with their definitions and all their names
- the entries of the bibliography, with their authors, also as Korean writes them
- the words of the pages and of these names, frequent ones last, to divide and correct a query
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from lxml import html
from pybtex.database import Person, parse_file
from pybtex.richtext import Text

from publishing.chapter.editions import LANGUAGES
from publishing.chapter.terms import ENDINGS, read_glossary
from publishing.site.documents import KEPT_PAGES, shortened

BIBLIOGRAPHY = Path("resources", "references.bib")
NAMES = Path("resources", "names.yml")  # of authors, by family name
GLOSSARY_PAGE = "chapters/appendix-glossary.html"
REFERENCES_PAGE = "chapters/appendix-references.html"
DEFINITION_LENGTH = 160  # letters, about what two lines of the dialog hold
# Code has words of its own; what stands beside a text repeats another.
NO_PROSE = (
    "descendant::*[self::pre or self::script or self::style or self::mjx-container{}]".format(
        "".join(
            f" or contains(concat(' ', @class, ' '), ' {name} ')"
            for name in ("math", "headerlink", "margin-note", "explorer")
        )
    )
)
WORD = re.compile(r"[가-힣]+|[^\W\d_가-힣]{3,}")
RARE = 2  # a word that occurs less often is in Pagefind's index only
NAME_COUNTS_AS = 64  # a name is what a reader means, rather than most other words
NO_STEM = "니다"  # a verb at the end of its sentence, not a noun with a particle


def lookup(site: Path, root: Path, language: str) -> dict[str, Any]:
    """Return what the search of a language knows of the glossary, the bibliography and the words.

    Args:
        site: The folder of the built site.
        root: The folder that it was built from.
        language: The language's code.
    """
    terms = _terms(site, root, language)
    path = root / NAMES
    spellings = yaml.safe_load(path.read_text("utf-8")) if path.exists() else {}
    references = _references(site, root, language)
    cited = {name for entry in references for name in entry["authors"]}
    titles = [name for entry in terms for name in entry["names"]]
    names = [name for entry in terms for name in entry["aliases"]]
    names += [*cited, *(name for spelling in spellings.values() for name in spelling)]
    return {
        "endings": ENDINGS.get(language, ""),
        "terms": terms,
        "references": references,
        "spellings": spellings,
        "words": _by_frequency(_words(site, language, titles, names)),
    }


def write_lookup(site: Path, root: Path, folder: Path) -> None:
    """Write each language's file into a folder."""
    for language in LANGUAGES:
        if (site / language).exists():
            text = json.dumps(lookup(site, root, language), ensure_ascii=False, sort_keys=True)
            (folder / f"lookup.{language}.json").write_text(text, "utf-8")


def _terms(site: Path, root: Path, language: str) -> list[dict[str, Any]]:
    page = _page(site, language, GLOSSARY_PAGE)
    if page is None:
        return []
    entries = {entry["term"][language]: entry for entry in read_glossary(root)}
    terms = []
    for place in page.xpath("//dt[starts-with(@id, 'term-')]"):
        title = _text(place)
        entry = entries[title]
        aliases = [alias for group in entry.get("aliases", {}).values() for alias in group]
        terms.append(
            {
                "link": f"{language}/{GLOSSARY_PAGE}#{place.get('id')}",
                "page": _title(page),
                "names": list(dict.fromkeys([title, *entry["term"].values()])),
                "aliases": aliases,
                "text": shortened(_text(place.getnext()), DEFINITION_LENGTH),
            }
        )
    return terms


def _references(site: Path, root: Path, language: str) -> list[dict[str, Any]]:
    page = _page(site, language, REFERENCES_PAGE)
    if page is None:
        return []
    entries = {}
    for key, entry in parse_file(str(root / BIBLIOGRAPHY)).entries.items():
        authors = [_family_name(person) for person in entry.persons.get("author", [])]
        entries[f"ref-{key}"] = (authors, entry.fields.get("year", ""))
    references = []
    for place in page.xpath("//ul[contains(@class, 'references')]/li[@id]"):
        authors, year = entries[place.get("id")]
        link = f"{language}/{REFERENCES_PAGE}#{place.get('id')}"
        names = {"authors": authors, "year": year, "text": _text(place)}
        references.append({"link": link, "page": _title(page), **names})
    return references


def _family_name(person: Person) -> str:
    return "".join(str(Text.from_latex(name)) for name in person.last_names)


def _words(site: Path, language: str, titles: Iterable[str], names: Iterable[str]) -> Counter[str]:
    words: Counter[str] = Counter()
    for path in sorted((site / language / "chapters").glob("*.html")):
        words.update(_words_of(path.read_text("utf-8"), language))
    in_titles = {word for name in titles for word in WORD.findall(_plain(name))}
    for word in in_titles.union(*(WORD.findall(_plain(name)) for name in names)):
        words[word] = max(words[word], NAME_COUNTS_AS)
    # A syllable alone divides a query only where it is a term, as in 빔 서치: most mean nothing.
    return Counter(
        {
            word: count
            for word, count in words.items()
            if count >= RARE and (len(word) > 1 or word in in_titles)
        }
    )


@lru_cache(maxsize=KEPT_PAGES)
def _words_of(page: str, language: str) -> Counter[str]:
    tree = html.fromstring(page)
    words = Counter(_stems(_prose(tree), language))
    for title in tree.xpath("//article//*[self::h1 or self::h2 or self::h3 or self::dt]"):
        for word in _stems(_text(title), language):
            words[word] += RARE  # a title's word is never rare
    return words


def _stems(text: str, language: str) -> Iterator[str]:
    """Yield the words of a text, without what Korean writes onto them."""
    ending = (
        re.compile(f"(?P<stem>[가-힣]{{2,}}?){ENDINGS[language]}") if language in ENDINGS else None
    )
    for word in WORD.findall(_plain(text)):
        match = ending.fullmatch(word) if ending and not word.endswith(NO_STEM) else None
        yield match["stem"] if match else word


def _by_frequency(words: Counter[str]) -> list[str]:
    """Return the words in groups, of which each is twice as frequent as the one before."""
    groups: list[list[str]] = [[] for _ in range(max(words.values(), default=0).bit_length())]
    for word in sorted(words):
        groups[words[word].bit_length() - 1].append(word)
    return [" ".join(group) for group in groups]


def _page(site: Path, language: str, name: str) -> html.HtmlElement | None:
    path = site / language / name
    return html.fromstring(path.read_text("utf-8")) if path.exists() else None


def _prose(page: html.HtmlElement) -> str:
    (article,) = page.xpath("//article")
    return _text(article)


def _title(page: html.HtmlElement) -> str:
    return _text(page.xpath("//article//h1")[0])


def _text(place: html.HtmlElement) -> str:
    for hidden in place.xpath(NO_PROSE):
        hidden.drop_tree()
    return " ".join(unicodedata.normalize("NFKC", place.text_content()).split())


def _plain(text: str) -> str:
    """Write a text as finding.js compares it: in small letters without accents."""
    letters = unicodedata.normalize("NFD", text.casefold().replace("ł", "l"))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", plain)
