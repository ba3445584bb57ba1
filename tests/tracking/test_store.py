"""Reading the store, and the names that its trials get."""

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.tracking import names, store
from tests.tracking import fake_store


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_settings_become_flat_names() -> None:
    assert store.flatten({"a": {"b": [1], "c": {"d": None}}, "e": 2}) == {"a.b": [1], "a.c.d": None, "e": 2}


def test_times_are_milliseconds() -> None:
    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    assert store.milliseconds(moment.isoformat()) == store.milliseconds(moment.timestamp()) == 1767225600000
    assert store.milliseconds(None) is None


def test_an_empty_folder_has_no_sweeps() -> None:
    assert store.read_sweeps() == {}


def test_a_half_written_trial_waits_for_the_next_pass() -> None:
    fake_store.record("baseline", "a0", 0)
    folder = fake_store.running_trial("a0", 1)
    (folder / "settings.json").write_text('{"network": {"hid')
    assert store.read_sweeps() == {"baseline": []}


def test_published_results_stand_for_the_sweep_when_the_store_is_gone() -> None:
    folder = Path("experiments/baseline/results/trials/k1")
    fake_store.write(folder / "settings.json", fake_store.settings(0.1, 30))
    fake_store.write(folder / "summary.json", fake_store.summary("k1", 0.1, "finished"))
    (trial,) = store.read_sweeps()["baseline"]
    assert (trial.key, trial.status, trial.run) == ("k1", "finished", {})


def test_ad_hoc_trials_add_up_while_a_named_sweep_is_its_latest_run() -> None:
    for experiment in ("ad-hoc", "baseline"):
        for job, sweep in enumerate(("first", "second")):
            fake_store.record(experiment, f"k{job}", 0, sweep)
    assert store.member_keys("ad-hoc") == ["k0", "k1"]
    assert store.member_keys("baseline") == ["k1"]


def test_the_fingerprint_changes_with_a_line_of_history_and_with_a_death() -> None:
    folder = fake_store.running_trial("a0", 1)
    seen = [store.fingerprint()]
    assert store.fingerprint() == seen[0]
    with (folder / "history.csv").open("a") as history:
        history.write(fake_store.line(1))
    seen.append(store.fingerprint())
    fake_store.running_trial("a0", 2, **fake_store.DEAD)
    seen.append(store.fingerprint())
    assert len(set(seen)) == 3


def test_names_say_what_varies() -> None:
    settings = {"k1": fake_store.settings(0.1, 30), "k2": fake_store.settings(0.05, 300)}
    sweep = {key: store.flatten(values) for key, values in settings.items()}
    assert names.run_names(sweep) == {"k1": "hidden=[30] lr=0.1", "k2": "hidden=[300] lr=0.05"}
    assert names.run_names({"k1": sweep["k1"]}) == {"k1": "hidden=[30] lr=0.1"}


@given(st.lists(st.dictionaries(st.sampled_from(["optimizer.learning_rate", "a.b", "c"]), st.floats()), max_size=5))
def test_names_are_short(sweep: list[dict[str, float]]) -> None:
    found = names.run_names({f"key{place}0000": each for place, each in enumerate(sweep)})
    assert all(0 < len(name) <= names.LONGEST for name in found.values())


def test_two_names_that_read_alike_end_in_their_key() -> None:
    sweep = {f"{place}key": {"regularizer.some_long_name": "x" * 40 + str(place)} for place in range(2)}
    assert len(set(names.run_names(sweep).values())) == 2
