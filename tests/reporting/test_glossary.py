"""The report explains its words as docs/glossary.md does."""

import re
from html import unescape

from tests.project import ROOT


def test_the_report_and_the_documentation_explain_the_same_words_alike() -> None:
    written = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    shown = (ROOT / "pipeline" / "reporting" / "glossary.html.j2").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \|$", written, re.M)
    pairs = re.findall(r"<dt>(.+?)</dt><dd>(.+?)</dd>", re.sub("</?code>", "`", shown))
    assert [(word, meaning.replace("**", "")) for word, meaning in rows] == [(a, unescape(b)) for a, b in pairs]
    assert rows
