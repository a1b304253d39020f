"""The pages above the chapters: the first ones, the one for a wrong address, and the sitemap."""

from base64 import b64encode
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader

from publishing.chapter.editions import INTERNATIONAL, LANGUAGES
from publishing.publication import Publication
from publishing.texts import localized, title

TEMPLATES = Path(__file__).with_name("front_pages")
ICON = Path(__file__).with_name("static") / "favicon.svg"


def write_front_pages(site: Path, publication: Publication) -> None:
    """Write the pages into the folder of the site."""
    first = next(iter(LANGUAGES))
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(
        address=publication.site,
        path=urlsplit(publication.site).path if publication.site else "/",
        chapters=sorted(path.name for path in site.glob(f"{first}/chapters/*.html")),
        languages=LANGUAGES,
        international=INTERNATIONAL,
        # As data: the page for a wrong address is at any depth.
        icon=f"data:image/svg+xml;base64,{b64encode(ICON.read_bytes()).decode()}",
        localized=localized,
        title=title,
        titles=" · ".join(map(title, LANGUAGES)),
    )
    # The site map's addresses have to be whole ones.
    names = ["index.html", "404.html", *(["sitemap.xml"] if publication.site else [])]
    for name in names:
        (site / name).write_text(environment.get_template(name).render(), "utf-8")
    for language in LANGUAGES:
        page = site / language / "index.html"
        page.parent.mkdir(exist_ok=True)
        entry = environment.get_template("language.html").render(language=language)
        page.write_text(entry, "utf-8")
