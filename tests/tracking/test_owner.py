"""Whose an experiment and a registered model are: projects on one server don't take each other's."""

import shutil
from pathlib import Path
from typing import Any

import mlflow
import pytest

from pipeline.errors import HoldoutError
from pipeline.tracking import owner, sync
from tests.tracking import fake_store
from tests.tracking.conftest import Shown

Show = type[Shown]
pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # MLflow's, SQLAlchemy's and pydantic's own
CARD = {"source": "flowers.csv", "targets": ["species"], "features": ["a", "b"], "hashes": {"train/X": "1"}}
COLUMNS = [["a", "number", "feature", ""], ["b", "number", "feature", ""], ["species", "category", "target", ""]]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"hashes": {"train/X": "2"}, "rows": 7}, True),
        ({"columns": COLUMNS[::-1], "features": ["b"]}, True),
        ({"source": "trees.csv"}, False),
        ({"targets": ["height"]}, False),
        ({"columns": [*COLUMNS, ["c", "number", "feature", ""]]}, False),
    ],
)
def test_data_are_the_same_by_the_names_of_source_target_and_columns(change: dict[str, Any], same: bool) -> None:
    card = {**CARD, "columns": COLUMNS}
    assert (owner.identity(card) == owner.identity({**card, **change})) == same


def test_plain_arrays_are_the_same_by_their_number_of_columns() -> None:
    assert owner.identity(CARD) != owner.identity({**CARD, "features": ["a"]})


def _project(folder: Path, name: str, shift: float) -> str:
    """A project of its own in ``folder``, which has selected a model; returns its SHA-256."""
    (folder / "params.yaml").write_text(f"project: {name}\n")
    fake_store.make_store()
    fake_store.card(f"{folder.name}.csv")
    return fake_store.select(shift)


def test_three_projects_on_one_server_keep_three_champions(
    tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copyfile(empty_database, tmp_path / "shared.db")
    uri = f"sqlite:///{tmp_path}/shared.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    names, selected = ("iris", "wine", "Cars_2-b"), {}
    for _ in range(2):
        for shift, name in enumerate(names):
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            monkeypatch.chdir(folder)
            selected[name] = _project(folder, name, float(shift))
            sync.copy()
    client = mlflow.MlflowClient(uri)
    champions = {name: client.get_model_version_by_alias(name, "champion") for name in names}
    assert {name: (version.version, version.tags["model_sha256"]) for name, version in champions.items()} == {
        name: (1, sha256) for name, sha256 in selected.items()
    }
    for name in names:
        assert client.get_registered_model(name).tags[owner.WORDS] == f"{name}.csv, target t"
        experiment = client.get_experiment_by_name(name)
        assert experiment is not None
        assert len(client.search_runs([experiment.experiment_id])) == 9


def test_nothing_is_written_under_a_name_that_other_data_have(show: Show, dump: Any) -> None:
    fake_store.select()
    show()
    before = dump()
    fake_store.card("trees.csv", targets=["height"])
    with pytest.raises(HoldoutError) as caught:
        sync.copy()
    message = str(caught.value)
    assert "\n" not in message
    for words in ("'holdout'", "(toy, target t)", "trees.csv, target height", "set project in params.yaml"):
        assert words in message
    assert dump() == before


def test_a_registered_model_of_other_data_is_refused_before_an_experiment_is_made(show: Show, project: Path) -> None:
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    client.create_registered_model("mine", {owner.DATA: "0" * 16, owner.WORDS: "trees.csv\x1b[2J"})
    (project / "params.yaml").write_text("project: mine\n")
    with pytest.raises(HoldoutError, match=r"the registered model 'mine' .* \(trees.csv \[2J\)"):
        sync.copy()
    assert client.get_experiment_by_name("mine") is None


def test_what_an_older_version_has_made_is_taken_over(show: Show, project: Path) -> None:
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    client.create_experiment("holdout", (project / "mlartifacts").as_uri())
    client.create_registered_model("holdout")
    fake_store.select()
    shown = show()
    mine = owner.make_owner().tags
    assert mine.items() <= shown.experiment.tags.items()
    assert mine.items() <= client.get_registered_model("holdout").tags.items()


def test_after_the_data_have_changed_only_what_is_new_is_shown_in_the_new_project(show: Show, project: Path) -> None:
    fake_store.select()
    fake_store.evaluate()
    show()
    fake_store.card("trees.csv", hashes={"train/X": "other"})
    (project / "params.yaml").write_text("project: trees\n")
    fake_store.record("baseline", "c0", 0, sweep="second")
    fake_store.finished_trial("c0", fake_store.settings(0.1, 30), 0.05)
    sync.copy()
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    trees = client.get_experiment_by_name("trees")
    assert trees is not None
    runs = client.search_runs([trees.experiment_id])
    assert {run.data.tags["holdout.stage"] for run in runs} == {"sweep", "trial"}
    assert [run.data.tags["holdout.key"] for run in runs if run.data.tags["holdout.stage"] == "trial"] == ["c0"]
    assert not client.search_registered_models("name = 'trees'")
