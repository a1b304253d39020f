"""What decides how large a Transformer is and how it is built. Needs no framework."""

from collections.abc import Mapping
from typing import NamedTuple

from book.schedules import TrainingSettings

POSITIONS = ("sinusoids", "learned", "rotary", "none")
ORDERS = ("pre", "post", "none")
# Small enough to write eight words backwards after seconds of training.
SMALL = {"hidden_size": 32, "inner_size": 64, "steps": 300, "rate": 0.01}
TRAINING = TrainingSettings(rate=0.004)  # the rate of chapter 09's LSTMs would be too high


class TransformerSettings(NamedTuple):
    """The sizes of a Transformer, and the parts that chapter 10 takes out or exchanges."""

    hidden_size: int = 64
    heads: int = 4
    inner_size: int = 256
    layers: int = 2
    positions: str = "sinusoids"  # one of POSITIONS
    order: str = "pre"  # whether a part is normalised before or after it: one of ORDERS
    is_scaled: bool = True  # whether scores are divided by the root of their size


def check_transformer(settings: TransformerSettings) -> TransformerSettings:
    """Return settings that fit together.

    Raises ValueError for heads that do not share the hidden size equally, for a size of a head that
    is odd where positions are rotary, and for positions and orders that there are not.
    """
    size, rest = divmod(settings.hidden_size, settings.heads)
    if rest:
        raise ValueError(
            f"hidden_size is {settings.hidden_size}: {settings.heads} heads cannot share it equally"
        )
    if size % 2 and settings.positions == "rotary":
        raise ValueError(f"a head has {size} numbers: make them even, positions are rotary")
    for name, choices in (("positions", POSITIONS), ("order", ORDERS)):
        chosen = getattr(settings, name)
        if chosen not in choices:
            raise ValueError(f"{name} is {chosen!r}: choose {', '.join(choices)}")
    return settings


def changed_transformer(
    changes: Mapping[str, float | str],
) -> tuple[TransformerSettings, TrainingSettings]:
    """Return how a Transformer is usually built and trained, with some changes to either.

    Raises ValueError for a name that is none, and what `check_transformer` raises.
    """
    own = {name: value for name, value in changes.items() if name in TransformerSettings._fields}
    others = {name: value for name, value in changes.items() if name not in own}
    settings = TransformerSettings()._replace(**own)  # type: ignore[arg-type]
    training = TRAINING._replace(**others)  # type: ignore[arg-type]
    return check_transformer(settings), training
