"""Words in pictures: labels are in the picture's language, but for names that all languages use."""

import re
from collections.abc import Iterator

from publishing.chapter.editions import FRAMEWORKS, LANGUAGES, LATIN

# Names that are written alike everywhere; so is what has no small letter, or several capitals.
NAMES = {"Adam", "Keras", "Bahdanau", "Luong", "Transformer"}
NAMES |= {framework.label for framework in FRAMEWORKS.values()}
FORMULA = re.compile(r"\$[^$]*\$")
# Three letters and more that belong to no longer name, such as encoder_states, float32 or h_1.
WORD = re.compile(r"(?<![\w.])[A-Za-z]{3,}(?![\w.]*\w)")
FUNCTIONS = {"tanh", "exp", "log", "max", "min"}  # as formulas write them


def foreign_words(label: str, language: str) -> Iterator[str]:
    """Yield the words of a label that are not in the picture's language."""
    text = FORMULA.sub(" ", label)
    for code, other in LANGUAGES.items():
        if code == language or other.letters == LANGUAGES[language].letters:
            continue
        if other.letters != LATIN:
            yield from re.findall(rf"{other.letters}+", text)
        elif LANGUAGES[language].letters != LATIN:
            yield from (word for word in WORD.findall(text) if not _is_name(word))


def _is_name(word: str) -> bool:
    return word in NAMES | FUNCTIONS or word.isupper() or bool(re.search("[A-Z]", word[1:]))
