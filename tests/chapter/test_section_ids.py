"""Permanent anchors."""

from conftest import markdown
from publishing.chapter.section_ids import section_ids


def test_anchors_come_from_the_english_titles_and_are_unique():
    cells = [
        markdown("# 어텐션", "ko"),
        markdown("# Attention: `scores` first", "en"),
        markdown("text\n\n## Summary\n\n## Summary"),
        markdown("## In a tab", "en", "pytorch"),
        markdown("## 3. 수식", "ko"),
        markdown("## 3.", "en"),
    ]
    assert section_ids(cells) == ["attention-scores-first", "summary", "summary-2", "section"]
