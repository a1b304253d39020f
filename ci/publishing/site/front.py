"""The pages above the chapters: the landing pages, the one for a wrong address, and the sitemap."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment

from publishing.chapter.editions import FRAMEWORKS, INTERNATIONAL, LANGUAGES
from publishing.publication import Publication
from publishing.site.landing import MODEL, Entry, Landing
from publishing.site.rendering import environment
from publishing.texts import localized, title

TEMPLATES = Path(__file__).with_name("front_pages")
EXPLORER_ID = "explorer-1"
ICON = Path(__file__).with_name("static") / "favicon.svg"


def write_front_pages(
    site: Path,
    publication: Publication,
    landing: Landing | None,
    maps: Mapping[str, Sequence[Entry]],
) -> None:
    """Write the pages into the folder of the site; `maps` has the chapters of each language."""
    pages = _pages(site, publication)
    # The site map's addresses have to be whole ones.
    for name in ("404.html", *(["sitemap.xml"] if publication.site else [])):
        (site / name).write_text(pages.get_template(name).render(), "utf-8")
    template = pages.get_template("landing.html")
    first = next(iter(LANGUAGES))
    for language, entries in maps.items():
        values = {"language": language, "map": entries, "texts": _texts(language)}
        values["explorer"] = _explorer(site / language, entries)
        page = template.render(landing=landing, model=MODEL, base="", site="../", **values)
        (site / language / "index.html").write_text(page, "utf-8")
        if language == first:  # that of the whole site, which leads each reader to theirs
            page = template.render(
                landing=landing, model=MODEL, base=f"{first}/", site="", **values
            )
            (site / "index.html").write_text(page, "utf-8")


def _pages(site: Path, publication: Publication) -> Environment:
    first = next(iter(LANGUAGES))
    pages = environment(TEMPLATES)
    pages.globals.update(
        address=publication.site,
        path=urlsplit(publication.site).path if publication.site else "/",
        chapters=sorted(path.name for path in site.glob(f"{first}/chapters/*.html")),
        frameworks=FRAMEWORKS,
        languages=LANGUAGES,
        international=INTERNATIONAL,
        # As data: the page for a wrong address is at any depth.
        icon=f"data:image/svg+xml;base64,{b64encode(ICON.read_bytes()).decode()}",
        localized=localized,
        title=title,
        titles=" · ".join(map(title, LANGUAGES)),
    )
    return pages


def _explorer(site: Path, entries: Sequence[Entry]) -> str:
    """Return the address of the last explorer of the landing page's own model; empty if none."""
    own = f'name="model" value="{MODEL.partition(".")[0]}"'
    texts = {entry.address: (site / entry.address).read_text("utf-8") for entry in entries}
    pages = [address for address, text in texts.items() if own in text]
    return f"{pages[-1]}#{EXPLORER_ID}" if pages else ""


def _texts(language: str) -> dict[str, str]:
    """Return what the landing page says as the reader tries the translator."""
    return {
        "even": localized("everywhere alike", language),
        "learned": localized("as it has learned", language),
        "sharp": localized("at one word only", language),
        "right": localized("{source} becomes {target}: right.", language),
        "wrong": localized("{source} becomes {target}; right would be {right}.", language),
    }
