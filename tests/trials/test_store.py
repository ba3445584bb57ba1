"""python -m pipeline.trials: what people see of the store, and what pruning keeps."""

import shutil
import sys
from pathlib import Path

import pytest

from pipeline.console import run_stage
from pipeline.storage import atomic, documents
from pipeline.storage.places import PARAMS, TRIALS
from pipeline.trials import __main__ as command
from pipeline.trials import store, trial
from pipeline.trials.sweeps import AD_HOC, Sweep
from pipeline.trials.trial import run_trial
from tests.trials.made import data, run_sweep, settings

TEXT = "data: {source: iris}\nsplit: {ratio: [5, 1, 1], seed: 1, stratify: true}\nexperiments: [rates]\n"


@pytest.fixture(autouse=True)
def in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    PARAMS.write_text(TEXT)
    Path("dvc.yaml").write_text("stages: {}\n")


def call(*words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["trials", *words])
    run_stage(command.main)


def statuses() -> dict[str, str]:
    return {entry.key: entry.trial.status for entry in store.entries()}


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
    would, beside = capsys.readouterr().out.splitlines()[-2:]
    assert would.startswith("2 trials, ") and would.endswith(" would go")
    assert beside.startswith("kept beside them: 1 ad-hoc trial, ")
    (TRIALS / f".half.tmp-{atomic.HOST}-{2**22 + 1}-old").mkdir()  # a removal that a power cut ended
    call("prune", monkeypatch=monkeypatch)
    assert not list(TRIALS.glob(".half*"))
    kept = set(statuses())
    assert kept == store.members()["rates"] | {hand} and len(before - kept) == 2
    assert "2 trials, " in capsys.readouterr().out.splitlines()[-2]
    call("prune", "--ad-hoc", monkeypatch=monkeypatch)
    assert set(statuses()) == store.members()["rates"]


def test_a_pruned_trial_is_trained_again_and_the_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    hand = one_ad_hoc()
    run_sweep(0.1)
    call("prune", "--ad-hoc", monkeypatch=monkeypatch)
    assert hand not in statuses()
    assert one_ad_hoc() == hand
    monkeypatch.setattr(trial, "validate", lambda *_: pytest.fail("trained again"))
    run_sweep(0.1)


def test_statuses_tell_finished_failed_damaged_and_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    finished, damaged, killed = (run_trial(settings(learning_rate=rate), data())["key"] for rate in (0.1, 0.2, 0.3))
    (TRIALS / damaged / "history.csv").write_text("")
    shutil.move(TRIALS / killed, TRIALS / "running" / killed)
    run = documents.read_json(TRIALS / "running" / killed / "run.json")
    documents.write_json(TRIALS / "running" / killed / "run.json", {**run, "process_start": 1.0})
    monkeypatch.setattr(trial, "validate", lambda *_: 1 / 0)
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


def test_one_trial_is_found_without_reading_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    one, *others = (run_trial(settings(learning_rate=rate), data())["key"] for rate in (0.1, 0.2, 0.3))
    read = store.undamaged
    monkeypatch.setattr(
        store, "undamaged", lambda folder: pytest.fail("read") if folder.name in others else read(folder)
    )
    assert store.find(one[:6]).key == one


def test_a_trial_that_a_process_works_on_is_not_dropped() -> None:
    key = run_trial(settings(), data())["key"]
    (entry,) = store.entries()
    with store.FileLock(TRIALS / "running" / f"{key}.lock"):
        assert not store.drop(entry)
    assert store.drop(entry) and not store.entries()
