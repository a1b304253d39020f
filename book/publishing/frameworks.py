"""The frameworks of the book. Imports nothing: rerun.py uses it where little is installed."""

FRAMEWORKS = ("tensorflow", "pytorch")
FRAMEWORK_LABELS = {"tensorflow": "TensorFlow", "pytorch": "PyTorch"}


def needed_frameworks(edition: str) -> tuple[str, ...]:
    """Return the frameworks that a notebook needs, from its edition: one of them, or `both`."""
    return FRAMEWORKS if edition == "both" else (edition,)
