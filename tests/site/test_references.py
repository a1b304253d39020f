"""The list of references."""

import re

from conftest import SITE


def test_references_have_addresses_that_last():
    html = (SITE / "en/chapters/appendix-references.html").read_text("utf-8")
    entries = re.findall(r'<li id="ref-\w+">.*?</li>', html, re.DOTALL)
    assert len(entries) >= 10
    for entry in entries:
        assert 'href="https://doi.org/10.' in entry, entry
