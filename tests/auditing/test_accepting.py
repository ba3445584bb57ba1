"""params.yaml says what may stand, with the reason; what it can't mean is refused in one line."""

from pathlib import Path

import pytest
import yaml

from pipeline.auditing.pitfalls import INFO, PITFALLS, WARNING, Finding, settled, unused
from pipeline.configuration.accepting import read_accepted
from pipeline.errors import HoldoutError
from tests.project import ROOT

TEXT = "data: {source: iris}\nsplit: {seed: 1}\nexperiments: [a]\n"


@pytest.fixture
def params(tmp_path: Path) -> Path:
    return tmp_path / "params.yaml"


def test_reasons_by_code_and_by_column(params: Path) -> None:
    for text, expected in {
        "": {},
        "checks:": {},
        "checks: {accept: }": {},
        "checks: {accept: {HD06: ' why '}}": {"HD06": "why"},
        "checks: {accept: {HD06: {paid: why, 7: 'so'}}}": {"HD06": {"paid": "why", "7": "so"}},
    }.items():
        params.write_text(TEXT + text)
        assert read_accepted(params) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("checks: {accept: {HD99: why}}", r"line 4: unknown key checks\.accept\.HD99, "),
        ("checks: {accept: {hd06: why}}", r"did you mean HD06\?"),
        ("checks: {acept: {HD06: why}}", r"unknown key checks\.acept, allowed: accept"),
        ("checks: {accept: {HD06: }}", r"checks\.accept\.HD06 is .*allowed: why it may stand"),
        ("checks: {accept: {HD06: {paid: ''}}}", r"checks\.accept\.HD06 is .*allowed: why it may stand"),
        ("checks: {accept: [HD06]}", r"checks\.accept is \[HD06\], allowed: codes with reasons"),
        ("checks: yes", r"checks is yes, allowed: "),
    ],
)
def test_what_can_not_be_meant_is_refused_in_one_line(params: Path, text: str, message: str) -> None:
    params.write_text(TEXT + text)
    with pytest.raises(HoldoutError, match=message) as caught:
        read_accepted(params)
    assert "\n" not in str(caught.value)


def test_what_is_accepted_and_not_there_is_named() -> None:
    found = [Finding("HD06", WARNING, "x", ("paid",)), Finding("HD12", INFO, "y", ("test",))]
    accepted = {"HD06": {"paid": "why", "due": "why"}, "HD09": "why", "HD12": "why"}
    assert unused(found, accepted) == ["HD06 due", "HD09"]
    assert [one.accepted for one in settled(found, accepted)] == ["why", "why"]
    assert "(accepted: why)" in settled(found, accepted)[0].in_words()
    assert "docs/pitfalls.md#hd06" in found[0].in_words()


def test_each_pitfall_has_a_place_in_the_page() -> None:
    headings = [line[3:] for line in (ROOT / "docs/pitfalls.md").read_text().splitlines() if line.startswith("## ")]
    assert headings == list(PITFALLS)


def test_the_shipped_params_accept_nothing() -> None:
    assert yaml.safe_load((ROOT / "params.yaml").read_text())["checks"] == {"accept": {}}
    assert read_accepted(ROOT / "params.yaml") == {}
