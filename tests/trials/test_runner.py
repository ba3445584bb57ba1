"""The store: what decides a key, reuse, failures, and the results folder of a sweep."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.configuration.settings import Settings
from pipeline.data.card import Card
from pipeline.errors import HoldoutError
from pipeline.storage import digests, documents
from pipeline.storage.models import read_model
from pipeline.storage.parts import OpenData, Part
from pipeline.trials import runner
from pipeline.trials.runner import run_trial
from pipeline.trials.sweeps import Sweep, only_run, published_name

CARD = Card(
    "classification",
    ("a", "b"),
    ("in", "out"),
    None,
    source="made",
    target="y",
    rows=60,
    hashes={},
)


@pytest.fixture(autouse=True)
def in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def data() -> OpenData:
    X = np.random.default_rng(0).uniform(-1, 1, (60, 2))
    y = (np.square(X).sum(axis=1) > 0.6).astype(np.int64)
    return OpenData(Part(X[:40], y[:40], np.arange(40)), Part(X[40:], y[40:], np.arange(40, 60)), CARD)


def settings(**optimizer: Any) -> Settings:
    made = Settings()
    made.network.hidden, made.stopping.epochs = [4], 3
    made.optimizer = dataclasses.replace(made.optimizer, **optimizer)
    return made


def run_sweep(*rates: float, name: str = "rates") -> None:
    sweep = Sweep(name, f"{rates}")
    for job, rate in enumerate(rates):
        run_trial(settings(learning_rate=rate), data(), announce=lambda key, job=job, rate=rate: sweep.add(
            key, job, [f"optimizer.learning_rate={rate}"]
        ))  # fmt: skip
    sweep.publish(Path("experiments") / name / "results")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_finished_trial_is_reused(monkeypatch: pytest.MonkeyPatch) -> None:
    first = run_trial(settings(), data())
    monkeypatch.setattr(runner, "validate", lambda *_: pytest.fail("trained again"))
    second = run_trial(settings(), data())
    assert second == {**first, "reused": True}


def test_what_is_stored_is_whole() -> None:
    summary = run_trial(settings(), data())
    folder = Path(".trials") / summary["key"]
    model = read_model(folder / "model.npz")
    assert summary["parameters"] == sum(w.size for w in model.weights)
    assert summary["model_sha256"] == digests.of_file(folder / "model.npz")
    assert documents.read_json(folder / "settings.json")["network"]["output"] == "softmax"
    lines = (folder / "history.csv").read_text().splitlines()
    assert lines[0].startswith("epoch,train/loss,train/error")
    assert len(lines) == 1 + summary["epochs"]
    assert not list(Path(".trials/running").glob("*/"))


def test_the_history_can_be_read_while_training() -> None:
    seen: list[int] = []

    def look(epoch: int, record: dict[str, float]) -> None:
        (history,) = Path(".trials/running").glob("*/history.csv")
        seen.append(len(history.read_text().splitlines()))

    run_trial(settings(), data(), look)
    assert seen == [2, 3, 4]


@pytest.mark.parametrize("name", ["model.npz", "summary.json", "settings.json", "history.csv"])
@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_text("{}")])
def test_a_damaged_trial_is_trained_again(name: str, damage: Any) -> None:
    first = run_trial(settings(), data())
    damage(Path(".trials") / first["key"] / name)
    again = run_trial(settings(), data())
    assert again == first
    assert read_model(Path(".trials") / first["key"] / "model.npz").classes == ("in", "out")


def test_two_runs_of_one_experiment_at_once_are_refused() -> None:
    with only_run("rates"):
        with pytest.raises(HoldoutError, match="rates is being trained in this folder by another process"):
            only_run("rates").__enter__()
        with only_run("others"):
            pass
    with only_run("rates"):
        pass


def test_spelling_out_auto_does_not_change_the_key() -> None:
    explicit = settings()
    explicit.network.output, explicit.network.loss = "softmax", "cross_entropy"
    assert run_trial(explicit, data())["key"] == run_trial(settings(), data())["key"]


def test_a_trial_that_raises_is_recorded_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_memory(*_: object) -> None:
        raise MemoryError("no room for 9 GiB")

    with monkeypatch.context() as patch:
        patch.setattr(runner, "validate", out_of_memory)
        failed = run_trial(settings(), data())
    assert (failed["status"], failed["reason"]) == ("failed", "MemoryError: no room for 9 GiB")
    assert run_trial(settings(), data())["status"] == "finished"


def test_a_mistake_in_the_settings_trains_nothing() -> None:
    with pytest.raises(HoldoutError, match=r"optimizer\.momentum"):
        run_trial(settings(momentum=0.5), data())
    assert not Path(".trials").exists()


def test_results_hold_the_current_grid_only() -> None:
    run_sweep(0.1, 0.2, 0.3)
    run_sweep(0.3, 0.1)
    results = Path("experiments/rates/results")
    assert len(list((results / "trials").iterdir())) == 2
    assert len(list(Path(".trials/sweeps/rates").iterdir())) == 2
    table = (results / "trials.csv").read_text().splitlines()
    assert [line.split(",")[9] for line in table] == ["optimizer.learning_rate", "0.3", "0.1"]


def test_the_same_sweep_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_sweep(0.1, 0.2)
    (tmp_path / "elsewhere").mkdir()
    first = contents(Path("experiments/rates/results"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    run_sweep(0.1, 0.2)
    assert contents(Path("experiments/rates/results")) == first


@pytest.mark.parametrize("allowed", [False, True])
def test_failed_trials_are_listed_unless_allowed(allowed: bool) -> None:
    run_sweep(0.1)
    sweep = Sweep("rates", "mixed")
    for job, rate in enumerate((0.1, 1e38)):
        run_trial(
            settings(learning_rate=rate),
            data(),
            announce=lambda key, job=job: sweep.add(key, job, [], allow_failed=allowed),
        )
    if allowed:
        sweep.refuse_failures()
        return
    with pytest.raises(HoldoutError, match=r"rates: 1 of 2 trials did not finish \(\w+ diverged: train/loss is nan"):
        sweep.refuse_failures()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["experiment=momentum"], "momentum"),
        (["experiment=momentum", "hydra/launcher=two_workers", "allow_failed=true"], "momentum"),
        (["experiment=momentum", "optimizer.learning_rate=0.1"], None),
        (["--multirun", "optimizer.learning_rate=0.1"], None),
        (["seed=3"], None),
        (["experiment=momentum", "--cfg", "job"], None),
        (["experiment=momentum", "--multirun"], "momentum"),
        ([], None),
    ],
)
def test_only_the_bare_experiment_is_a_stage(words: list[str], name: str | None) -> None:
    assert published_name(words) == name


def test_several_experiments_in_one_are_refused() -> None:
    with pytest.raises(HoldoutError, match=r"experiment=baseline,momentum: expected the name of one experiment"):
        published_name(["--multirun", "experiment=baseline,momentum"])
