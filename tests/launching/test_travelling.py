"""Trials of hosts that don't see the sweep's disk: they pause, go on elsewhere and come home to the same bytes."""

import dataclasses
import json
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.configuration.launchers import Launcher
from pipeline.launching import __main__ as program
from pipeline.launching import launched, sending
from pipeline.launching.order import order_from, order_of
from pipeline.launching.ray_jobs import Mailbox
from pipeline.storage.places import TRIALS
from pipeline.trials import jobs
from pipeline.trials.checkpoints import saved_epochs
from pipeline.trials.folder import grown
from pipeline.trials.jobs import Job
from pipeline.trials.sweeps import Sweep
from tests.launching.made import MadeJobs
from tests.launching.test_launched import job
from tests.trials.made import contents, data

RAY = Launcher("ray", 1, {}, 1)
SWEEP = Sweep("rates", "here")
JOBS = [job(number, rate) for number, rate in enumerate((0.1, 0.2))]
HOSTS = ("far", "farther")
Told = dict[str, Any]


@pytest.fixture(autouse=True)
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two disks beside that of the sweep, used in turn; the list has what each job told."""
    monkeypatch.chdir(tmp_path)
    for module in (launched, jobs):
        monkeypatch.setattr(module, "open_split", data)
    monkeypatch.setattr(jobs, "warm_up", lambda jobs, processes: None)
    monkeypatch.setattr(launched, "INTERVAL", 0.0)
    monkeypatch.setattr(launched, "ENGINES", {"ray": ("tests.launching.made", "MadeJobs")})
    monkeypatch.setattr(MadeJobs, "letters", [])
    turns: list[str] = []

    def does(number: int, text: str) -> list[Told]:
        host = HOSTS[len(turns) % 2]
        turns.append(host)
        (tmp_path / host).mkdir(exist_ok=True)
        with monkeypatch.context() as there:
            there.chdir(tmp_path / host)
            told = lines(text)
        MadeJobs.letters += [one for one in told if "parcel" in one or "unfinished" in one]
        return [{"key": one["key"], "summary": one["summary"]} for one in told if "summary" in one]

    monkeypatch.setattr(MadeJobs, "does", staticmethod(does))
    return turns


def lines(text: str) -> list[Told]:
    """What the program of a job says of an order, which it trains in the current folder."""
    told: list[Told] = []
    program._train(order_from(text, data()), lambda **what: told.append(what))
    return told


def launch(until: int | None) -> list[Any]:
    group = [dataclasses.replace(one, until=until) for one in JOBS]
    return [found for _, found in launched.launched(group, RAY, SWEEP, lambda job, epoch: None, lambda: False)]


def whole(job: Job, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    folder.mkdir()
    with monkeypatch.context() as there:
        there.chdir(folder)
        return contents(TRIALS / jobs.train(job, SWEEP, lambda epoch: None)["key"])


def test_a_trial_that_pauses_on_one_host_goes_on_on_another(
    tmp_path: Path, hosts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [one["status"] for one in launch(until=2)] == ["paused", "paused"]
    keys = [order_of([one], SWEEP, data(), 1).jobs[0][0] for one in JOBS]
    assert [saved_epochs(grown(key) or Path()) for key in keys] == [2, 2]
    hosts.append("so that the other host comes first")
    assert [one["status"] for one in launch(until=None)] == ["finished", "finished"]
    for key, one, folder in zip(keys, JOBS, ("alone", "alone too"), strict=True):
        found, expected = contents(TRIALS / key), whole(one, tmp_path / folder, monkeypatch)
        assert json.loads(found.pop("run.json"))["resumed_after"] == 2 and expected.pop("run.json")
        assert found == expected
        assert grown(key) is None


def test_what_was_sent_on_its_way_is_gone_on_with_when_its_host_dies(hosts: list[str], tmp_path: Path) -> None:
    """The mailbox has a snapshot of the first trial, and the second one whole: only the rest is trained."""
    text = order_of(JOBS, SWEEP, data(), 1, travels=True).to_text()
    mailbox = Mailbox()
    (tmp_path / "far").mkdir()
    with pytest.MonkeyPatch.context() as there:
        there.chdir(tmp_path / "far")
        halfway = order_of([dataclasses.replace(JOBS[0], until=2)], SWEEP, data(), 1).to_text()
        told = [*lines(halfway), *lines(order_of(JOBS[1:], SWEEP, data(), 1).to_text())]
    for letter in told:
        mailbox.put(letter)
    left = order_from(mailbox.what_is_left(text), data())
    assert [one.number for _, one in left.jobs] == [0] and left.unfinished.keys() == {left.jobs[0][0]}
    (line,) = lines(left.to_text())
    assert json.loads((TRIALS / line["key"] / "run.json").read_text())["resumed_after"] == 2
    assert [one["status"] for one in (letter["summary"] for letter in told)] == ["paused", "finished"]


def test_a_mailbox_keeps_no_checkpoint_of_what_has_ended() -> None:
    mailbox = Mailbox()
    mailbox.put({"key": "k", "unfinished": "large"})
    mailbox.put({"key": "k", "summary": {"status": "finished"}, "parcel": "small"})
    assert not mailbox._begun


def test_a_failed_trial_is_left_to_be_trained_again() -> None:
    text = order_of(JOBS, SWEEP, data(), 1).to_text()
    mailbox = Mailbox()
    mailbox.put({"key": json.loads(text)["jobs"][0][0], "summary": {"status": "failed"}, "parcel": ""})
    assert mailbox.what_is_left(text) == json.dumps(json.loads(text))
    assert len(mailbox.empty()) == 1 and mailbox.empty() == []


def test_an_order_of_which_nothing_is_left_trains_nothing() -> None:
    assert lines(dataclasses.replace(order_of(JOBS, SWEEP, data(), 1), jobs=()).to_text()) == []


def test_new_snapshots_are_sent_while_a_trial_trains() -> None:
    told: list[Told] = []
    one = dataclasses.replace(JOBS[0], until=1)
    key = order_of([one], SWEEP, data(), 1).jobs[0][0]
    with sending.sent_on_their_way([key], lambda **what: told.append(what), 0.003):
        jobs.train(one, SWEEP, lambda epoch: None)
        deadline = time.monotonic() + 20
        while not told and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
    assert [line.keys() for line in told] == [{"key", "unfinished"}]  # once each
    shutil.rmtree(TRIALS)
    sending.take_home(told[0])
    assert saved_epochs(grown(key) or Path()) == 1


def test_what_an_order_brings_and_can_not_be_used_begins_anew() -> None:
    given = order_of(JOBS[:1], SWEEP, data(), 1)
    key = given.jobs[0][0]
    (line,) = lines(dataclasses.replace(given, unfinished={key: "bm8="}).to_text())
    assert line["summary"]["status"] == "finished"


def test_nothing_is_sent_where_no_checkpoints_are_kept() -> None:
    before = threading.active_count()
    with sending.sent_on_their_way(["0" * 16], lambda **what: None, 0.0):
        assert threading.active_count() == before
