"""The rules of what a chapter asks: two or three questions at its start, a self-test at its end."""

from itertools import chain, pairwise

from markdown_it.token import Token
from nbformat import NotebookNode

from publishing.chapter.editions import LANGUAGES, SOLUTION
from publishing.chapter.files import Chapter
from publishing.chapter.markdown import blocks
from publishing.chapter.sections import (
    TEST_COMMENT,
    Found,
    Section,
    Words,
    comment_numbers,
    sections_of,
)
from publishing.chapter.view import is_for_language, tags_of

QUESTIONS = (2, 3)  # fewest and most
TEST_ITEMS = (4, 6)


def self_test_problems(chapter: Chapter) -> Found:
    """Yield what is wrong with the questions and the self-test of a chapter."""
    if not chapter.is_numbered:
        return
    found: list[tuple[int, str]] = []
    for language in LANGUAGES:
        words = Words.of(language)
        sections = sections_of(chapter.cells, language)
        found += _questions(chapter.cells, language, words)
        found += _order(sections, words)
        for section in sections:
            is_test = section.title == words.test and section.level == "h2"
            found += _self_test(section, words) if is_test else _elsewhere(section)
    yield from dict.fromkeys(found)  # the code is the same in each language


def _questions(cells: list[NotebookNode], language: str, words: Words) -> Found:
    number, cell = next(
        (item for item in enumerate(cells, start=1) if is_for_language(item[1], language)),
        (1, cells[0]),
    )
    fewest, most = QUESTIONS
    wanted = f"'**{words.questions}**' and a list of {fewest} to {most} questions"
    followed = pairwise(chain(blocks(cell.source), [[]]))
    lists = [list(_items(after)) for block, after in followed if _begins(block, words.questions)]
    if len(lists) != 1 or not fewest <= len(lists[0]) <= most:
        yield number, f"the chapter opens without its questions; write {wanted}"
    for item in chain(*lists):
        if not item.rstrip().endswith("?"):
            yield number, f"a question that does not end in '?' ({item.strip()[:40]})"


def _begins(block: list[Token], text: str) -> bool:
    """Tell whether a block is a paragraph that begins with exactly this text in bold."""
    if len(block) < 2 or block[0].type != "paragraph_open":
        return False
    parts = [part for part in block[1].children or [] if part.content or part.type != "text"]
    is_bold = [part.type for part in parts[:3]] == ["strong_open", "text", "strong_close"]
    return is_bold and parts[1].content == text


def _items(block: list[Token]) -> list[str]:
    """Return the text of each item of a list, lists inside of them included."""
    items: list[str] = []
    for token in block:
        if token.type == "list_item_open" and token.level == 1:
            items.append("")
        elif token.type == "inline" and items:
            items[-1] += f" {token.content}"
    return items


def _order(sections: list[Section], words: Words) -> Found:
    """Check that exercises, self-test and summary end the chapter, in this order."""
    titles = [section.title for section in sections if section.level == "h2"]
    wanted = [words.exercises, words.test, words.summary]
    found = [title for title in titles if title in wanted]
    if found != wanted:
        shown = ", ".join(f"'## {title}'" for title in wanted)
        yield sections[-1].number, f"the chapter should end with {shown}, once each, in this order"


def _self_test(section: Section, words: Words) -> Found:
    fewest, most = TEST_ITEMS
    solutions = section.solutions
    texts = [item for item in section.cells if item[1].cell_type == "markdown"]
    asked = [cell.source for _, cell in texts if SOLUTION not in tags_of(cell)]
    answered = [cell.source for _, cell in texts if SOLUTION in tags_of(cell)]
    questions = _numbers([section.text, *asked])
    if not fewest <= len(questions) <= most:
        yield (
            section.number,
            f"'## {words.test}' asks {len(questions)} questions; number {fewest} to {most}",
        )
    place = solutions[0][0] if solutions else section.number
    answers = _numbers(answered)
    if len(answers) != len(questions):
        yield (
            place,
            f"{len(answers)} answers to {len(questions)} questions of '## {words.test}'; write a "
            f"numbered list of as many in Markdown tagged {SOLUTION!r}",
        )
    for at, numbers in ((section.number, questions), (place, answers)):
        if numbers != list(range(1, len(numbers) + 1)):
            yield at, f"the list under '## {words.test}' is numbered {numbers}; count from 1"
    yield from _computed(section, len(questions))


def _computed(section: Section, questions: int) -> Found:
    """Check the code that computes answers."""
    code = [(number, cell) for number, cell in section.solutions if cell.cell_type == "code"]
    if not code:
        yield (
            section.number,
            f"no code computes an answer of the self-test; add some, tagged {SOLUTION!r}, that "
            "begins with '# Test yourself' and the number of its question",
        )
    for number, cell in code:
        answered = comment_numbers(TEST_COMMENT, cell)
        if not answered or not set(answered) <= set(range(1, questions + 1)):
            yield number, "is in the self-test; begin it with '# Test yourself' and its question"


def _numbers(texts: list[str]) -> list[int]:
    """Return the numbers of the items of numbered lists, as they are written."""
    return [
        int(token.info)
        for text in texts
        for block in blocks(text)
        if block[0].type == "ordered_list_open"
        for token in block
        if token.type == "list_item_open" and token.level == 1
    ]


def _elsewhere(section: Section) -> Found:
    for number, cell in section.cells:
        if comment_numbers(TEST_COMMENT, cell):
            yield number, "begins as the self-test's code does; move it there"
