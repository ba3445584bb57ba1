"""The site builds from the checkout alone, without a warning; its pages need no other host, and their links lead on."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.project import ROOT

NAMES = ("README", "step", "claims", "lessons", "settings", "decisions", "docs/formulas", "docs/api", "docs/glossary")


class Page(HTMLParser):
    """What a page loads, what it links to, and the places in it that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.places |= {found.get("id", ""), found.get("name", "") if tag == "a" else ""}
        if tag == "a":
            self.links += [found["href"]] if "href" in found else []
        else:
            self.loads += [found[name] for name in ("src", "href", "data", "poster") if name in found]


@pytest.mark.ci
@pytest.mark.processes
def test_the_site_is_whole_and_needs_no_other_host(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "docs/site", str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in tmp_path.rglob("*.html")}
    assert {f"{name}.html" for name in NAMES} <= {path.relative_to(tmp_path).as_posix() for path in pages}
    for path, page in pages.items():
        foreign = [address for address in page.loads if urlsplit(address).netloc]
        assert not foreign, f"{path.name} loads {foreign}"
        for address in [*page.loads, *page.links]:
            assert not broken(address, path, pages), f"{path.relative_to(tmp_path)}: {address}"
    for path in tmp_path.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", text), f"{path.name} loads from another host"


def broken(address: str, page: Path, pages: dict[Path, Page]) -> bool:
    """Whether a link leads to no file of the site, or to no place in it."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return parts.scheme not in ("http", "https", "mailto", "data")
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.exists():
        return True
    place = unquote(parts.fragment)
    return (
        bool(place) and target in pages and target.name != "backpropagation.html" and place not in pages[target].places
    )
