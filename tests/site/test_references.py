"""The list of references."""

import re

from conftest import SITE

# Identifiers, and the addresses that publishers and an archive keep for papers that have none.
ADDRESSES = (
    "https://doi.org/10.",
    "https://aclanthology.org/",
    "https://proceedings.mlr.press/",
    "https://jmlr.org/papers/",
    "https://www.jstor.org/stable/",
)
UNPUBLISHED = "ref-lecturenote"


def test_references_have_addresses_that_last():
    html = (SITE / "en/chapters/appendix-references.html").read_text("utf-8")
    entries = re.findall(r'<li id="(ref-\w+)">(.*?)</li>', html, re.DOTALL)
    assert len(entries) >= 10
    for key, entry in entries:
        has_address = any(f'href="{address}' in entry for address in ADDRESSES)
        assert has_address == (key != UNPUBLISHED), entry
