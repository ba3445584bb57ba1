"""A remote of trials: what is kept there, what is taken from there, and what is said where it is away."""

import io
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from pipeline.errors import HoldoutError
from pipeline.storage.places import PARAMS, TRIALS
from pipeline.trials import carrying, courier, dispatch, remote, trial
from pipeline.trials.courier import Courier
from pipeline.trials.dispatch import Carrier, named
from pipeline.trials.parcels import packed, unpacked
from pipeline.trials.remote import NotThere, Remote, Unreachable, connected
from pipeline.trials.trial import find_trained, run_trial
from tests.trials.made import contents, data, settings

KEY = "0123456789abcdef"


@pytest.fixture(autouse=True)
def in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(dispatch.VARIABLE, raising=False)
    monkeypatch.setitem(remote.KINDS, "memory", lambda parts: MemoryFileSystem(skip_instance_cache=True))
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


def trained(*rates: float) -> list[str]:
    return [str(run_trial(settings(learning_rate=rate), data())["key"]) for rate in rates]


def elsewhere() -> None:
    shutil.rmtree(TRIALS)
    TRIALS.mkdir()


URLS = ["kept", "memory://bucket/kept"]


@pytest.mark.parametrize("url", URLS)
def test_what_is_put_is_got_and_listed(url: str) -> None:
    place = connected(url)
    assert place.keys() == {}
    with pytest.raises(NotThere, match=f"kept: there is no trial {KEY}"):
        place.get(KEY, 10)
    place.put(KEY, b"one")
    place.put(KEY, b"three")
    assert (place.get(KEY, 10), place.keys()) == (b"three", {KEY: 5})
    with pytest.raises(HoldoutError, match=f"the parcel of {KEY} has more than 4 bytes"):
        place.get(KEY, 4)


@pytest.mark.parametrize("url", URLS)
def test_trials_come_back_as_they_went(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, place = trained(0.1, 0.2, 0.3), connected(url)
    before = {key: contents(TRIALS / key) for key in keys}
    assert carrying.push(place, keys).done == keys
    elsewhere()
    found = carrying.fetch(place, [*keys, KEY])
    assert (found.done, found.lacking, found.left) == (keys, [KEY], {})
    assert {key: contents(TRIALS / key) for key in keys} == before
    monkeypatch.setattr(trial, "validate", lambda *_: pytest.fail("trained again"))
    trained(0.1, 0.2, 0.3)


def test_what_is_half_written_or_no_parcel_is_not_listed() -> None:
    place = connected("kept")
    place.put(KEY, b"one")
    folder = Path("kept/01")
    other = KEY[::-1]
    for name in (f".{other}.zip.tmp-00000000-1", f"{other}.zip.part", "README.zip", f"{other.upper()}.zip"):
        (folder / name).write_bytes(b"")
    assert list(place.keys()) == [KEY]


def test_a_put_that_fails_leaves_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    place = connected("kept")
    place.put(KEY, b"one")

    def full(path: Path, content: bytes) -> int:
        path.touch()
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(Unreachable, match="kept: OSError: .*No space left on device"):
        place.put(KEY, b"two")
    assert place.get(KEY, 10) == b"one" and len(contents(Path("kept"))) == 1


def test_a_damaged_parcel_is_left_and_the_others_come() -> None:
    keys, place = trained(0.1, 0.2, 0.3), connected("kept")
    carrying.push(place, keys)
    damaged = bytearray(place.get(keys[1], 1 << 30))
    damaged[len(damaged) // 2] ^= 1
    place.put(keys[1], bytes(damaged))
    elsewhere()
    found = carrying.fetch(place, keys)
    assert found.done == [keys[0], keys[2]] and list(found.left) == [keys[1]]
    assert found.left[keys[1]].startswith("parcel: is cut off or damaged") and not (TRIALS / keys[1]).exists()


def test_a_trial_under_another_ones_name_is_left() -> None:
    (one, two), place = trained(0.1, 0.2), connected("kept")
    place.put(two, packed(one))
    elsewhere()
    assert carrying.fetch(place, [two]).left == {two: f"parcel: found trial {one}, expected {two}: it is not taken"}


def test_a_trial_of_other_settings_under_a_key_that_was_asked_for_is_not_used() -> None:
    """Whole in itself, but no hash of a parcel tells that its key is that of its settings; who asks for it can."""
    (one,) = trained(0.1)
    summary = json.loads((TRIALS / one / "summary.json").read_text())
    resolved = trial.resolve(settings(learning_rate=0.2), data().card)
    other = trial.trial_key(resolved, data())
    shutil.move(TRIALS / one, TRIALS / other)
    (TRIALS / other / "summary.json").write_text(json.dumps({**summary, "key": other}))
    run = json.loads((TRIALS / other / "run.json").read_text())
    del run["summary_sha256"]  # as of an older version, or forged as well
    (TRIALS / other / "run.json").write_text(json.dumps(run))
    parcel = packed(other)
    elsewhere()
    unpacked(parcel)
    assert find_trained(resolved, data()) is None
    assert trained(0.2) == [other]
    assert json.loads((TRIALS / other / "settings.json").read_text())["optimizer"]["learning_rate"] == 0.2


class Away:
    """A file system that fails, and counts how often it was asked."""

    asked = 0

    def __getattr__(self, name: str) -> Any:
        self.asked += 1
        raise ConnectionError("Connection refused")


def test_a_remote_that_is_away_is_not_asked_for_each_of_a_thousand_trials() -> None:
    away = Away()
    place = Remote("sftp://host/kept", away, "/kept")
    found = carrying.fetch(place, [f"{number:016x}" for number in range(1000)])
    assert len(found.left) == 1000 and away.asked < 20
    reasons = set(found.left.values())
    assert "sftp://host/kept: ConnectionError: Connection refused" in reasons


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("gs://bucket/x", "remote gs://bucket/x: allowed are a folder, file:///folder"),
        ("simplecache::s3://bucket/x", "allowed are a folder"),
        ("s3:///x", "allowed are"),
        ("file://host/x", "allowed are"),
        ("s3://bucket/x?endpoint=y", "allowed are"),
        ("sftp://host:99999/x", "Port out of range"),
        ("sftp://me:secret@host/x", "remote sftp://host/x: holds a password"),
    ],
)
def test_a_url_that_can_not_be_used_is_one_line_without_passwords(url: str, message: str) -> None:
    with pytest.raises(HoldoutError) as caught:
        connected(url)
    assert message in str(caught.value) and "\n" not in str(caught.value) and "secret" not in str(caught.value)


def test_a_package_that_is_missing_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, url in (("s3fs", "s3://bucket/x"), ("sshfs", "sftp://host/x")):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(HoldoutError, match=rf"{module} can't be found.*pip install 'holdout\[remote\]'"):
            connected(url)


@pytest.mark.parametrize(
    ("line", "variable", "found"),
    [
        ("{}", None, None),
        ("trials_remote: null", None, None),
        ("trials_remote: s3://a/b", None, "s3://a/b"),
        ("trials_remote: s3://a/b", "kept", "kept"),
        ("trials_remote: s3://a/b", "off", None),
        ("trials_remote: s3://a/b", "", None),
    ],
)
def test_the_remote_is_what_the_environment_says_else_params_yaml(
    line: str, variable: str | None, found: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    PARAMS.write_text(line)
    if variable is not None:
        monkeypatch.setenv(dispatch.VARIABLE, variable)
    assert named() == found


def test_a_remote_in_params_yaml_that_is_no_text_is_one_line() -> None:
    PARAMS.write_text("trials_remote: [s3]")
    with pytest.raises(HoldoutError, match=r"trials_remote is \['s3'\], allowed: a URL"):
        named()


def served(url: str, *requests: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The courier's answers; the last is that to the end of stdin."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(json.dumps(one) + "\n" for one in requests)))
    monkeypatch.setattr(sys, "stdout", out := io.StringIO())
    courier.serve(Courier(url))
    monkeypatch.undo()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_courier_answers_and_ends_with_what_was_pushed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys = trained(0.1, 0.2)
    pushes = [{"push": key} for key in [*keys, KEY]]
    where = str(tmp_path / "kept")
    none, last = served(where, {"keys": None}, *pushes, monkeypatch=monkeypatch)
    assert none == {"keys": {}} and sorted(last["done"]) == sorted(keys)
    monkeypatch.chdir(tmp_path)
    elsewhere()
    listed, fetched, last = served(where, {"keys": None}, {"fetch": [*keys, KEY]}, monkeypatch=monkeypatch)
    assert set(listed["keys"]) == set(keys)
    assert fetched == {"done": keys, "lacking": [KEY], "left": {}} and last == {"done": [], "lacking": [], "left": {}}


def test_a_courier_without_a_connection_says_so_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    trouble, last = served("sftp://me:pw@host/x", {"fetch": [KEY]}, {"push": KEY}, monkeypatch=monkeypatch)
    assert "holds a password" in trouble["trouble"] and "holds a password" in last["left"][KEY]


class Said:
    """A channel to a courier that answers so, and keeps what it was told."""

    def __init__(self, answer: dict[str, Any] | str) -> None:
        self.answer, self.told = answer, list[dict[str, Any]]()

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if isinstance(self.answer, str):
            raise HoldoutError(self.answer)
        return self.answer

    def tell(self, request: dict[str, Any]) -> None:
        self.told.append(request)

    def last(self) -> dict[str, Any]:
        return self.ask({})


def carrier(answer: dict[str, Any] | str) -> Any:
    return Carrier(Said(answer))  # type: ignore[arg-type]


def wanted(keys: Sequence[str]) -> Any:
    return lambda: keys


def test_a_sweep_goes_on_without_its_remote(capsys: pytest.CaptureFixture[str]) -> None:
    away = carrier("s3://a/b: EndpointConnectionError")
    assert away.bring(wanted([KEY])) == 0
    away.send({"key": KEY, "status": "finished"})
    away.end()
    assert capsys.readouterr().err.splitlines() == [
        "warning: remote of trials: s3://a/b: EndpointConnectionError; trials are trained here",
        "warning: remote of trials: 1 trial not sent (s3://a/b: EndpointConnectionError); nothing is lost: "
        "`python -m pipeline.trials push` sends them",
    ]


def test_a_sweep_sends_what_it_trained_and_nothing_else() -> None:
    found = carrier({"left": {}, "done": [KEY]})
    assert found.bring(wanted([KEY])) == 1
    found.send({"key": "a", "status": "finished"})
    found.send({"key": "b", "status": "finished", "reused": True})
    found.send({"key": "c", "status": "failed"})
    found.send({"key": "d", "status": "diverged"})
    found.send("interrupted")
    assert found._channel.told == [{"push": "a"}, {"push": "d"}]


def test_without_a_remote_no_keys_are_computed() -> None:
    assert Carrier(None).bring(lambda: pytest.fail("computed")) == 0
