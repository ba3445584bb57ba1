from pathlib import Path

import pytest

from pipeline.errors import HoldoutError
from pipeline.sealing.declared import declared
from tests.reporting.published import ROOT

TEXT = """
stages:
  plain:
    cmd: x
    deps: ["${data.path}", "${files}", "a/${list[1]}", "gone/${unknown.key}"]
    outs: [out, {kept: {cache: false}}]
    metrics: [{m.json: {cache: false}}]
  each:
    foreach: ${names}
    do:
      cmd: x
      deps: [in, "of/${item}"]
      outs: ["out/${ item }"]
"""
PARAMS = {"data": {"path": "raw.csv"}, "names": ["p", "q"], "files": ["f", "g"], "list": ["y", "z"]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "dvc.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("stage", "deps", "outs"),
    [
        ("plain", ["raw.csv", "f", "g", "a/z"], ["out", "kept", "m.json"]),
        ("each@q", ["in", "of/q"], ["out/q"]),
        ("each", ["in"], []),
    ],
)
def test_names_are_filled_in(file: Path, stage: str, deps: list[str], outs: list[str]) -> None:
    assert declared(stage, file, PARAMS) == (deps, outs)


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ("plane", "no stage 'plane'; it has plain, each"),
        ("each@r", "no stage 'each@r'; each has p, q"),
        ("plain@p", "no stage 'plain@p'; plain has no items"),
    ],
)
def test_an_unknown_stage_is_an_error(file: Path, stage: str, message: str) -> None:
    with pytest.raises(HoldoutError, match=message):
        declared(stage, file, PARAMS)


@pytest.mark.parametrize("text", ["", "stages", "a: [", "\0"])
def test_a_damaged_file_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "dvc.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(HoldoutError, match=r"dvc\.yaml can't be read"):
        declared("plain", tmp_path / "dvc.yaml", PARAMS)


def test_only_evaluate_and_split_name_the_sealed_rows_in_the_repository() -> None:
    params = {"data": {"path": "x"}, "experiments": ["a"]}
    stages = ("prepare", "split", "train", "train@a", "select", "evaluate", "report")
    deps = {stage: declared(stage, ROOT / "dvc.yaml", params)[0] for stage in stages}
    assert [stage for stage in stages if any("sealed/test" in path for path in deps[stage])] == ["evaluate"]
