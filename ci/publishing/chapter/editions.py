"""The editions of the book: its languages, its frameworks, and the tags that tell cells apart.

Nothing else lists them. Imports only Python's own library, for `proof` runs where little is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

LATIN = "[A-Za-z]"


@dataclass(frozen=True)
class Language:
    """A language that the book is written in. Its texts stand in `locale/CODE.po`."""

    name: str  # in English
    own_name: str
    locale: str  # the code with the territory, for programs that want one
    letters: str  # a pattern of a letter of its script
    unit: str  # a pattern of what one reads, letter by letter or word by word
    units_per_minute: int  # how fast one reads a text to be worked through
    # Fonts of resources/fonts: of the text, and for bold where that is none of several weights.
    text_font: str = "Inter-Variable.latin"
    bold_font: str = ""
    # Patterns of how a chapter says how long it runs, and asks for a prediction.
    seconds: str = "(?!)"
    prediction: str = "(?!)"


@dataclass(frozen=True)
class Framework:
    """A framework whose code the book teaches."""

    label: str  # what it is called
    module: str  # what Python imports


LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        "ko": Language(
            *("Korean", "한국어", "ko_KR", "[가-힣]", "[가-힣]", 380),
            text_font="Pretendard-Regular",
            bold_font="Pretendard-SemiBold",
            seconds=r"CPU에서 약 (\d+)초",
            prediction="예상해 보세요|예상해서|예상한 다음|예상하고|예상하세요|예상을 적|"
            "짐작해 보세요",
        ),
        "en": Language(
            *("English", "English", "en_US", LATIN, r"\S+", 180),
            seconds=r"about (\d+) seconds on a CPU",
            prediction=r"\bPredict\b(?!\.)|[Mm]ake a prediction|Guess first|your prediction|"
            "(?:that|what) you expect",
        ),
    }
)
# Ids of sections and terms come from it, and readers of other languages are led to it.
INTERNATIONAL = "en"

FRAMEWORKS: Mapping[str, Framework] = MappingProxyType(
    {
        "tensorflow": Framework("TensorFlow", "tensorflow"),
        "pytorch": Framework("PyTorch", "torch"),
    }
)
BOTH = "both"  # the edition with all frameworks; part of permanent addresses

SOLUTION = "solution"
BOOK = "book"  # the cell's definitions are also in the package
IGNORED = "nbval-ignore-output"  # for progress and timings
ERROR_TAGS = frozenset({"raises-exception", "nbval-raises-exception"})
HIDING_TAGS = frozenset(
    f"{act}-{part}" for act, part in product(("hide", "remove"), ("input", "output", "cell"))
)
MARKDOWN_TAGS = frozenset({*LANGUAGES, *FRAMEWORKS, SOLUTION})
CODE_TAGS = frozenset({*FRAMEWORKS, *ERROR_TAGS, *HIDING_TAGS, SOLUTION, BOOK, IGNORED})


@dataclass(frozen=True)
class Edition:
    """Which of a chapter's notebooks: its language, its framework or `both`."""

    language: str
    framework: str

    @property
    def frameworks(self) -> tuple[str, ...]:
        """The frameworks that it needs."""
        return tuple(FRAMEWORKS) if self.framework == BOTH else (self.framework,)

    @property
    def folder(self) -> str:
        """Where its notebooks are, among all of them."""
        return f"{self.language}/{self.framework}"


EDITIONS = tuple(
    Edition(language, framework) for language in LANGUAGES for framework in (*FRAMEWORKS, BOTH)
)
