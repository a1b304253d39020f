"""The HTML that is made of a template."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader

TEMPLATES = Path(__file__).with_name("templates")


def environment(folder: Path = TEMPLATES) -> Environment:
    """Return what makes pages of the templates in a folder; it escapes their texts."""
    return Environment(
        loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
