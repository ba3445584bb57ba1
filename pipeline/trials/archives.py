"""A parcel: the files of a trial as bytes.

It is a ZIP archive, uncompressed, without dates and owners: the same files give the same bytes. ``manifest.json`` names
the trial and has the SHA-256 of each file.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Collection, Mapping

from pipeline.errors import HoldoutError
from pipeline.fields import Kind, mapping_of, text, whole, wrong
from pipeline.storage import documents

KEY = re.compile("[0-9a-f]{16}")
MANIFEST = "manifest.json"
LARGEST = 1 << 30  # bytes of a parcel
FORMAT = 1
MANIFEST_FACTS: dict[str, Kind] = {"format": whole, "key": text, "sha256": mapping_of(text)}


def plain(key: str) -> str:
    """The key, if it is one: it becomes a path; HoldoutError for what is none."""
    if not KEY.fullmatch(key):
        raise HoldoutError(f"{key[:80]!r} is no key of a trial: expected 16 digits of 0-9 and a-f")
    return key


def zipped(key: str, files: Mapping[str, bytes]) -> bytes:
    """The parcel of these files, by their names; HoldoutError if it is larger than LARGEST."""
    manifest = {"format": FORMAT, "key": key, "sha256": {name: digest(content) for name, content in files.items()}}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, content in ((MANIFEST, documents.as_json(manifest).encode()), *files.items()):
            entry = zipfile.ZipInfo(name)  # of 1980, and of nobody
            entry.create_system = 3  # else it would tell Windows from the others
            archive.writestr(entry, content)
    if stream.tell() > LARGEST:
        raise HoldoutError(f"trial {key}: {stream.tell()} bytes, a parcel holds at most {LARGEST}: it stays here")
    return stream.getvalue()


def digest(content: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def opened(data: bytes, allowed: Collection[str]) -> tuple[str, dict[str, bytes]]:
    """The key and the files of a parcel; HoldoutError for what is none, or has files by other names."""
    if len(data) > LARGEST:
        raise HoldoutError(f"parcel: {len(data)} bytes, allowed: {LARGEST}: it is not taken")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_others(archive.infolist(), allowed, len(data))
            files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        manifest = json.loads(files.pop(MANIFEST))
    except (zipfile.BadZipFile, EOFError, ValueError, KeyError, RuntimeError, NotImplementedError) as error:
        raise HoldoutError(f"parcel: is cut off or damaged ({error}): it is not taken") from None
    if fault := _fault(manifest, files):
        raise HoldoutError(f"parcel: {fault}: it is not taken")
    return manifest["key"], files


def _refuse_others(entries: list[zipfile.ZipInfo], allowed: Collection[str], size: int) -> None:
    """Only names that are allowed, each once; nothing that would grow when it is unpacked."""
    names = [entry.filename for entry in entries]
    strange = [name for name in names if name not in (MANIFEST, *allowed) or names.count(name) > 1]
    if strange:
        raise ValueError(f"has a file {strange[0][:80]!r}, allowed: {', '.join(allowed)}, each once")
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
    digests = {name: digest(content) for name, content in files.items()}
    changed = sorted(name for name, _ in digests.items() ^ manifest["sha256"].items())
    return f"{changed[0][:80]} is not as it was packed" if changed else None
