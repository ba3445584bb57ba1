"""The frame of the report: each section has its template, and its facts are plain values."""

from pathlib import Path

import pytest

from pipeline.reporting import page

FOLDER = Path(page.__file__).parent / "sections"


def test_every_module_is_a_section_with_a_template() -> None:
    names = {path.stem for path in FOLDER.glob("[!_]*.py")}
    assert names == {page.name_of(section) for section in page.SECTIONS}
    assert names == {path.name.removesuffix(".html.j2") for path in FOLDER.glob("*.j2")}


@pytest.mark.parametrize("passing", [True, False])
def test_passing_facts_are_shown_but_not_kept(passing: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page.SECTIONS[0], "PASSING", passing, raising=False)
    name = page.name_of(page.SECTIONS[0])
    assert (name in page.lasting({name: {"n": 1}})) is not passing
