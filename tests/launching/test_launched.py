"""What a sweep makes of jobs that end, die, lie elsewhere or are interrupted."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from pipeline.configuration.launchers import Launcher
from pipeline.errors import HoldoutError, Note
from pipeline.launching import __main__ as program
from pipeline.launching import launched, order
from pipeline.launching.grouping import grouped, seconds_of_trials, trials_per_job
from pipeline.launching.order import mark, order_from, order_of
from pipeline.storage.places import TRIALS
from pipeline.trials import jobs
from pipeline.trials.folder import RUN
from pipeline.trials.jobs import Job
from pipeline.trials.sweeps import Sweep
from pipeline.trials.trial import run_trial
from tests.launching.made import MadeJobs, parcel, trained
from tests.trials.made import CARD, contents, data, settings

SLURM = Launcher("submitit_slurm", 1, {}, 1)


@pytest.fixture(autouse=True)
def in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for module in (launched, jobs):
        monkeypatch.setattr(module, "open_split", data)
    monkeypatch.setattr(launched, "INTERVAL", 0.0)
    monkeypatch.setattr(launched, "ENGINES", {"submitit_slurm": ("tests.launching.made", "MadeJobs")})
    monkeypatch.setattr(MadeJobs, "letters", [])
    monkeypatch.setattr(MadeJobs, "endless", False)


def job(number: int, rate: float) -> Job:
    from pipeline.configuration.settings import resolve

    words = (f"optimizer.learning_rate={rate}",)
    return Job(number, "", words, resolve(settings(learning_rate=rate), CARD), 0.0, False, False)


JOBS = [job(number, rate) for number, rate in enumerate((0.1, 0.2, 0.3))]


def launch(launcher: Launcher = SLURM, asked: bool = False) -> list[tuple[int, object]]:
    sweep = Sweep("rates", "here")
    found = launched.launched(JOBS, launcher, sweep, lambda job, epoch: None, lambda: asked)
    return [(one.number, result["status"] if isinstance(result, dict) else result) for one, result in found]


def test_trials_are_found_in_the_store_as_jobs_end() -> None:
    assert launch() == [(0, "finished"), (1, "finished"), (2, "finished")]
    assert [member.job for member in Sweep("rates", "here").members()] == [0, 1, 2]
    assert not mark("here").exists()


def test_a_job_that_died_loses_no_other_and_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def does(number: int, text: str) -> list[dict[str, object]]:
        if number == 1:
            raise RuntimeError("Job 7_1 was killed: OUT_OF_MEMORY\nmore")
        return trained(text)

    monkeypatch.setattr(MadeJobs, "does", staticmethod(does))
    with pytest.raises(HoldoutError) as caught:
        launch()
    missing = order_of([JOBS[1]], Sweep("rates", "here"), data(), 1).jobs[0][0]
    assert str(caught.value) == (
        f"1 of 3 trials are not finished ({missing}): job 1: Job 7_1 was killed: OUT_OF_MEMORY. The finished ones are "
        "kept: run the same command again, and it goes on"
    )
    assert len(list(TRIALS.glob("*/summary.json"))) == 2


def test_a_failed_trial_is_taken_from_its_job(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*given: object) -> None:
        raise MemoryError("no more")

    monkeypatch.setattr("pipeline.trials.trial.validate", fails)
    assert launch() == [(0, "failed"), (1, "failed"), (2, "failed")]


def test_what_a_job_says_is_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MadeJobs, "does", staticmethod(lambda number, text: [{"error": "node3: disk full"}]))
    with pytest.raises(HoldoutError, match=r"3 of 3 trials are not finished \(.*\): job 0: node3: disk full; job 1"):
        launch()


def test_it_says_where_a_job_was_held_by_less_than_landlock(monkeypatch: pytest.MonkeyPatch) -> None:
    host = {"host": "node3", "confinement": "audit hook"}
    monkeypatch.setattr(MadeJobs, "does", staticmethod(lambda number, text: [host, *trained(text)]))
    with pytest.warns(Note, match="node3: confinement is audit hook: no Landlock here"):
        launch()


def test_a_cluster_that_takes_no_jobs_is_one_line() -> None:
    with pytest.raises(HoldoutError, match="^hydra/launcher=submitit_slurm: sbatch: error: invalid .*: none$"):
        launch(Launcher("submitit_slurm", 1, {"partition": "none"}, 1))


def test_ctrl_c_cancels_what_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MadeJobs, "endless", True)
    assert launch(asked=True) == []
    assert [one.cancelled for one in MadeJobs.latest.jobs] == [True, True, True] and MadeJobs.latest.closed


def test_a_job_that_waits_for_what_others_have_trained_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launched, "GRACE", 0.0)
    monkeypatch.setattr(MadeJobs, "endless", True)
    sweep = Sweep("rates", "here")
    found = launched.launched(JOBS, SLURM, sweep, lambda job, epoch: None, lambda: bool(another_terminal()))
    assert sorted(one.number for one, _ in found) == [0, 1, 2]
    assert [one.cancelled for one in MadeJobs.latest.jobs] == [True, True, True]


def another_terminal() -> None:
    """Trains the same, while jobs wait in a queue."""
    for one in JOBS:
        run_trial(one.settings, data())


def test_trials_of_another_disk_come_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job trains in another folder, and sends what the mailbox then has."""
    (tmp_path / "far").mkdir()

    def does(number: int, text: str) -> list[dict[str, object]]:
        with monkeypatch.context() as elsewhere:
            elsewhere.chdir(tmp_path / "far")
            told = trained(text)
            assert not order_from(text, data()).is_home()
            MadeJobs.letters += [{**line, "parcel": parcel(str(line["key"]))} for line in told]
        assert order_from(text, data()).is_home()
        return told

    monkeypatch.setattr(MadeJobs, "does", staticmethod(does))
    assert sorted(launch()) == [(0, "finished"), (1, "finished"), (2, "finished")]
    for folder in TRIALS.glob("*/summary.json"):
        here, there = (contents(place / folder.parent) for place in (tmp_path, tmp_path / "far"))
        assert here == there and "model.npz" in here


def test_a_parcel_that_was_damaged_on_its_way_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def does(number: int, text: str) -> list[dict[str, object]]:
        told = trained(text)
        MadeJobs.letters += [{**line, "parcel": parcel(str(line["key"]))[:-400]} for line in told]
        for line in told:
            shutil.rmtree(TRIALS / str(line["key"]))
        return told

    monkeypatch.setattr(MadeJobs, "does", staticmethod(does))
    with pytest.raises(HoldoutError, match=r"3 of 3 trials are not finished .*parcel: is cut off or damaged"):
        launch()


def test_an_order_says_what_its_jobs_are() -> None:
    text = order_of(JOBS, Sweep("rates", "here"), data(), 2).to_text()
    assert "\n" not in text
    found = order_from(text, data())
    assert [one for _, one in found.jobs] == JOBS
    assert (found.workers, found.sweep.identity, found.experiment) == (2, "here", "rates")


def test_a_host_with_other_data_or_code_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    text = order_of(JOBS, Sweep("rates", "here"), data(), 1).to_text()
    here = data()
    other = dataclasses.replace(here, train=dataclasses.replace(here.train, X=here.train.X + 1))
    with pytest.raises(HoldoutError, match=r"here trials would be others, for data .* differ"):
        order_from(text, other)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(order, "noted", lambda data: {**json.loads(text)["origin"], "numpy": "1.0"})
        with pytest.raises(HoldoutError, match="for numpy differ: bring the project up to date"):
            order_from(text, here)


def test_a_key_that_is_not_that_of_its_settings_is_refused() -> None:
    given = json.loads(order_of(JOBS, Sweep("rates", "here"), data(), 1).to_text())
    given["jobs"][0][0] = "0" * 16
    with pytest.raises(HoldoutError, match="trial 0000000000000000 would be"):
        order_from(json.dumps(given), data())


@pytest.mark.parametrize(
    ("count", "launcher", "workers", "seconds", "size"),
    [
        (64, "submitit_slurm", 1, [], 1),  # nothing is known
        (64, "submitit_slurm", 1, [10.0, 10.0, 500.0], 30),
        (64, "submitit_slurm", 4, [10.0], 64),
        (64, "submitit_slurm", 1, [1000.0], 1),
        (64, "submitit_local", 1, [10.0], 6),
        (64, "ray", 2, [10.0], 12),
        (5000, "submitit_slurm", 1, [], 5),  # an array has at most 1000 jobs
        (64, "submitit_slurm", 1, [0.0], 64),
    ],
)
def test_a_job_lasts_minutes(count: int, launcher: str, workers: int, seconds: list[float], size: int) -> None:
    assert trials_per_job(count, Launcher(launcher, workers), seconds) == size


def test_the_seconds_are_those_of_trials_in_the_store() -> None:
    assert seconds_of_trials() == []
    summary = run_trial(settings(), data())
    assert seconds_of_trials()[0] >= 0
    run = json.loads((TRIALS / summary["key"] / RUN).read_text())
    run |= {"started": "2026-01-01T00:00:00.000+00:00", "finished": "2026-01-01T00:02:30.500+00:00"}
    (TRIALS / summary["key"] / RUN).write_text(json.dumps(run))
    assert seconds_of_trials() == [150.5]
    assert [len(one) for one in grouped(JOBS, Launcher("submitit_slurm", 1))] == [2, 1]
    (TRIALS / summary["key"] / RUN).write_text(json.dumps({**run, "resumed_after": 3}))
    assert seconds_of_trials() == []


def test_what_a_group_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, object]] = []
    monkeypatch.setattr(jobs, "warm_up", lambda jobs, processes: None)
    given = order_of(JOBS[:1], Sweep("rates", "here"), data(), 1)
    program._train(given, lambda **what: told.append(what))
    assert [one.keys() for one in told] == [{"key", "summary", "parcel"}]
    mark("here").parent.mkdir(parents=True)
    mark("here").touch()
    program._train(given, lambda **what: told.append(what))
    assert told[1].keys() == {"key", "summary"} and told[1]["key"] == told[0]["key"]
