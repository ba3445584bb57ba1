"""A trial as bytes and back: what arrives is the same trial, and nothing else than a whole trial takes a place."""

import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import HoldoutError
from pipeline.storage import documents
from pipeline.storage.places import GROWING, TRIALS
from pipeline.trials import archives, store, trial
from pipeline.trials.parcels import packed, unpacked
from pipeline.trials.trial import run_trial
from tests.trials.made import contents, data, settings

Files = dict[str, bytes]


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A trial in the store of the current folder."""
    monkeypatch.chdir(tmp_path)
    return str(run_trial(settings(), data())["key"])


def elsewhere() -> None:
    """From here on, the store is empty."""
    shutil.rmtree(TRIALS)
    TRIALS.mkdir()


def files(parcel: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(parcel)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def forged(key: str, change: Callable[[Files], object]) -> bytes:
    """The trial's parcel with other files, under a manifest that fits them."""
    found = files(packed(key))
    del found["manifest.json"]
    change(found)
    if "summary.json" in found:  # who forges a trial forges its proof as well
        run = {**json.loads(found["run.json"]), "summary_sha256": hashlib.sha256(found["summary.json"]).hexdigest()}
        found["run.json"] = documents.as_json(run).encode()
    return archives.zipped(key, found)


def edited(name: str, **changes: Any) -> Callable[[Files], object]:
    return lambda found: found.update({name: json.dumps({**json.loads(found[name]), **changes}).encode()})


def test_a_trial_arrives_as_it_was_sent(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, parcel = contents(TRIALS / key), packed(key)
    elsewhere()
    assert unpacked(parcel, key) == key
    assert contents(TRIALS / key) == before and contents(TRIALS).keys() == {f"{key}/{name}" for name in before}
    monkeypatch.setattr(trial, "validate", lambda *_: pytest.fail("trained again"))
    assert run_trial(settings(), data())["reused"]


def test_the_same_trial_is_the_same_bytes(key: str) -> None:
    first = packed(key)
    elsewhere()
    unpacked(first)
    assert packed(key) == first


def test_trained_twice_only_who_and_when_differ(key: str) -> None:
    first = files(packed(key))
    elsewhere()
    run_trial(settings(), data())
    second = files(packed(key))
    assert {name for name in first if first[name] != second[name]} == {"manifest.json", "run.json"}


def test_a_failed_trial_comes_home_with_its_reason(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "validate", lambda *_: 1 / 0)
    summary = run_trial(settings(learning_rate=0.7), data())
    parcel = packed(summary["key"])
    elsewhere()
    unpacked(parcel)
    assert store.find(summary["key"]).trial.summary == summary


def test_what_the_store_has_whole_stays_and_what_is_damaged_is_replaced(key: str) -> None:
    parcel, place = packed(key), TRIALS / key
    inode = place.stat().st_ino
    unpacked(parcel)
    assert place.stat().st_ino == inode
    (place / "model.npz").write_bytes(b"")
    unpacked(parcel)
    assert packed(key) == parcel


def test_what_a_killed_process_left_of_it_goes(key: str) -> None:
    parcel = packed(key)
    shutil.move(TRIALS / key, GROWING / key)
    unpacked(parcel)
    assert [entry.key for entry in store.entries()] == [key] and not (GROWING / key).exists()


def test_a_process_that_still_trains_it_is_left_alone(key: str) -> None:
    parcel = packed(key)
    shutil.move(TRIALS / key, GROWING / key)
    with store.FileLock(GROWING / f"{key}.lock"):
        unpacked(parcel)
    assert (GROWING / key).exists()


def test_a_damaged_trial_is_not_sent(key: str) -> None:
    (TRIALS / key / "history.csv").write_text("")
    with pytest.raises(HoldoutError, match=r"history_sha256 is not that of the trial"):
        packed(key)


@pytest.mark.parametrize("wanted", ["../../etc/passwd", "", "a" * 15, "A" * 16, "0123456789abcdef\n"])
def test_only_a_key_names_a_trial(key: str, wanted: str) -> None:
    with pytest.raises(HoldoutError, match="is no key of a trial"):
        packed(wanted)


LIES: dict[str, tuple[Callable[[Files], object], str]] = {
    "other weights": (lambda found: found.update({"model.npz": b"other"}), "summary.json: model_sha256"),
    "another history": (lambda found: found.update({"history.csv": b"epoch\n1\n"}), "summary.json: history_sha256"),
    "other settings": (edited("settings.json", seed=2), "summary.json: settings_sha256"),
    "another trial's summary": (edited("summary.json", key="0" * 16), "summary.json: key is 0000000000000000"),
    "a fact too many": (edited("summary.json", best=True), "summary.json: best"),
    "no score": (edited("summary.json", score=None), "has no score"),
    "no summary": (lambda found: found.pop("summary.json"), "summary.json is missing"),
    "who trained it is no fact": (edited("run.json", pid="1; rm"), "run.json: pid is"),
    "a day that is none": (edited("run.json", started="yesterday"), "run.json: started is"),
    "a file of another name": (lambda found: found.update({"sitecustomize.py": b""}), "'sitecustomize.py', allowed"),
    "a path": (lambda found: found.update({"../../conf/config.yaml": b""}), "'../../conf/config.yaml', allowed"),
    "an absolute path": (lambda found: found.update({"/etc/passwd": b""}), "'/etc/passwd', allowed"),
    "a folder": (lambda found: found.update({"model.npz/": b""}), "'model.npz/', allowed"),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_does_not_fit_together_takes_no_place(key: str, lie: str) -> None:
    change, reason = LIES[lie]
    parcel = forged(key, change)
    elsewhere()
    with pytest.raises(HoldoutError) as caught:
        unpacked(parcel)
    said = str(caught.value)
    assert reason in said and said.startswith("parcel") and said.endswith(": it is not taken")
    assert "\n" not in said and ".tmp-" not in said
    assert list(TRIALS.iterdir()) == []


def test_a_lie_does_not_replace_what_is_there(key: str) -> None:
    before, parcel = contents(TRIALS / key), forged(key, edited("summary.json", score=0.0))
    unpacked(parcel)  # whole as it is, but the store keeps its own
    assert contents(TRIALS / key) == before


def with_settings(**changes: Any) -> Callable[[Files], object]:
    """Other settings, under a summary that has their hash."""

    def change(found: Files) -> None:
        edited("settings.json", **changes)(found)
        edited("summary.json", settings_sha256=archives.digest(found["settings.json"]))(found)

    return change


def test_settings_that_stand_for_something_else_are_refused(key: str) -> None:
    parcel = forged(key, with_settings(network={"activation": "${oc.env:HOME}"}))
    elsewhere()
    with pytest.raises(HoldoutError, match=r"settings.json: found '\$\{', allowed: plain values"):
        unpacked(parcel)


def test_settings_nested_without_end_are_refused(key: str) -> None:
    def nest(found: Files) -> None:
        found["settings.json"] = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
        edited("summary.json", settings_sha256=archives.digest(found["settings.json"]))(found)

    parcel = forged(key, nest)
    elsewhere()
    with pytest.raises(HoldoutError, match=r"settings.json .*recursion"):
        unpacked(parcel)


def test_pickled_weights_are_not_loaded(key: str) -> None:
    import numpy as np

    stream = io.BytesIO()
    np.savez(stream, facts=np.array([lambda: 1], dtype=object).astype(str).astype(object))

    def swap(found: Files) -> None:
        found["model.npz"] = stream.getvalue()
        edited("summary.json", model_sha256=archives.digest(found["model.npz"]))(found)

    parcel = forged(key, swap)
    elsewhere()
    with pytest.raises(HoldoutError, match="pickle"):
        unpacked(parcel)


def test_what_is_cut_off_or_flipped_is_refused(key: str) -> None:
    parcel = packed(key)
    elsewhere()
    flipped = bytearray(parcel)
    flipped[len(parcel) // 2] ^= 1
    for damaged in (b"", b"<html>404</html>", parcel[:-1], parcel[: len(parcel) // 2], bytes(flipped)):
        with pytest.raises(HoldoutError, match="cut off or damaged"):
            unpacked(damaged)
    assert list(TRIALS.iterdir()) == []


def test_a_file_changed_under_its_manifest_is_refused(key: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files(packed(key)).items():
            archive.writestr(name, b"{}" if name == "run.json" else content)
    with pytest.raises(HoldoutError, match="run.json is not as it was packed"):
        unpacked(stream.getvalue())


def test_what_would_grow_when_unpacked_is_refused(key: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.npz", bytes(10_000_000))
    with pytest.raises(HoldoutError, match="files are compressed or overlap"):
        unpacked(stream.getvalue())


def test_a_parcel_beyond_the_limit_is_neither_made_nor_taken(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parcel = packed(key)
    monkeypatch.setattr(archives, "LARGEST", len(parcel) - 1)
    with pytest.raises(HoldoutError, match=f"{len(parcel)} bytes, allowed: {len(parcel) - 1}"):
        unpacked(parcel)
    with pytest.raises(HoldoutError, match="it stays here"):
        packed(key)


def test_another_trial_than_the_expected_one_is_refused(key: str) -> None:
    with pytest.raises(HoldoutError, match=f"found trial {key}, expected {'0' * 16}: it is not taken"):
        unpacked(packed(key), "0" * 16)


def test_a_later_format_is_named(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as later:
        later.setattr(archives, "FORMAT", 2)
        parcel = packed(key)
    with pytest.raises(HoldoutError, match="format is 2, this version reads 1"):
        unpacked(parcel)


def test_a_full_disk_leaves_the_store_as_it_was(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parcel = packed(key)
    elsewhere()

    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        unpacked(parcel)
    assert list(TRIALS.iterdir()) == [] and documents.read_object(TRIALS / key / "summary.json") == {}
