"""NPZ and NPY files."""

from pathlib import Path
from typing import Any

import numpy as np

from tests.bad_inputs import made
from tests.bad_inputs.case import Case, all_of, in_file
from tests.bad_inputs.projects import write_params

X = np.arange(24.0).reshape(12, 2)
Y = np.array(["ant", "bee"] * 6)
GOOD = made.npz({"X.npy": X, "y.npy": Y})


def data(path: str, content: bytes, name: str, *names: str, hostile: bool = False, **keys: Any) -> Case:
    given = {"source": "file", "path": path, **keys}
    damage = all_of(in_file(path, content), lambda folder: write_params(folder, **given))
    return Case(name, damage, (path, *names), hostile=hostile)


def npz(name: str, content: bytes | dict[str, Any], *names: str, hostile: bool = False, **keys: Any) -> Case:
    whole = content if isinstance(content, bytes) else made.npz({"X.npy": X, "y.npy": Y, **content})
    return data("t.npz", whole, name, *names, hostile=hostile, **keys)


def npy(name: str, content: bytes | np.ndarray, *names: str, hostile: bool = False, **keys: Any) -> Case:
    whole = content if isinstance(content, bytes) else made.npy(content)
    return data("t.npy", whole, name, *names, hostile=hostile, **{"target": "0", **keys})


def flipped(whole: bytes, at: int) -> bytes:
    return whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]


def linked(folder: Path) -> None:
    """A folder of data whose only file is a link to the folder's own parent."""
    write_params(folder, source="file", path="rows")
    (folder / "rows").mkdir()
    (folder / "rows/t.npz").symlink_to("..")


def two_parts(folder: Path) -> None:
    write_params(folder, source="file", path="rows")
    (folder / "rows").mkdir()
    (folder / "rows/1.npz").write_bytes(GOOD)
    (folder / "rows/2.npz").write_bytes(made.npz({"X.npy": X[:, :1], "y.npy": Y}))


NPZ_CASES = [
    npz("no bytes", b"", "is empty"),
    npz("other bytes", b"no archive at all"),
    npz("cut short", GOOD[:-40]),
    npz("no X", made.npz({"y.npy": Y}), "'X'"),
    npz("no y", made.npz({"X.npy": X}), "'y'"),
    npz("another target", {}, "'kind'", "data.target", target="kind"),
    npz("no members", made.npz({}), "'X'"),
    npz("an empty member", {"X.npy": b""}, "X.npy"),
    npz("a member that is no array", {"X.npy": b"text"}, "X.npy"),
    npz("one number", {"X.npy": np.array(1.0)}, "shape ()"),
    npz("four dimensions", {"X.npy": np.zeros((3, 2, 2, 2))}, "shape (3, 2, 2, 2)"),
    npz("no rows", {"X.npy": X[:0]}, "no rows"),
    npz("no columns", {"X.npy": X[:, :0]}, "columns"),
    npz("fewer labels than rows", {"y.npy": Y[:-1]}, "12 rows", "11 labels"),
    npz("a matrix of labels", {"y.npy": X}, "shape (12, 2)"),
    npz("text inputs", {"X.npy": X.astype(str)}, "inputs"),
    npz("complex inputs", {"X.npy": X.astype(complex)}, "complex"),
    npz("dates as labels", {"y.npy": np.arange(12).astype("datetime64[s]")}, "datetime64"),
    npz("NaN", {"X.npy": np.where(X == 5, np.nan, X)}, "row 2", "x1"),
    npz("a NaN target", {"y.npy": np.where(X[:, 0] == 4, np.nan, X[:, 0])}, "row 2", "target y"),
    npz("a member with a wrong checksum", flipped(GOOD, 300), "t.npz"),
    npz("two arrays of one name", made.npz([("X.npy", X), ("X.npy", X), ("y.npy", Y)]), "'X.npy'"),
    npz("records", {"X.npy": np.zeros(12, [("a", "f8"), ("b", "f8")])}, "inputs"),
    npz("pickled X", {"X.npy": made.pickled()}, "X.npy", "pickle", hostile=True),
    npz("pickled y", {"y.npy": made.pickled()}, "y.npy", "pickle", hostile=True),
    npz("a pickle nobody asked for", {"z.npy": made.pickled()}, "z.npy", "pickle", hostile=True),
    npz("1e12 numbers declared", {"X.npy": made.declaring((10**6, 10**6))}, "X.npy", hostile=True),
    npz("1e8 numbers declared", {"X.npy": made.declaring((10**4, 10**4))}, "X.npy", hostile=True),
    npz("more than 2^64 numbers declared", {"X.npy": made.declaring((2**32, 2**32 + 1))}, "X.npy", hostile=True),
    npz("a bomb of 8 GiB", made.zip_bomb("X.npy", 8), "GiB", hostile=True),
    npz("2 GiB, as declared", made.zip_bomb("X.npy", 2), "needs more memory than there is", hostile=True),
    npz("a bomb of 2 GiB that says 8 bytes", made.zip_bomb("X.npy", 2, says=8), "X.npy", hostile=True),
    npz("a bomb of 2 GiB that says 4 KiB", made.zip_bomb("X.npy", 2, says=4096), "X.npy", hostile=True),
    npz("a name that leaves the folder", {"../../X.npy": X}, "../../X", hostile=True),
    npz("an absolute name", {"/etc/X.npy": X}, "/etc/X", hostile=True),
    npz("a name with line breaks", {"X\nerror: all is well.npy": made.pickled()}, "pickle", hostile=True),
    Case("a link to a folder", linked, ("rows",), hostile=True),
    Case("parts with other columns", two_parts, ("2.npz", "1 input columns")),
]

NPY_CASES = [
    npy("no bytes", b"", "is empty"),
    npy("other bytes", b"\x93NUMPX" + bytes(100)),
    npy("a version to come", made.header("{}", (9, 0)), "t.npy"),
    npy("a header cut short", made.declaring((12, 2))[:20]),
    npy("an empty header", made.header("")),
    npy("a header that is no dict", made.header("[1, 2]")),
    npy("a header without a shape", made.header("{'descr': '<f8', 'fortran_order': False}")),
    npy("a header of another language", made.header("\x00\xff\x01()")),
    npy("no such type", made.declaring((12, 2), X.tobytes(), "'<q9'")),
    npy("a shape of words", made.declaring("('12', 2)", X.tobytes())),
    npy("a negative shape", made.declaring((-12, -2), X.tobytes()), "-12"),
    npy("values cut short", made.declaring((12, 2), X.tobytes()[:-8]), "192 bytes", "184"),
    npy("values to spare", made.declaring((12, 2), X.tobytes() + b"more"), "192 bytes", "196"),
    npy("one dimension", X[:, 0], "shape (12,)"),
    npy("no such column", X, "'x9'", "data.target", target="9"),
    npy("no target named", X, "data.target", target=None),
    npy("groups in an array without names", X, "data.groups", groups="0"),
    npy("text", Y[:, None]),
    npy("a header that runs code", made.header("__import__('os').system('touch executed')"), hostile=True),
    npy("a header of 10 MB", made.header("{" + " " * 10_000_000, (2, 0)), hostile=True),
    npy("a header of nested brackets", made.header("(" * 9000), hostile=True),
    npy("a type of nested brackets", made.declaring((1,), b"", "[" * 4000 + "]" * 4000), hostile=True),
    npy("a type that runs code", made.declaring((1,), bytes(8), "'O'"), "pickle", hostile=True),
    npy(
        "a pickle within a record",
        made.declaring((1,), bytes(16), "[('a', '<f8'), ('b', 'O')]"),
        "pickle",
        hostile=True,
    ),
    npy("a pickle", made.pickled(), "pickle", hostile=True),
    npy("1e12 numbers declared", made.declaring((10**6, 10**6)), hostile=True),
    npy("1e8 numbers declared", made.declaring((10**4, 10**4)), hostile=True),
    npy("a number of 400 digits declared", made.declaring((10**400, 1)), hostile=True),
    npy("1e12 texts of no width", made.declaring((10**6, 10**6), b"", "'<U0'"), hostile=True),
    npy("numbers of 4,000 digits declared", made.declaring((10**4000, 10**4000)), hostile=True),
    npy("no rows of 1e30 numbers declared", made.declaring((0, 10**30)), hostile=True),
    npy("100 dimensions declared", made.declaring((1,) * 100, bytes(8)), hostile=True),
    npy("one value of 8 GiB", made.declaring((1, 1), bytes(8), "'|V8589934592'"), hostile=True),
    npy(
        "an array of 8 GiB inside each value", made.declaring((1, 1), bytes(8), "('<f8', (1000000000,))"), hostile=True
    ),
]
