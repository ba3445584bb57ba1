"""What there is to show: the trials of which sweep, and when to look again."""

from pathlib import Path

import pytest

from pipeline.tracking import contents
from tests.tracking import fake_store


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_empty_folder_has_no_sweeps() -> None:
    assert contents.Contents().sweeps == {}


def test_a_half_written_trial_waits_for_the_next_pass() -> None:
    fake_store.record("baseline", "a0", 0)
    folder = fake_store.running_trial("a0", 1)
    (folder / "settings.json").write_text('{"network": {"hid')
    assert contents.Contents().sweeps == {"baseline": []}


def test_published_results_stand_for_the_sweep_when_the_store_is_gone() -> None:
    folder = Path("experiments/baseline/results/trials/k1")
    fake_store.write(folder / "settings.json", fake_store.settings(0.1, 30))
    fake_store.write(folder / "summary.json", fake_store.summary("k1", 0.1, "finished"))
    (trial,) = contents.Contents().sweeps["baseline"]
    assert (trial.key, trial.status, trial.run) == ("k1", "finished", {})


def test_the_fingerprint_changes_with_a_line_of_history_and_with_a_death() -> None:
    folder = fake_store.running_trial("a0", 1)
    seen = [contents.fingerprint()]
    assert contents.fingerprint() == seen[0]
    with (folder / "history.csv").open("a") as history:
        history.write(fake_store.line(1))
    seen.append(contents.fingerprint())
    fake_store.running_trial("a0", 2, **fake_store.DEAD)
    seen.append(contents.fingerprint())
    assert len(set(seen)) == 3


def test_the_fingerprint_changes_with_a_record_an_end_and_a_result() -> None:
    seen = [contents.fingerprint()]
    fake_store.record("baseline", "a0", 0)
    seen.append(contents.fingerprint())
    fake_store.record("baseline", "a1", 1)
    seen.append(contents.fingerprint())
    fake_store.finished_trial("a0", fake_store.settings(0.1, 30), 0.05)
    seen.append(contents.fingerprint())
    fake_store.write(Path("experiments/baseline/results/trials/a0/summary.json"), {})
    seen.append(contents.fingerprint())
    fake_store.write(Path("experiments/baseline/results/trials/a1/summary.json"), {})
    seen.append(contents.fingerprint())
    assert seen[-1] == contents.fingerprint()
    assert len(set(seen)) == 6
