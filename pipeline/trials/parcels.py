"""A trial as one parcel of bytes, and back: how it travels to where the disk of its store doesn't reach.

A parcel is a ZIP archive, uncompressed, without dates and owners: the same files give the same bytes. ``manifest.json``
names the trial and has the SHA-256 of each file. What comes from elsewhere is looked at in a folder of its own, and
takes its place in the store in one rename, if all of it fits together.
"""

import datetime
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pipeline.errors import HoldoutError
from pipeline.fields import Kind, mapping_of, number, optional, text, whole, wrong
from pipeline.storage import atomic, documents
from pipeline.storage.places import GROWING, TRIALS
from pipeline.trials.folder import ERRORS, HISTORY, MODEL, ORIGIN, RUN, SETTINGS, SUMMARY, Trial, flatten, read_trial
from pipeline.trials.meeting import TrainedElsewhere, alone
from pipeline.trials.store import check, reusable

KEY = re.compile("[0-9a-f]{16}")
MANIFEST = "manifest.json"
FILES = (SETTINGS, SUMMARY, HISTORY, MODEL, ERRORS, RUN)  # in this order; a trial need not have all of them
LARGEST = 1 << 30  # bytes of a parcel
FORMAT = 1
MANIFEST_FACTS: dict[str, Kind] = {"format": whole, "key": text, "sha256": mapping_of(text)}


def _moment(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.datetime.fromisoformat(value))
    except ValueError:
        return False


RUN_FACTS: dict[str, Kind] = {
    **{"host": text, "pid": whole, "process_start": number},
    **{"started": _moment, "finished": optional(_moment), "resumed_after": optional(whole)},
    ORIGIN: mapping_of(text),
}


def packed(key: str) -> bytes:
    """The trial ``key`` of the store, which has ended, as a parcel.

    Raises:
        HoldoutError: the store has no such trial, it is damaged, or larger than LARGEST.
    """
    folder = TRIALS / _plain(key)
    _check(read_trial("", folder))
    return _zipped(key, {name: (folder / name).read_bytes() for name in FILES if (folder / name).is_file()})


def unpacked(data: bytes, key: str | None = None) -> str:
    """Take the trial in a parcel into the store; returns its key.

    A trial that the store has already, whole, stays as it is: its results are the same bytes. A failed one takes only
    the place of none or of another that can't be used.

    Args:
        key: of the trial that is expected; None for any.

    Raises:
        HoldoutError: it is no parcel, of another trial, or its files don't fit together; the store is as it was.
    """
    found, files = _opened(data)
    if key is not None and found != key:
        raise HoldoutError(f"parcel: found trial {found}, expected {key}: it is not taken")
    place = TRIALS / found
    if reusable(place) is None:
        _take(found, files, place)
    _forget_unfinished(found)
    return found


def _plain(key: str) -> str:
    if not KEY.fullmatch(key):
        raise HoldoutError(f"{key[:80]!r} is no key of a trial: expected 16 digits of 0-9 and a-f")
    return key


def _take(key: str, files: Mapping[str, bytes], place: Path) -> None:
    """Lay the files out beside the store's trials, look at them as at any trial, and give them their place."""
    around = atomic.beside(place)
    atomic.remove(around)
    folder = around / key
    try:
        folder.mkdir(parents=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        _look(folder, around)
        _move(folder, place)
    finally:
        atomic.remove(around)


def _look(folder: Path, around: Path) -> None:
    try:
        _check(read_trial("", folder))
    except HoldoutError as error:
        reason = str(error).replace(f"{around}/", "").removesuffix(": train it again")
        raise HoldoutError(f"parcel of trial {reason}: it is not taken") from None


def _check(trial: Trial) -> None:
    """As the store does; besides who trained it, which no hash covers, and that settings stand for themselves."""
    check(trial)
    if trial.run and (fault := wrong(trial.run, RUN_FACTS)):
        raise HoldoutError(f"{trial.folder / RUN}: {fault}")
    try:
        values = json.dumps(list(flatten(trial.settings).items()))
    except RecursionError:
        raise HoldoutError(f"{trial.folder / SETTINGS}: is nested too deeply") from None
    if "${" in values:  # which OmegaConf would fill in, from the environment too
        raise HoldoutError(f"{trial.folder / SETTINGS}: found '${{', allowed: plain values")


def _move(folder: Path, place: Path) -> None:
    try:
        atomic.move(folder, place)
    except OSError:
        if reusable(place) is None:  # else another process has brought the same trial at the same moment
            raise


def _forget_unfinished(key: str) -> None:
    """Drop what a killed process has left of a trial that is there now; one that still trains will do so itself."""
    if not (GROWING / key).exists():
        return
    with suppress(TrainedElsewhere), alone(key, wait=False):
        atomic.remove(GROWING / key)


def _zipped(key: str, files: Mapping[str, bytes]) -> bytes:
    manifest = {"format": FORMAT, "key": key, "sha256": {name: _digest(content) for name, content in files.items()}}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, content in ((MANIFEST, documents.as_json(manifest).encode()), *files.items()):
            entry = zipfile.ZipInfo(name)  # of 1980, and of nobody
            entry.create_system = 3  # else it would tell Windows from the others
            archive.writestr(entry, content)
    if stream.tell() > LARGEST:
        raise HoldoutError(f"{TRIALS / key}: {stream.tell()} bytes, a parcel holds at most {LARGEST}: it stays here")
    return stream.getvalue()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _opened(data: bytes) -> tuple[str, dict[str, bytes]]:
    """The key and the files of a parcel; HoldoutError for what is none."""
    if len(data) > LARGEST:
        raise HoldoutError(f"parcel: {len(data)} bytes, allowed: {LARGEST}: it is not taken")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_others(archive.infolist(), len(data))
            files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        manifest = json.loads(files.pop(MANIFEST))
    except (zipfile.BadZipFile, EOFError, ValueError, KeyError, RuntimeError, NotImplementedError) as error:
        raise HoldoutError(f"parcel: is cut off or damaged ({error}): it is not taken") from None
    if fault := _fault(manifest, files):
        raise HoldoutError(f"parcel: {fault}: it is not taken")
    return manifest["key"], files


def _refuse_others(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Only names that trials have, each once; nothing that would grow when it is unpacked."""
    names = [entry.filename for entry in entries]
    strange = [name for name in names if name not in (MANIFEST, *FILES) or names.count(name) > 1]
    if strange:
        raise ValueError(f"has a file {strange[0][:80]!r}, allowed: {', '.join(FILES)}, each once")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries) or size < sum(
        entry.file_size for entry in entries
    ):
        raise ValueError("files are compressed or overlap, allowed: as they are")


def _fault(manifest: object, files: Mapping[str, bytes]) -> str | None:
    if fault := wrong(manifest, MANIFEST_FACTS):
        return f"{MANIFEST}: {fault}"
    assert isinstance(manifest, dict)
    if manifest["format"] != FORMAT:
        return f"{MANIFEST}: format is {manifest['format']}, this version reads {FORMAT}"
    if not KEY.fullmatch(manifest["key"]):
        return f"{MANIFEST}: {manifest['key'][:80]!r} is no key of a trial"
    digests = {name: _digest(content) for name, content in files.items()}
    changed = sorted(name for name, _ in digests.items() ^ manifest["sha256"].items())
    return f"{changed[0][:80]} is not as it was packed" if changed else None
