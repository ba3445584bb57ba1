"""The site builds from the checkout alone, without a warning; its pages need no other host, and their links lead on."""

import dataclasses
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from pipeline.training.hyperparameters import Hyperparameters
from tests.project import ROOT

NAMES = ("README", "step", "claims", "lessons", "settings", "decisions", "docs/formulas", "docs/api", "docs/glossary")


CLAIM = """# Odd units learn faster
**Question.** Do they?

**The notes' claim (§4).** They do.

![Odd units learn faster](figure.svg)

**Verdict: confirmed within limits.** By 3 %.
"""
LESSON = '''"""Zeros never move (notes, section 4).

Claim: only the output bias does.
Predict first: why?

    python docs/lessons/zeros.py      writes zeros.svg; one second
"""

print(0)
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one claim, one experiment and one lesson; what makes the site can be imported."""
    monkeypatch.syspath_prepend(ROOT / "docs" / "site")
    for name, text in {"odd": CLAIM, "momentum": "# momentum\n**Verdict.** Held up.\n"}.items():
        (tmp_path / "experiments" / name).mkdir(parents=True)
        (tmp_path / "experiments" / name / "README.md").write_text(text, encoding="utf-8")
    (tmp_path / "experiments" / "odd" / "figure.svg").touch()
    (tmp_path / "docs" / "lessons").mkdir(parents=True)
    (tmp_path / "docs" / "lessons" / "zeros.py").write_text(LESSON, encoding="utf-8")
    return tmp_path


def test_galleries_are_made_from_their_folders(folder: Path) -> None:
    from galleries import gallery_of_claims, gallery_of_lessons, lesson_pages

    claims = gallery_of_claims(folder)
    assert "[![Odd units learn faster](experiments/odd/figure.svg)](experiments/odd/README.md)" in claims
    assert "§4 · confirmed within limits" in claims
    assert "- [momentum](experiments/momentum/README.md)" in claims
    assert "**[Zeros never move](lessons/zeros.md)**\n\n§4 · `zeros.py`" in gallery_of_lessons(folder)
    page = lesson_pages(folder)["lessons/zeros.md"]
    assert page.startswith(
        "# Zeros never move\nNotes, §4.\n\n**Claim:** only the output bias does.\n\n**Predict first:** why?"
    )
    assert "~~~python\nprint(0)\n~~~" in page
    assert "There are none" in gallery_of_claims(folder / "docs") and "There are none" in gallery_of_lessons(
        folder / "docs"
    )


def test_links_to_code_go_to_pages_that_show_it_and_missing_claims_are_said(folder: Path) -> None:
    from assembly import turned

    links = "[odd](../experiments/odd/README.md) [new](../experiments/new/README.md) [zeros](lessons/zeros.py)"
    shown: set[str] = set()
    made = turned(f"{links}\n```\n[a](b)\n```\n", "docs/formulas.md", folder, {"experiments/odd/README.md"}, shown)
    assert made.startswith("[odd](../experiments/odd/README.md) (confirmed within limits) new (not computed here yet) ")
    assert made.endswith("[zeros](../files/docs/lessons/zeros.py.md)\n```\n[a](b)\n```\n")
    assert shown == {"docs/lessons/zeros.py"}


@pytest.mark.slow
def test_every_setting_is_in_the_reference_with_its_range(folder: Path) -> None:
    from settings_page import settings_page

    page = settings_page(ROOT)
    for group in dataclasses.fields(Hyperparameters):
        fields = dataclasses.fields(group.type) if dataclasses.is_dataclass(group.type) else ()  # type: ignore[arg-type]
        for field in fields:
            assert f"| `{group.name}.{field.name}` | " in page
    assert "| `optimizer.momentum` | μ of momentum and nesterov | number at least 0 and less than 1 | `0.0` |" in page
    assert "| [`optimizer=momentum`](conf/optimizer/momentum.yaml) | v \\<- mu v" in page


def test_a_folder_with_other_files_is_not_emptied(folder: Path) -> None:
    from assembly import refuse_others

    with pytest.raises(SystemExit, match="holds other files than a site's"):
        refuse_others(folder)
    refuse_others(folder / "new")
    (folder / ".buildinfo").touch()
    refuse_others(folder)


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
