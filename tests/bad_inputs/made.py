"""Bytes of hostile and broken files, made without ever holding what they declare."""

import binascii
import gzip
import io
import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

GIB = 1 << 30


class Payload:
    """Unpickling this creates the file ``executed`` in the current folder."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch executed",)


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def pickled() -> bytes:
    """An .npy file whose one value is a Payload."""
    return npy(np.array([Payload()], dtype=object))


def header(text: str, version: tuple[int, int] = (1, 0)) -> bytes:
    """The start of an .npy file with ``text`` as its header."""
    line = text.encode() + b"\n"
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H" if version == (1, 0) else "<I", len(line)) + line


def declaring(shape: object, values: bytes = b"", descr: str = "'<f8'", order: bool = False) -> bytes:
    """An .npy file that declares ``shape`` and holds ``values``."""
    return header(f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}") + values


def npz(members: Mapping[str, Any] | Sequence[tuple[str, Any]]) -> bytes:
    """An archive of arrays, or bytes, with the members' names as they are given."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, warnings.catch_warnings(action="ignore"):
        for name, content in members.items() if isinstance(members, Mapping) else members:
            archive.writestr(zipfile.ZipInfo(name), content if isinstance(content, bytes) else npy(content))
    return stream.getvalue()


def deflated_zeros(head: bytes, mebibytes: int) -> bytes:
    """A deflate stream of ``head`` and so many MiB of zeros: one block of 1 MiB, repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + block * mebibytes + packer.flush(zlib.Z_FINISH)


def zip_bomb(name: str, gibibytes: int, says: int | None = None, head: bytes | None = None) -> bytes:
    """An archive with one small member that inflates to so many GiB; it ``says`` that (None) or another size."""
    count = gibibytes * GIB // 8
    head = declaring((count // 1024, 1024)) if head is None else head
    body = deflated_zeros(head, gibibytes << 10)
    size = len(head) + gibibytes * GIB if says is None else says
    text = name.encode()
    # Zip64 where the size needs it, in the local header and in the directory.
    extra = struct.pack("<HHQQ", 1, 16, size, len(body)) if size > 0xFFFFFFFE else b""
    sizes = (0xFFFFFFFF, 0xFFFFFFFF) if extra else (len(body), size)
    common = struct.pack("<HHHHHIIIHH", 45, 0, 8, 0, 0, 0, *sizes, len(text), len(extra))
    local = b"PK\3\4" + common + text + extra
    entry = b"PK\1\2" + struct.pack("<H", 45) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + text + extra
    at = len(local) + len(body)
    return local + body + entry + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), at, 0)


def idx(shape: Sequence[int], values: bytes, kind: int = 0x08) -> bytes:
    return bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + values


def gzip_bomb(head: bytes, gibibytes: int) -> bytes:
    """A gzip file of ``head`` and so many GiB of zeros."""
    body = deflated_zeros(head, gibibytes << 10)
    tail = struct.pack("<II", binascii.crc32(head), (len(head) + gibibytes * GIB) & 0xFFFFFFFF)
    return gzip.compress(b"")[:10] + body + tail


def link(path: str, target: str) -> Any:
    """A damage: ``path`` becomes a symlink to ``target``."""

    def damage(folder: Path) -> None:
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_file() or place.is_symlink():
            place.unlink()
        place.symlink_to(target)

    return damage
