"""python -m pipeline.trials: what people see of the store, and what pruning keeps."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.configuration.settings import Settings
from pipeline.console import run_stage
from pipeline.errors import HoldoutError
from pipeline.storage import documents
from pipeline.storage.models import read_model, write_model
from pipeline.storage.parts import read_split, write_split
from pipeline.storage.places import PARAMS, SELECTED
from pipeline.trials import __main__ as command
from pipeline.trials import inventory, runner
from pipeline.trials.runner import run_trial
from pipeline.trials.store import STORE
from pipeline.trials.sweeps import AD_HOC, Sweep
from pipeline.trials.verify import verify
from tests.trials.test_runner import CARD, data, run_sweep, settings

TEXT = "data: {source: iris}\nsplit: {ratio: [5, 1, 1], seed: 1, stratify: true}\nexperiments: [rates]\n"


@pytest.fixture(autouse=True)
def in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    PARAMS.write_text(TEXT)


def call(*words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["trials", *words])
    run_stage(command.main)


def statuses() -> dict[str, str]:
    return {entry.key: entry.status for entry in inventory.entries()}


def one_ad_hoc() -> str:
    sweep = Sweep(AD_HOC, "1")
    return run_trial(settings(learning_rate=0.7), data(), announce=lambda key: sweep.add(key, 0, []))["key"]


def test_prune_keeps_what_current_experiments_and_people_have(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_sweep(0.1, 0.2)
    run_sweep(0.1, 0.3)  # 0.2 is out of the grid now
    run_sweep(0.5, name="given-up")
    hand = one_ad_hoc()
    before = set(statuses())
    call("prune", "--dry-run", monkeypatch=monkeypatch)
    assert set(statuses()) == before
    call("prune", monkeypatch=monkeypatch)
    kept = set(statuses())
    assert kept == inventory.members()["rates"] | {hand} and len(before - kept) == 2
    assert "2 trials, " in capsys.readouterr().out.splitlines()[-1]
    call("prune", "--ad-hoc", monkeypatch=monkeypatch)
    assert set(statuses()) == inventory.members()["rates"]


def test_a_pruned_trial_is_trained_again_and_the_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    hand = one_ad_hoc()
    run_sweep(0.1)
    call("prune", "--ad-hoc", monkeypatch=monkeypatch)
    assert hand not in statuses()
    assert one_ad_hoc() == hand
    monkeypatch.setattr(runner, "validate", lambda *_: pytest.fail("trained again"))
    run_sweep(0.1)


def test_statuses_tell_finished_failed_damaged_and_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    finished, damaged, killed = (run_trial(settings(learning_rate=rate), data())["key"] for rate in (0.1, 0.2, 0.3))
    (STORE / damaged / "history.csv").write_text("")
    shutil.move(STORE / killed, STORE / "running" / killed)
    run = documents.read_json(STORE / "running" / killed / "run.json")
    documents.write_json(STORE / "running" / killed / "run.json", {**run, "process_start": 1.0})
    monkeypatch.setattr(runner, "validate", lambda *_: 1 / 0)
    failed = run_trial(settings(learning_rate=0.4), data())["key"]
    assert statuses() == {finished: "finished", damaged: "damaged", killed: "killed", failed: "failed"}


def test_list_and_show(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run_sweep(0.1, 0.2)
    key = run_trial(settings(learning_rate=0.1), data())["key"]
    call("list", monkeypatch=monkeypatch)
    listed = capsys.readouterr().out
    assert key in listed and "rates" in listed and listed.splitlines()[-1].startswith("2 trials, ")
    call("show", key[:6], monkeypatch=monkeypatch)
    shown = capsys.readouterr().out
    assert "optimizer.learning_rate: 0.1\n" in shown and "result.status: finished\n" in shown


def test_a_key_that_no_trial_has_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="1"):
        call("show", "nothing", monkeypatch=monkeypatch)
    assert capsys.readouterr().err.splitlines() == [
        "error: .trials: no trial with a key that starts with 'nothing': `python -m pipeline.trials list`"
    ]


def test_a_trial_that_a_process_works_on_is_not_dropped() -> None:
    key = run_trial(settings(), data())["key"]
    (entry,) = inventory.entries()
    with inventory.FileLock(STORE / "running" / f"{key}.lock"):
        assert not inventory.drop(entry)
    assert inventory.drop(entry) and not inventory.entries()


def select(made: Settings) -> dict[str, Any]:
    write_split(data().train, data().validation, CARD)
    runner.open_split.cache_clear()
    summary = run_trial(made, read_split())
    SELECTED.parent.mkdir()
    shutil.copytree(STORE / summary["key"], SELECTED)
    return summary


def test_verify_trains_the_selected_trial_again_to_the_same_weights() -> None:
    summary = select(settings(name="adam"))
    found = verify()
    assert (found.key, found.sha256) == (summary["key"], summary["model_sha256"])


def test_verify_says_what_is_not_the_same() -> None:
    select(settings(name="adam"))
    model = read_model(SELECTED / "model.npz")
    model.weights[0][0, 0] += 1e-7
    write_model(SELECTED / "model.npz", model)
    with pytest.raises(HoldoutError, match="are not what it trained"):
        verify()
    values = documents.read_json(SELECTED / "settings.json")
    documents.write_json(SELECTED / "settings.json", {**values, "seed": 2})
    with pytest.raises(HoldoutError, match="have changed since: its key would now be"):
        verify()
