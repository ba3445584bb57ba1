"""python -m pipeline.experiments new NAME: an experiment that composes, and is in params.yaml."""

import dataclasses
import shutil
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from pipeline.configuration import grid, plain, spelling
from pipeline.configuration.composing import Composer
from pipeline.configuration.params import load_params
from pipeline.errors import HoldoutError
from pipeline.experiments import begin
from pipeline.search.named import search_of
from tests.project import ROOT


@pytest.fixture(autouse=True)
def in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "conf", "conf")
    shutil.copy(ROOT / "params.yaml", tmp_path)


def files() -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def test_it_composes_and_is_named_and_comments_stay(tmp_path: Path) -> None:
    before = Path("params.yaml").read_text()
    begin("wide", "Do more units help?")
    assert load_params().experiments == ("auto", "wide")
    assert Path("params.yaml").read_text().replace("[auto, wide]", "[auto]") == before
    plain.check(["experiment=wide"], Path("conf"))
    with initialize_config_dir(str(tmp_path / "conf"), version_base="1.3"):
        assert compose("config", ["experiment=wide"]).network.hidden == [100]
    assert Path("conf/experiment/wide.yaml").read_text().splitlines()[1] == (
        "# Do more units help?   python -m pipeline.stages.train experiment=wide"
    )
    assert "**Question.** Do more units help?\n" in Path("experiments/wide/README.md").read_text()


def test_names_that_stand_one_a_line_get_one_more() -> None:
    text = Path("params.yaml").read_text()
    Path("params.yaml").write_text(text[: text.index("experiments:")] + "experiments:\n  - a  # first\n  - b\n")
    begin("wide", "?")
    assert Path("params.yaml").read_text().endswith("experiments:\n  - a  # first\n  - b\n  - wide\n")
    assert load_params().experiments == ("a", "b", "wide")


@pytest.mark.parametrize(
    ("name", "message"),
    [("momentum", "momentum.yaml is there already"), ("Wide", "Wide: allowed are names of a-z"), ("../x", "allowed")],
)
def test_a_name_that_is_taken_or_none_changes_nothing(name: str, message: str) -> None:
    before = files()
    with pytest.raises(HoldoutError, match=message):
        begin(name, "?")
    assert files() == before


@pytest.mark.parametrize("search", sorted(path.stem for path in (ROOT / "conf/hydra/sweeper").glob("*.yaml")))
def test_one_that_searches_composes_and_asks_for_trials(search: str) -> None:
    begin("look", "?", search)
    plain.check(["experiment=look"], Path("conf"))
    grid.check([["experiment=look"]], Path("conf"))
    spelling.check([["experiment=look"]], Path("conf"))
    composer = Composer(Path("conf"))
    line = composer.line(["experiment=look"])
    (first, *_) = search_of(line).ask([])
    config = composer.job(dataclasses.replace(line, jobs=[first.words]))
    assert 10 <= config.network.hidden[0] <= 300 and 0.001 <= config.optimizer.learning_rate <= 0.3
