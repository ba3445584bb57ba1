"""The files of a new project: whole, its own, and such that the stages accept them."""

import re
from pathlib import Path

import pytest
import yaml
from hydra import compose, initialize_config_dir

from pipeline.configuration.params import load_params
from pipeline.errors import HoldoutError
from pipeline.new.__main__ import start
from pipeline.new.drafts import cleaned, files
from pipeline.sealing.code import code_hash, stages
from pipeline.sealing.declared import declared
from pipeline.stages import installed
from tests.project import ROOT


def written(folder: Path, **given: str) -> Path:
    for name, text in files("mine", **given).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("given", [{}, {"data": "raw/a: b.csv", "target": "is it?"}, {"data": "raw/x", "target": "08"}])
def test_params_name_the_data_and_are_accepted(
    given: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(written(tmp_path, **given))
    values = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    assert values["data"]["source"] == ("file" if given else "iris")
    assert values["data"]["target"] == given.get("target")
    data = load_params().data
    assert data.path == ((given["data"],) if given else ())
    assert data.labels == ()


def test_the_comments_and_the_other_facts_are_those_of_the_program(tmp_path: Path) -> None:
    own, new = (yaml.safe_load((folder / "params.yaml").read_text()) for folder in (ROOT, written(tmp_path)))
    assert {**new, "data": 0, "project": 0} == {**own, "data": 0, "project": 0}
    assert new["data"].keys() == own["data"].keys()
    assert (tmp_path / "params.yaml").read_text().count("#") >= (ROOT / "params.yaml").read_text().count("#")


def test_all_of_conf_is_there_and_every_experiment_composes(tmp_path: Path) -> None:
    written(tmp_path)
    for path in (path for path in (ROOT / "conf").rglob("*.yaml") if path.parent.name != "claims"):
        assert (tmp_path / path.relative_to(ROOT)).read_bytes() == path.read_bytes()
    for name in yaml.safe_load((tmp_path / "params.yaml").read_text())["experiments"]:
        with initialize_config_dir(str(tmp_path / "conf"), version_base="1.3"):
            assert compose("config", [f"experiment={name}"]).network
        assert "**Verdict.** None yet.\n" in (tmp_path / f"experiments/{name}/README.md").read_text() + "\n"


def test_the_laboratory_of_claims_stays_with_the_program(tmp_path: Path) -> None:
    claims = {path.stem for path in (ROOT / "conf/claims").glob("*.yaml")}
    written(tmp_path)
    assert not (tmp_path / "conf/claims").exists()
    assert not claims & {path.name for path in (tmp_path / "experiments").iterdir()}


def test_each_stage_depends_on_the_note_of_its_code_in_place_of_the_code(tmp_path: Path) -> None:
    own, new = (yaml.safe_load((folder / "dvc.yaml").read_text())["stages"] for folder in (ROOT, written(tmp_path)))
    noted = new.pop("installed")
    assert noted["always_changed"] is True
    assert [next(iter(out)) for out in noted["outs"]] == [f"installed/{name}" for name in own]
    for name, stage in own.items():
        body = stage.get("do", stage)
        body["deps"] = [path for path in body["deps"] if not path.startswith("pipeline/")] + [f"installed/{name}"]
    assert new == own
    assert "pipeline/" not in (tmp_path / "dvc.yaml").read_text() + (tmp_path / "params.yaml").read_text()
    assert "installed/train" in declared("train@momentum", tmp_path / "dvc.yaml", {"experiments": ["momentum"]})[0]


def test_the_notes_are_of_the_code_that_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written(tmp_path))
    installed.main()
    assert (tmp_path / "installed/select").read_text() == f"{code_hash('select')}\n"
    assert len({path.read_text() for path in (tmp_path / "installed").iterdir()}) == len(stages())


def test_a_file_that_is_gone_is_said_before_dvc_stops_at_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written(tmp_path))
    text = Path("params.yaml").read_text()
    Path("params.yaml").write_text(re.sub("^  (source|path): .*", "  \\1: file", text, flags=re.M))
    with pytest.raises(HoldoutError, match=r"data\.path is file, allowed: a file or folder that is there"):
        installed.main()


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("mine", "mine"),
        ("My flowers", "My-flowers"),
        ("2024", "2024"),
        ("_x_", "x"),
        ("é", "mine"),
        ("a" * 99, "a" * 64),
    ],
)
def test_a_folder_names_its_project(folder: str, name: str) -> None:
    assert cleaned(folder) == name


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("full", None, "full is not empty"),
        ("full/a.csv", None, "is a file"),
        ("a?b", None, r"'a\?b' can't name a project's folder"),
        ("new", "gone.csv", "--data gone.csv: there is no such file"),
        ("full/new", "full", "would lie in this folder"),
    ],
)
def test_what_is_taken_or_missing_is_refused_and_nothing_is_made(
    name: str, data: str | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/a.csv").write_text("a\n1\n")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(HoldoutError, match=message):
        start(Path(name), Path(data) if data else None)
    assert sorted(tmp_path.rglob("*")) == before
