"""IDX files, plain and gzipped, and files of labels."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np

from tests.bad_inputs import made
from tests.bad_inputs.case import Case, all_of, in_file
from tests.bad_inputs.projects import write_params

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 4, 4), np.uint8)
GOOD = made.idx((12, 4, 4), IMAGES.tobytes())
LABELS = made.idx((12,), bytes([0, 1] * 6))


def images(name: str, content: bytes, *names: str, path: str = "i.idx", hostile: bool = False, **keys: Any) -> Case:
    """The images hold ``content``; their labels l.idx are good."""
    given = {"source": "file", "path": path, "labels": "l.idx", **keys}
    files = all_of(in_file(path, content), in_file("l.idx", LABELS))
    return Case(name, all_of(files, lambda folder: write_params(folder, **given)), (path, *names), hostile=hostile)


def packed(name: str, content: bytes, *names: str, hostile: bool = False) -> Case:
    return images(name, content, *names, path="i.idx.gz", hostile=hostile)


def overwritten(whole: bytes, at: int, length: int) -> bytes:
    return whole[:at] + b"\xff" * length + whole[at + length :]


NOISE = gzip.compress(made.idx((40, 28, 28), np.random.default_rng(1).integers(0, 256, 40 * 784, np.uint8).tobytes()))

IDX_CASES = [
    images("no bytes", b"", "is empty"),
    images("other bytes", b"junk", "IDX header"),
    images("no such type", overwritten(GOOD, 2, 1), "IDX header"),
    images("no dimensions", made.idx((), b""), "IDX header"),
    images("five dimensions", made.idx((1, 1, 1, 1, 1), b"0"), "IDX header"),
    images("four dimensions", made.idx((12, 2, 2, 4), IMAGES.tobytes()), "shape (12, 2, 2, 4)"),
    images("a header cut short", GOOD[:10], "cut short"),
    images("values cut short", GOOD[:-1], "192 bytes", "191"),
    images("values to spare", GOOD + b"0", "192 bytes", "more"),
    images("no images", made.idx((0, 4, 4), b""), "no rows"),
    images("images of no size", made.idx((12, 0, 4), b""), "columns"),
    images("more images than labels", made.idx((13, 4, 4), bytes(208)), "13 rows", "12 labels"),
    images("NaN", made.idx((12, 1), np.full(12, np.nan, ">f4").tobytes(), 0x0D), "row 0"),
    packed("a gzip cut short", NOISE[: len(NOISE) // 2], "cut short"),
    packed("a gzip damaged in the middle", overwritten(NOISE, 200, 60)),
    packed("a gzip with a wrong checksum", overwritten(NOISE, len(NOISE) - 8, 4)),
    packed("a gzip of nothing", gzip.compress(b"")),
    packed("a gzip of a gzip", gzip.compress(gzip.compress(GOOD)), "IDX header"),
    packed("no gzip at all", b"\x1f\x8b junk"),
    images("1e12 numbers declared", made.idx((10**6, 1000, 1000), bytes(16)), hostile=True),
    images("3 GiB declared", made.idx((3, 32768, 32768), bytes(16)), hostile=True),
    images("2^96 numbers declared", made.idx((2**32 - 1,) * 3, bytes(16)), hostile=True),
    packed("1e12 numbers declared in a gzip", gzip.compress(made.idx((10**6, 1000, 1000), b"")), hostile=True),
    packed("3 GiB declared in a gzip", gzip.compress(made.idx((3, 32768, 32768), bytes(16))), hostile=True),
    packed("a bomb of 8 GiB", made.gzip_bomb(made.idx((8192, 1024, 1024), b""), 8), "GiB", hostile=True),
    packed("a bomb of 8 GiB that declares 4 bytes", made.gzip_bomb(made.idx((1, 2, 2), b""), 8), "more", hostile=True),
]


def labels(name: str, content: bytes, *names: str, path: str = "l.npy", hostile: bool = False, **keys: Any) -> Case:
    """The labels hold ``content``; their inputs i.idx are good."""
    given = {"source": "file", "path": "i.idx", "labels": path, **keys}
    files = all_of(in_file("i.idx", GOOD), in_file(path, content))
    return Case(name, all_of(files, lambda folder: write_params(folder, **given)), (path, *names), hostile=hostile)


def named(path: str) -> Any:
    good = in_file("i.idx", GOOD)
    return all_of(good, lambda folder: write_params(folder, source="file", path="i.idx", labels=path))


def its_own(folder: Path) -> None:
    write_params(folder, source="file", path="t.csv", target="t", labels="l.idx")
    in_file("l.idx", LABELS)(folder)


def fractions(folder: Path) -> None:
    write_params(folder, source="file", path="i.idx", labels="l.npy", task="classification")
    all_of(in_file("i.idx", GOOD), in_file("l.npy", made.npy(np.arange(12) / 2)))(folder)


def unpaired(folder: Path) -> None:
    """A folder with two files of images and one of labels."""
    write_params(folder, source="file", path="rows")
    for name, content in (("a.idx", GOOD), ("b.idx", GOOD), ("l.idx", LABELS)):
        in_file(f"rows/{name}", content)(folder)


LABEL_CASES = [
    labels("no bytes", b"", "none", path="l.idx"),
    labels("no array", b"0,1,0,1", "NPY"),
    labels("images for labels", GOOD, "shape (12, 4, 4)", path="l.idx"),
    labels("fewer labels than rows", made.npy(np.arange(11)), "11 labels"),
    labels("a missing label", made.npy(np.array(["a", ""] * 6)), "row 1"),
    labels("a NaN label", made.npy(np.array([0.5, np.nan] * 6)), "row 1"),
    Case("a class of one row", fractions, ("i.idx", "target label", "1 row, expected at least 3")),
    labels("unknown kind of file", b"a\nb\n", "unknown kind", path="l.txt"),
    Case("labels for a file that has its own", its_own, ("t.csv", "data.labels is l.idx")),
    labels("pickled labels", made.pickled(), "pickle", hostile=True),
    labels("1e12 labels declared", made.declaring((10**12,)), hostile=True),
    labels("4e9 labels declared", made.idx((2**32 - 1,), bytes(12)), path="l.idx", hostile=True),
    Case("labels that are not there", named("../../etc/none.npy"), ("../../etc/none.npy",), hostile=True),
    Case("labels in the password file", named("/etc/passwd"), ("/etc/passwd",), hostile=True),
    Case("labels in a program's memory", named("/proc/self/mem"), ("/proc/self/mem",), hostile=True),
    Case("two files of images, one of labels", unpaired, ("rows", "1 label files")),
]
