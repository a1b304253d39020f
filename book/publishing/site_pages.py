"""The pages above the chapters: the first ones, the one for a wrong address, and the sitemap."""

from base64 import b64encode
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader

from book.publishing.address import site_address
from book.publishing.languages import TITLES
from book.publishing.views import LANGUAGES

TEMPLATES = Path(__file__).with_name("pages")
ICON = Path(__file__).with_name("static") / "favicon.svg"


def write_site_pages(site: Path) -> None:
    """Write the pages into the folder of the site.

    Args:
        site: The folder; it already holds those of the languages.
    """
    address = site_address()
    chapters = sorted(path.name for path in site.glob(f"{LANGUAGES[0]}/chapters/*.html"))
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    names = ["index.html", "404.html"]
    if address:
        names.append("sitemap.xml")  # its addresses have to be whole ones
    for name in names:
        text = environment.get_template(name).render(
            address=address,
            path=urlsplit(address).path if address else "/",
            chapters=chapters,
            languages=LANGUAGES,
            icon=_icon_address(),
        )
        (site / name).write_text(text, "utf-8")
    entry = environment.get_template("language.html")
    for language in LANGUAGES:
        page = site / language / "index.html"
        page.parent.mkdir(exist_ok=True)
        text = entry.render(language=language, title=TITLES[language], chapters=chapters)
        page.write_text(text, "utf-8")


def _icon_address() -> str:
    """Return the icon as an address that holds it: the page for a wrong address is at any depth."""
    return f"data:image/svg+xml;base64,{b64encode(ICON.read_bytes()).decode()}"
