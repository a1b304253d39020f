"""The trained translators, as scripts that a page loads when its reader first needs them."""

from pathlib import Path

from sphinx.application import Sphinx

from publishing.chapter.files import EXPECTED, MODELS

# A script, for a page that is opened as a file may load nothing else.
SCRIPT = "(globalThis.bookModels ??= {{}})[{name!r}] = {content};\n"


def write_models(app: Sphinx) -> None:
    """Write a script for each model that `ci/execute` has exported, for Sphinx to copy."""
    if app.builder.format != "html":
        return
    target = Path(app.doctreedir).with_name("models")
    (target / "models").mkdir(parents=True, exist_ok=True)
    for path in sorted(Path(app.srcdir, MODELS).glob("*.json")):
        if path.stem.endswith(EXPECTED):
            continue
        script = SCRIPT.format(name=path.stem, content=path.read_text("utf-8").strip())
        (target / "models" / f"{path.stem}.js").write_text(script, "utf-8")
    if str(target) not in app.config.html_static_path:
        app.config.html_static_path.append(str(target))
