"""Which trials are counted as candidates, and that none is forgotten."""

import itertools
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.sealing import attempts, recording, witness
from pipeline.sealing.attempts import Attempt, counted, joined, tally
from pipeline.sealing.git_places import RECORDS
from pipeline.sealing.openings import Openings
from pipeline.sealing.sharing import join, share
from pipeline.storage.parts import write_split
from pipeline.storage.places import TRIALS, TRIED
from pipeline.trials.pruning import Cut, prune
from pipeline.trials.results import read_results
from pipeline.trials.trial import run_trial
from tests.sealing.openers import begin, git
from tests.trials.made import CARD, data, run_sweep, settings

HASHES = {"train/X": "t", "validation/X": "v", "validation/y": "w"}


def attempt(
    key: str, status: str = "finished", rows: str = "here", teaching: bool = False, settings: str = ""
) -> Attempt:
    return Attempt(rows, key, settings or key, "engine", "one", status, "validation/error", 0.1, {}, teaching)


def test_different_candidates_on_these_rows_are_counted_and_nothing_else() -> None:
    found = tally(
        [
            attempt("a1"),
            attempt("a2"),
            attempt("a3", settings="a2"),  # the same on another processor
            attempt("b1", "diverged"),
            attempt("b2", "failed"),
            attempt("b3", "failed", settings="a1"),  # finished at another time
            attempt("c1", teaching=True),
            attempt("c2", teaching=True, settings="a1"),  # no lesson any more
            attempt("d1", rows="there"),
        ],
        "here",
    )
    assert [one.key for one in found.tried] == ["a1", "a2"]
    assert (found.failed, found.teaching, found.again, found.elsewhere) == (2, 1, 1, 1)


def test_what_a_search_has_pruned_was_tried_too_and_once() -> None:
    found = tally([attempt("a1", "pruned"), attempt("a2", "pruned"), attempt("a2"), attempt("a2", "pruned")], "here")
    assert {one.key: one.status for one in found.tried} == {"a1": "pruned", "a2": "finished"}
    assert (found.failed, found.again) == (0, 0)


def test_changed_code_that_computes_the_same_makes_no_other_candidate() -> None:
    one, other = attempt("a1", settings="a"), attempt("a2", settings="a")
    errors = {"rows": 8, "as": "bits", "kept": "0"}
    same = tally([replace(one, errors=errors), replace(other, engine="changed", errors=errors)], "here")
    assert ([one.key for one in same.tried], same.again) == (["a1"], 1)
    wrongs: list[dict[str, Any]] = [
        {"errors": {**errors, "kept": "1"}},
        {"errors": {}},
        {"errors": errors, "settings": "b"},
    ]
    for wrong in wrongs:
        found = tally([replace(one, errors=errors), replace(other, **{"engine": "changed", **wrong})], "here")
        assert found.number == 2


def test_candidates_are_counted_alike_in_any_order() -> None:
    kinds = (("e1", "A"), ("e2", "B"), ("e1", "B"), ("e3", "C"))
    every = [
        replace(attempt(f"a{i}", settings="a"), engine=engine, errors={"kept": kept})
        for i, (engine, kept) in enumerate(kinds)
    ]
    for order in itertools.permutations(every):
        assert tally(order, "here").number == 2
        assert set(attempts.identified(order)) == set(attempts.identified(every))


def test_the_identity_of_validation_rows_is_theirs_alone() -> None:
    assert attempts.rows_of(HASHES) == attempts.rows_of({**HASHES, "train/X": "other"})
    assert attempts.rows_of(HASHES) != attempts.rows_of({**HASHES, "validation/y": "other"})


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/main\n")
    recording._known.cache_clear()
    write_split(data().train, data().validation, CARD)
    TRIED.parent.mkdir()
    return tmp_path


def test_what_was_tried_outlives_the_store_and_is_counted_once(store: Path) -> None:
    keys = [run_trial(settings(learning_rate=rate), data())["key"] for rate in (0.1, 0.2)]
    for key in (*keys, keys[0], None):
        recording.record(key)
    shutil.rmtree(TRIALS)
    found = attempts.read()
    assert [one.key for one in found] == keys
    assert found[0].errors["rows"] == 20
    assert (store / ".git/holdout" / RECORDS).read_text().count("\n") == 2


def test_the_projects_own_count_grows_when_there_is_news_and_only_then(store: Path) -> None:
    rows = attempts.rows_of(CARD.hashes)
    for count, rate in enumerate((0.1, 0.2), 1):
        recording.record(str(run_trial(settings(learning_rate=rate), data())["key"]))
        for _ in range(2):
            recording.count()
        assert counted()[rows]["tried"] == count
    lines = [json.loads(line) for line in TRIED.read_text().splitlines()]
    assert [line["tried"] for line in lines] == [1, 2]


def test_a_pruned_trial_is_counted_and_counts_no_second_time_when_it_is_trained_on(store: Path) -> None:
    rows = attempts.rows_of(CARD.hashes)
    made = settings(9, learning_rate=0.1)
    key = str(run_trial(made, data(), until=4)["key"])
    prune(key, Cut(4, "validation/error", "others were better"))
    for _ in range(2):
        recording.record(key)
    recording.count()
    assert [one.status for one in attempts.read()] == ["pruned"] and counted()[rows]["tried"] == 1
    run_trial(made, data())
    recording.record(key)
    recording.count()
    assert [one.status for one in attempts.read()] == ["pruned", "finished"] and counted()[rows]["tried"] == 1
    assert TRIED.read_text().count("\n") == 1


def test_published_trials_that_were_recorded_elsewhere_count_as_well(store: Path) -> None:
    run_sweep(0.1, 0.2)
    trials, rows = read_results("rates"), attempts.rows_of(CARD.hashes)
    assert len(tally(joined([], trials, rows), rows).tried) == 2
    recording.record(trials[0].key)
    assert len(tally(joined(attempts.read(), trials, rows), rows).tried) == 2


def test_a_record_that_was_changed_or_is_none_is_passed_over(store: Path) -> None:
    recording.record(str(run_trial(settings(), data())["key"]))
    witness.append(witness.home() / RECORDS, {"rows": 3})
    assert len(attempts.read()) == 1


def test_what_a_remote_says_that_is_no_candidate_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(begin(tmp_path / "ann"))
    lines = b'no JSON\n[1]\n{"rows": 3}\n' + json.dumps(vars(attempt("a"))).encode() + b"\n"
    Openings(tmp_path / "ann/.git").add([], {"candidates/x.jsonl": lines}, "one", "2026-01-01T00:00:00+00:00")
    join()
    assert [one.key for one in attempts.read()] == ["a"]


def test_two_people_count_each_others_candidates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("init", "-q", "--bare", str(tmp_path / "remote"))
    begin(tmp_path / "ann")
    git("remote", "add", "origin", str(tmp_path / "remote"), at=tmp_path / "ann")
    git("clone", "-q", str(tmp_path / "ann"), str(tmp_path / "bob"))
    git("remote", "set-url", "origin", str(tmp_path / "remote"), at=tmp_path / "bob")
    for name in ("ann", "bob"):
        monkeypatch.chdir(tmp_path / name)
        recording.take_in([vars(attempt(name)), vars(attempt("both")), {"rows": 3}])
    for name in ("ann", "bob", "ann", "bob"):
        monkeypatch.chdir(tmp_path / name)
        share("origin")
        recording.count()
    for name in ("ann", "bob"):
        monkeypatch.chdir(tmp_path / name)
        assert sorted(one.key for one in attempts.read()) == ["ann", "bob", "both"]
        assert counted()["here"]["tried"] == 3
        assert not attempts.faults()
