"""Remotes on real servers: OpenSSH's, and an S3-compatible object store (OpenStack Swift), both on loopback."""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.trials import carrying
from pipeline.trials.parcels import packed
from pipeline.trials.remote import Unreachable, connected
from tests import project
from tests.servers import sshd, swift
from tests.trials.made import contents, data, run_trial, settings

pytestmark = [pytest.mark.ci, pytest.mark.processes]
KEY = "0123456789abcdef"
LARGE = 40_000_000  # bytes: enough to be killed in the middle of


class Server:
    """A server of either kind: a remote's URL, the environment that reaches it, and its death and resurrection."""

    def __init__(
        self, url: str, environment: dict[str, str], kill: Callable[[], None], start: Callable[[], None]
    ) -> None:
        self.url, self.environment, self.kill, self.start = url, environment, kill, start


@contextlib.contextmanager
def _ssh(folder: Path) -> Iterator[Server]:
    with sshd.running(folder) as found:
        yield Server(found.url, found.environment, found.kill, found.start)


@contextlib.contextmanager
def _s3(folder: Path) -> Iterator[Server]:
    with swift.running(folder) as found:
        with _set(found.environment):
            connected(f"s3://{swift.BUCKET}").system.mkdir(swift.BUCKET)
        yield Server(
            f"s3://{swift.BUCKET}/kept", found.environment, lambda: found.kill("proxy"), lambda: found.start("proxy")
        )


@contextlib.contextmanager
def _set(environment: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@pytest.fixture(scope="module", params=["sftp", "s3"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    kind, start = {"sftp": (sshd, _ssh), "s3": (swift, _s3)}[request.param]
    pytest.importorskip("sshfs" if request.param == "sftp" else "s3fs", reason="pip install 'holdout[remote]'")
    if reason := kind.missing():  # type: ignore[attr-defined]
        pytest.skip(reason)
    with start(tmp_path_factory.mktemp(request.param)) as found, _set(found.environment):
        yield found


@pytest.fixture(autouse=True)
def in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_trials_come_back_as_they_went(server: Server) -> None:
    keys = [str(run_trial(settings(learning_rate=rate), data())["key"]) for rate in (0.1, 0.2, 0.3)]
    before, place = {key: contents(Path(".trials") / key) for key in keys}, connected(server.url)
    assert carrying.push(place, keys).done == keys and carrying.push(place, keys).done == keys
    assert set(place.keys()) >= set(keys)
    shutil.rmtree(".trials")
    found = carrying.fetch(connected(server.url), [*keys, KEY])
    assert (found.done, found.lacking, found.left) == (keys, [KEY], {})
    assert {key: contents(Path(".trials") / key) for key in keys} == before


def test_a_folder_that_is_not_there_yet_is_empty(server: Server) -> None:
    assert connected(f"{server.url}/empty").keys() == {}


def test_wrong_bytes_on_the_server_are_left_there(server: Server) -> None:
    key, place = str(run_trial(settings(learning_rate=0.4), data())["key"]), connected(server.url)
    damaged = bytearray(packed(key))
    damaged[len(damaged) // 2] ^= 1
    place.put(key, bytes(damaged))
    shutil.rmtree(".trials")
    found = carrying.fetch(place, [key])
    assert list(found.left) == [key] and "cut off or damaged" in found.left[key] and not Path(".trials", key).exists()


def test_a_server_that_dies_in_the_middle_of_a_push_keeps_no_half_of_it(server: Server) -> None:
    place, large = connected(server.url), os.urandom(LARGE)
    place.put(KEY, b"before")
    failed: list[Exception] = []

    def push() -> None:
        try:
            place.put(KEY, large)
        except Unreachable as error:
            failed.append(error)

    for wait in (0.02, 0.05, 0.1, 0.2):
        thread = threading.Thread(target=push)
        thread.start()
        time.sleep(wait)
        server.kill()
        thread.join(timeout=120)
        server.start()
        place = connected(server.url)
        assert place.get(KEY, 1 << 30) in (b"before", large) and KEY in set(place.keys())
        assert not thread.is_alive()
    assert failed and all("\n" not in str(error) for error in failed)
    place.put(KEY, large)
    assert connected(server.url).get(KEY, 1 << 30) == large


def test_a_second_clone_trains_nothing(server: Server, tmp_path: Path) -> None:
    """Trained in one project; in another, where nothing but the sources is, fetched by the sweep itself."""
    server_url = {"HOLDOUT_TRIALS_REMOTE": server.url, "HOLDOUT_TRACKING": "off", **server.environment}
    first = project.make_project(tmp_path / "first", {"source": "iris"})
    said = first("dvc repro train@rates", **server_url)
    assert "reused" not in said.stdout and "warning" not in said.stderr
    listed = first("python -m pipeline.trials remote", **server_url).stdout
    assert "here too: 2" in listed and "only here: 0" in listed
    second = project.make_project(tmp_path / "second", {"source": "iris"})
    said = second("dvc repro train@rates", **server_url)
    assert said.stdout.count(", reused") == 2 and "warning" not in said.stderr
    results = "experiments/rates/results"
    assert contents(tmp_path / "first" / results) == contents(tmp_path / "second" / results)


def test_the_sweep_goes_on_when_the_server_is_gone_and_a_push_makes_up_for_it(server: Server, tmp_path: Path) -> None:
    if not server.url.startswith("sftp"):
        pytest.skip("once is enough: to a sweep, servers that are gone are alike")
    away = {"HOLDOUT_TRIALS_REMOTE": server.url, "HOLDOUT_TRACKING": "off", **server.environment}
    run = project.make_project(tmp_path / "alone", {"source": "wine"})
    run("dvc repro split", **away)
    server.kill()
    try:
        said = run("dvc repro train@rates", **away)
    finally:
        server.start()
    lines = [line for line in said.stderr.splitlines() if line.startswith("warning: remote of trials: ")]
    assert len(lines) == 2 and "trained here" in lines[0]
    assert "2 trials not sent" in lines[1]
    assert run("python -m pipeline.trials push", **away).stdout.startswith("2 trials sent to ")


def tmpfs(folder: Path, size: str) -> None:
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True)
    if done.returncode:
        pytest.skip("a small file system can't be mounted here")


def test_a_full_disk_at_the_remote_is_one_line_and_leaves_what_was_there(tmp_path: Path) -> None:
    keys = [str(run_trial(settings(learning_rate=rate), data())["key"]) for rate in (0.1, 0.2)]
    tmpfs(tmp_path / "kept", "40k")
    try:
        place = connected(str(tmp_path / "kept"))
        place.put(keys[0], packed(keys[0]))
        with pytest.raises(Unreachable, match="No space left on device"):
            place.put(KEY, bytes(100_000))
        command = [sys.executable, "-m", "pipeline.trials", "fetch", "--remote", str(tmp_path / "kept")]
        environment: dict[str, Any] = {**os.environ, "PYTHONPATH": str(project.ROOT)}
        Path("params.yaml").touch(), Path("dvc.yaml").touch()
        shutil.rmtree(".trials")
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert list(place.keys()) == [keys[0]]
        assert done.returncode == 1 or "1 trial fetched" in done.stdout
    finally:
        subprocess.run(["umount", tmp_path / "kept"], check=True)
