"""What a page loads, and nothing else: Sphinx and its themes bring much that no page uses."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from publishing.site import theme
from publishing.site.fonts import reduced_font
from publishing.site.theme import ICON_CLASS, files_at, replaced
from publishing.texts import localized


def leave_out_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Leave out of a page the scripts that it does nothing with."""
    files = context["script_files"]
    context["script_files"] = [
        file for file in files if Path(str(file.filename)).name not in theme.UNUSED_SCRIPTS
    ]


def finish_assets(app: Sphinx, exception: Exception | None) -> None:
    """Complete the folder of the assets and make it small.

    Raises:
        sphinx.errors.ExtensionError: A package that the book builds on has changed too much.
    """
    if exception is not None or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    _translate_copy_buttons(static / theme.COPY_SCRIPT, app.config.language)
    for path in [path for pattern in theme.UNUSED for path in static.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    _reduce_icons(Path(app.outdir), Path(app.doctreedir).with_name("fonts"))


def _translate_copy_buttons(script: Path, language: str) -> None:
    """Give sphinx-copybutton's script the texts of a language that it does not have."""
    text = script.read_text("utf-8")
    if f"'{language}'" in text:
        return
    texts = {
        "copy": localized("Copy", language),
        "copy_to_clipboard": localized("Copy to clipboard", language),
        "copy_success": localized("Copied!", language),
        "copy_failure": localized("Failed to copy", language),
    }
    entry = f"  '{language}': {json.dumps(texts, ensure_ascii=False)},\n"
    place = "the texts of copybutton.js"
    script.write_text(replaced(text, place, lambda match: match[0] + entry), "utf-8")


def _reduce_icons(site: Path, kept: Path) -> None:
    static = site / "_static"
    (sheet,) = files_at(static, [theme.ICON_SHEET])
    text = sheet.read_text("utf-8")
    if text.startswith(theme.REDUCED):
        return
    pages = [page.read_text("utf-8") for page in site.rglob("*.html")]
    classes = {name for page in pages for name in ICON_CLASS.findall(page)}

    def keep_if_used(rule: re.Match[str]) -> str:
        return rule[0] if classes.intersection(ICON_CLASS.findall(rule[1])) else ""

    sheet.write_text(replaced(text, "the rules for icons", keep_if_used), "utf-8")
    sheets = [path.read_text("utf-8") for path in static.rglob("*.css")]
    icons = {chr(int(code, 16)) for text in sheets for code in theme.ICON_TEXT.findall(text)}
    for path in files_at(static, [theme.ICON_FONTS]):
        path.write_bytes(reduced_font(path, icons, kept))
