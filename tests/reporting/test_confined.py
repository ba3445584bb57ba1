"""The report's section on how the stages were held: what it says is so, and is not said where it isn't."""

from pathlib import Path
from typing import Any

import jinja2
import pytest

from pipeline.reporting.sections import confined
from pipeline.sealing import circumstances
from pipeline.storage import documents
from pipeline.storage.places import COPIES

FOLDER = Path(confined.__file__).parent
KERNEL = {"kind": "landlock", "abi": 7, "from_start": True}
HOOK = {"kind": "audit hook", "abi": 0, "from_start": True}
OFF = {"kind": "off", "abi": 0, "from_start": True}
LATE = {"kind": "landlock", "abi": 7, "from_start": False}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def page(**kinds: dict[str, Any]) -> str:
    for stage, kind in kinds.items():
        circumstances.note(
            stage, {"confinement": kind, "python": "3.12.1", "packages": {"numpy": "2.4.6", "dvc": None}}
        )
    found: Any = confined.facts(None)  # type: ignore[arg-type]
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(FOLDER), undefined=jinja2.StrictUndefined)
    return environment.get_template("confined.html.j2").render(**found, figures={})


def test_where_no_stage_has_run_nothing_is_said() -> None:
    assert confined.facts(None) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (KERNEL, "the kernel refused the rest from its first line on"),
        (HOOK, "An audit hook of Python held train"),
        (OFF, "Nothing kept train from the test rows: HOLDOUT_CONFINE=off was set"),
        (LATE, "Code was imported before train could be confined"),
    ],
)
def test_a_sentence_is_there_where_it_is_true_and_only_there(kind: dict[str, Any], said: str) -> None:
    assert said in page(select=KERNEL, train=kind)
    assert [other for other in (KERNEL, HOOK, OFF, LATE) if said in page(select=KERNEL, train=other)] == [kind]


def test_copies_of_the_data_are_named_and_are_no_stage() -> None:
    documents.write_json(COPIES, {"files": ["notes/mine.csv"], "whole": True})
    assert "Other files of the project hold rows of the data: notes/mine.csv" in page(train=KERNEL)
    assert list(circumstances.read()) == ["train"]
    documents.write_json(COPIES, {"files": [], "whole": True})
    assert "Other files" not in page(train=KERNEL)


def test_versions_and_kinds_are_listed() -> None:
    text = page(train=KERNEL, select=OFF)
    assert "numpy 2.4.6" in text and "dvc" not in text.replace("dvc repro", "").replace("dvc.yaml", "")
    assert "<dt>train</dt><dd>Landlock, version 7</dd>" in text
    assert "<dt>select</dt><dd>nothing</dd>" in text


def test_a_stage_notes_what_it_ran_on() -> None:
    found = circumstances.versions()
    assert set(found) == set(circumstances.PACKAGES)
    assert found["numpy"] and found["scikit-learn"] and found["hydra-core"]
    assert circumstances.processor()
