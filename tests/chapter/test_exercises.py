"""What a chapter asks: its questions, exercises and self-test, each rule broken alone."""

from collections.abc import Callable

import pytest
from conftest import chapter_of, code, markdown
from nbformat import NotebookNode
from publishing.chapter.exercises import exercise_problems
from publishing.chapter.files import Chapter
from publishing.chapter.format import problems_of
from publishing.chapter.self_test import self_test_problems

COURSE = {"book": {"difficulty": 1}}


def twins(korean: str, english: str, *tags: str) -> list[NotebookNode]:
    return [markdown(korean, "ko", *tags), markdown(english, "en", *tags)]


def exercise(number: int) -> list[NotebookNode]:
    return [
        *twins(
            f"### 연습 {number}. 세어 보기\n\n세어 보세요.", f"### Exercise {number}. Count\n\nDo."
        ),
        *twins(f"**풀이 {number}.** 답입니다.", f"**Solution {number}.** Done.", "solution"),
        code(f"# Exercise {number}: counted\nx = 1", "tensorflow", "solution"),
        code(f"# Exercise {number}\nx = 1", "pytorch", "solution"),
        *twins("덧붙입니다.", "One more word.", "solution"),
    ]


def numbered(count: int, text: str) -> str:
    return "\n".join(f"{number}. {text}" for number in range(1, count + 1))


def good() -> list[NotebookNode]:
    """Return the cells of a small chapter that has all."""
    return [
        *twins(
            "# 제목\n\n**질문** 읽고 나면 답할 수 있습니다.\n\n- 무엇입니까?\n- 왜 그렇습니까?",
            "# Title\n\n**Questions** that you can answer.\n\n- What is it?\n- Why is it so?",
        ),
        code("x = 1"),
        *twins("## 연습 문제\n\n풀어 보세요.", "## Exercises\n\nTry them."),
        *(cell for number in (1, 2, 3) for cell in exercise(number)),
        *twins(
            f"## 스스로 점검하기\n\n{numbered(4, '모양은?')}",
            f"## Test yourself\n\n{numbered(4, 'Which shape?')}",
        ),
        code("y = 1"),  # such as figures to choose from
        *twins(numbered(4, "이것입니다."), numbered(4, "This one."), "solution"),
        code("# Test yourself 2\nx = 1", "solution"),
        *twins("## 정리\n\n끝입니다.", "## Summary\n\nDone."),
    ]


def told(cells: list[NotebookNode], **metadata: object) -> list[tuple[int, str]]:
    chapter = chapter_of(*cells, **(metadata or COURSE))
    return [*exercise_problems(chapter), *self_test_problems(chapter)]


def test_chapter_that_has_all_passes():
    assert told(good()) == []
    assert problems_of(chapter_of(*good(), **COURSE)) == []


Change = Callable[[list[NotebookNode]], object]


def replaced(old: str, new: str) -> Change:
    """Return what changes a text wherever it stands."""

    def change(cells: list[NotebookNode]) -> None:
        found = [cell for cell in cells if old in cell.source]
        assert found
        for cell in found:
            cell.source = cell.source.replace(old, new)

    return change


def untagged(beginning: str) -> Change:
    """Return what takes the tag from each solution that begins so."""

    def change(cells: list[NotebookNode]) -> None:
        found = [cell for cell in cells if cell.source.startswith(beginning)]
        assert found
        for cell in found:
            cell.metadata["tags"].remove("solution")

    return change


def dropped(beginning: str) -> Change:
    def change(cells: list[NotebookNode]) -> None:
        kept = [cell for cell in cells if not cell.source.startswith(beginning)]
        assert len(kept) < len(cells)
        cells[:] = kept

    return change


def swapped(first: int, second: int, count: int) -> Change:
    """Return what exchanges as many cells from one place on with those from another."""

    def change(cells: list[NotebookNode]) -> None:
        here, there = slice(first, first + count), slice(second, second + count)
        cells[here], cells[there] = cells[there], cells[here]

    return change


# The cells of the good chapter: 0 1 opening, 2 code, 3 4 heading, 5 6 exercise 1, 7 8 its solution,
# 9 10 its code, 11 12 a word more, 13 exercise 2, 21 exercise 3, 29 self-test, 31 code, 32 answers.
BROKEN = {
    "exercise renumbered": (
        replaced("Exercise 2. Count", "Exercise 4. Count"),
        15,
        "'### Exercise 2. …'",
    ),
    "exercise without a number": (replaced("### 연습 2. 세어", "### 세어"), 14, "'### 연습 2. …'"),
    "exercises exchanged": (swapped(5, 13, 8), 6, "'### 연습 1. …'"),
    "solutions exchanged": (swapped(7, 15, 2), 8, "begin it with '**풀이 1.** '"),
    "code exchanged": (swapped(9, 17, 2), 10, "begin it with '# Exercise 1'"),
    "number not in bold": (replaced("**Solution 3.**", "Solution 3."), 25, "'**Solution 3.** '"),
    "other number": (replaced("**풀이 3.**", "**풀이 2.**"), 24, "'**풀이 3.** '"),
    "label of another in a later cell": (
        replaced("One more word.", "**Solution 7.** One more."),
        13,
        "begin it with '**Solution 1.** '",
    ),
    "comment missing": (replaced("# Exercise 1\n", ""), 11, "begin it with '# Exercise 1'"),
    "comment of a longer number": (
        replaced("# Exercise 1\n", "# Exercise 12\n"),
        11,
        "begin it with '# Exercise 1'",
    ),
    "tag lost by code": (untagged("# Exercise 2"), 18, "tag it 'solution'"),
    "tag lost by text": (untagged("**풀이 2"), 16, "tag it 'solution'"),
    "tag lost by the self-test": (untagged("# Test yourself"), 35, "tag it 'solution'"),
    "no solution": (lambda cells: cells.__delitem__(slice(15, 21)), 15, "has no solution"),
    "beginning of a solution missing": (
        dropped("**Solution 2"),
        20,
        "begin it with '**Solution 2.** '",
    ),
    "exercise outside": (replaced("## Exercises", "## Tasks"), 7, "an exercise outside"),
    "solution of nothing": (
        lambda cells: cells.insert(3, code("x", "solution")),
        4,
        "a solution of nothing",
    ),
    "no questions": (replaced("**질문**", "**물음**"), 1, "opens without its questions"),
    "questions not in bold": (replaced("**Questions**", "Questions"), 2, "opens without"),
    "word before the questions": (
        replaced("**Questions**", "My **Questions**"),
        2,
        "opens without",
    ),
    "longer bold text": (replaced("**Questions**", "**Questions now**"), 2, "opens without"),
    "one question": (replaced("- What is it?\n", ""), 2, "opens without its questions"),
    "four questions": (replaced("- What is it?\n", "- What?\n" * 3), 2, "2 to 3 questions"),
    "no question mark": (replaced("Why is it so?", "Why it is so."), 2, "does not end in '?'"),
    "list elsewhere": (
        replaced("\n\n- What is it?", "\n\nRead.\n\n- What is it?"),
        2,
        "opens without",
    ),
    "no self-test": (replaced("## Test yourself", "## Tests"), 37, "the chapter should end with"),
    "no summary": (replaced("## 정리", "## 끝"), 36, "'## 스스로 점검하기', '## 정리'"),
    "summary first": (swapped(35, 29, 1), 36, "in this order"),
    "three items": (replaced("\n4. Which shape?", ""), 31, "asks 3 questions; number 4 to 6"),
    "seven items": (
        replaced(numbered(4, "Which shape?"), numbered(7, "Which shape?")),
        31,
        "asks 7 questions",
    ),
    "answer missing": (replaced("\n4. This one.", ""), 34, "3 answers to 4 questions"),
    "answers not numbered": (
        replaced(numbered(4, "This one."), "- This one."),
        34,
        "0 answers to 4 questions",
    ),
    "answers out of order": (replaced("2. This", "3. This"), 34, "numbered [1, 3, 3, 4]"),
    "question out of order": (replaced("4. 모양은?", "5. 모양은?"), 30, "numbered [1, 2, 3, 5]"),
    "nothing computed": (dropped("# Test yourself"), 30, "no code computes an answer"),
    "code of no question": (replaced("# Test yourself 2", "# Test yourself 5"), 35, "its question"),
    "code of one question too many": (
        replaced("# Test yourself 2", "# Test yourself 2, 4 and 5"),
        35,
        "its question",
    ),
    "code without its comment": (replaced("# Test yourself 2\n", ""), 35, "its question"),
    "code of the self-test elsewhere": (
        replaced("# Exercise 1\n", "# Test yourself 1\n"),
        11,
        "begins as the self-test's code",
    ),
}


@pytest.mark.parametrize(("change", "number", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_chapter_is_refused(change, number, message):
    cells = good()
    change(cells)
    found = told(cells)
    assert any(at == number and message in text for at, text in found), found
    assert not any("\n" in text for _, text in found)


@pytest.mark.parametrize("numbers", ["1", "1, 3 and 4", "2 and 3: by hand", "1, 2, and 4"])
def test_code_may_compute_several_answers(numbers):
    cells = good()
    replaced("# Test yourself 2", f"# Test yourself {numbers}")(cells)
    assert told(cells) == []


def test_too_few_exercises_are_counted():
    cells = good()
    del cells[21:29]
    (korean, english) = told(cells)
    assert korean[1].startswith("2 exercises under '## 연습 문제'; write at least 3")
    assert english[1].endswith("each as '### Exercise 3. …'")


def test_code_is_told_once_for_all_languages():
    cells = good()
    replaced("# Exercise 1\n", "")(cells)
    assert len(told(cells)) == 1


def test_another_page_needs_none_of_this_but_its_exercises_keep_the_rules():
    assert told([*twins("# 제목", "# Title"), code("x", "solution")], title="no chapter") == []
    exercises = [*twins("## 연습 문제", "## Exercises"), *exercise(1)]
    assert told(exercises, title="no chapter") == []
    wrong = [*twins("## 연습 문제", "## Exercises"), *exercise(2)]
    assert told(wrong, title="no chapter")


def test_draft_may_lack_them():
    assert problems_of(chapter_of(*twins("# 제목", "# Title"), **COURSE), words=False) == []


def test_number_of_answers_differs_between_languages():
    cells = good()
    replaced("\n- 왜 그렇습니까?", "\n- 왜 그렇습니까?\n- 언제입니까?")(cells)
    problems = problems_of(chapter_of(*cells, **COURSE))
    assert any("list items ×3" in line or "list items" in line for line in problems), problems


@pytest.mark.parametrize(
    ("asked", "solved", "is_refused"),
    [
        ("Take a beam of 8.", "beam_size=8", False),
        ("Take a beam of 8.", "beam_size=4", True),
        ("Take a beam of 8.", "beam_size=4\nprint('right with a beam of 8:', count)", True),
        ("Take a beam of 8.", "# a beam of 8\nbeam_size=4", True),
        ("Translate 8 words.", "translate('8')", False),
        ("Any of the words 6 to 10.", "range(6, 11)", False),
        ("More than 95%?", "x > 0.95", False),
        ("More than 95%?", "x > 0.5", True),
        ("As in 2015, translate 4 2 5 with 1 model.", "x = 0", False),
    ],
)
def test_numbers_of_an_exercise_are_those_of_its_solution(asked, solved, is_refused):
    cells = good()
    replaced("Count\n\nDo.", f"Count\n\n{asked}")(cells)
    replaced("# Exercise 2\nx = 1", f"# Exercise 2\n{solved}")(cells)
    replaced("# Exercise 2: counted\nx = 1", "# Exercise 2: counted\nx = 6, 8, 11, 0.95")(cells)
    found = [text for number, text in told(cells) if number == 15]
    assert bool(found) == is_refused, found
    if is_refused:
        cells[14].metadata["elsewhere"] = {"8": "a reason", "95": "a reason"}
        assert not [number for number, _ in told(cells) if number == 15]


def test_heading_in_a_code_block_is_none():
    cells = good()
    replaced("Try them.", "Try them.\n\n```python\n# Exercise 9. Not one\n## Exercises\n```")(cells)
    assert told(cells) == []


def test_chapter_of_another_name_is_no_chapter_of_the_course():
    chapter = chapter_of(*twins("# 제목", "# Title"), **COURSE)
    appendix = Chapter(chapter.path.with_name("appendix-a.ipynb"), chapter.text, chapter.notebook)
    assert list(self_test_problems(appendix)) == []
    assert list(exercise_problems(appendix)) == []
