"""Sources: each format gives the same rows; each kind of damage gives one line that says where."""

import gzip
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.data import checks
from pipeline.data.bundled import BUNDLED
from pipeline.data.dataset import Dataset, compact
from pipeline.data.remarks import remark
from pipeline.data.roles import Wishes
from pipeline.data.source import Read
from pipeline.data.sources import load_bundled, load_files
from pipeline.errors import HoldoutError
from tests.data.made import Memory

X = np.array([[i + 0.5, i / 4] for i in range(12)], np.float64)
Y = np.array(["ant", "bee", "cat"] * 4)


def idx_bytes(array: np.ndarray, kind: int = 0x08) -> bytes:
    return bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def frame() -> pd.DataFrame:
    return pd.DataFrame({"a": X[:, 0], "kind": Y, "b": X[:, 1], "who": np.arange(12) // 2})


def write(path: Path) -> Path:
    if path.suffix == ".csv":
        frame().to_csv(path, index=False)
    elif path.suffix == ".parquet":
        frame().to_parquet(path)
    else:
        np.savez(path, X=X, kind=Y, who=np.arange(12) // 2)
    return path


def load(*paths: Path, labels: tuple[Path, ...] = (), **options: Any) -> Dataset:
    target, read = options.pop("target", None), options.pop("read", Read())
    wishes = Wishes(() if target is None else (target,), **options)
    return load_files([str(path) for path in paths], [str(path) for path in labels], wishes, read, Memory)


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_sets_load(name: str) -> None:
    data = load_bundled(name)
    assert len(data.rows.X) == len(data.rows.y) > 100
    assert len(data.schema.features) == data.rows.X.shape[1]
    assert (data.schema.task == "regression") == (name == "diabetes") == (not data.schema.classes)
    if data.schema.image_shape:
        assert data.rows.X.dtype == np.uint8
        assert np.prod(data.schema.image_shape) == data.rows.X.shape[1]


@pytest.mark.parametrize("ending", ["csv", "parquet", "npz"])
def test_named_columns_give_the_same_rows(tmp_path: Path, ending: str) -> None:
    data = load(write(tmp_path / f"t.{ending}"), target="kind", groups="who")
    assert np.array_equal(data.rows.X, X)
    assert [data.schema.classes[index] for index in data.rows.y] == Y.tolist()
    assert data.rows.groups is not None
    assert np.array_equal(data.rows.groups[::2], data.rows.groups[1::2])
    assert len(np.unique(data.rows.groups)) == 6


def test_csv_keeps_every_bit_of_a_float64(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=(9, 1))
    pd.DataFrame({"a": values[:, 0], "y": np.arange(9) + 0.5}).to_csv(tmp_path / "t.csv", index=False)
    data = load(tmp_path / "t.csv", target="y")
    assert data.rows.X.dtype == np.float64
    assert np.array_equal(data.rows.X, values)


def test_npy_with_a_label_file_or_a_target_column(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    data = load(tmp_path / "x.npy", labels=(tmp_path / "y.npy",))
    assert np.array_equal(data.rows.X, X) and data.schema.classes == ("ant", "bee", "cat")
    column = load(tmp_path / "x.npy", target="1")
    assert (column.schema.features, column.schema.targets, column.schema.task) == (("x0",), ("x1",), "regression")


@pytest.mark.parametrize("name", ["i.idx", "i.idx.gz", "i-ubyte", "i-ubyte.gz"])
def test_idx_images_with_labels(tmp_path: Path, name: str) -> None:
    images = np.arange(12 * 6, dtype=np.uint8).reshape(12, 2, 3)
    pack: Callable[[bytes], bytes] = gzip.compress if name.endswith(".gz") else bytes
    (tmp_path / name).write_bytes(pack(idx_bytes(images)))
    (tmp_path / "l.idx").write_bytes(idx_bytes(np.array([0, 1, 2] * 4, np.uint8)))
    data = load(tmp_path / name, labels=(tmp_path / "l.idx",), task="classification")
    assert data.rows.X.dtype == np.uint8 and data.schema.image_shape == (2, 3)
    assert np.array_equal(data.rows.X, images.reshape(12, 6))
    assert data.schema.classes == ("0", "1", "2")


def test_a_folder_is_its_files_in_order_of_name(tmp_path: Path) -> None:
    for name, start in (("b", 100), ("a", 0)):
        images = (np.arange(6 * 4) + start).astype(np.uint8).reshape(6, 2, 2)
        (tmp_path / f"{name}-images.idx").write_bytes(idx_bytes(images))
        (tmp_path / f"{name}-labels.idx").write_bytes(idx_bytes(np.array([0, 1] * 3, np.uint8) + (name == "b")))
    data = load(tmp_path, task="classification")
    assert data.rows.X[:, 0].tolist() == [*range(0, 24, 4), *range(100, 124, 4)]
    assert [data.schema.classes[index] for index in data.rows.y] == list("010101121212")
    files = (tmp_path / "b-images.idx", tmp_path / "a-images.idx")
    listed = load(*files, labels=(tmp_path / "b-labels.idx", tmp_path / "a-labels.idx"), task="classification")
    assert listed.rows.X[0, 0] == 100  # a list keeps its own order


def test_odd_but_allowed_rows_are_noted(tmp_path: Path) -> None:
    rows = np.column_stack([np.repeat(np.arange(6), 2), np.ones(12)])
    np.savez(tmp_path / "t.npz", X=rows, y=Y)
    data = load(tmp_path / "t.npz")
    notes = " | ".join([*data.notes, *remark(data.rows, data.schema, data.columns)[1]])
    assert "6 of 12 rows repeat" in notes
    assert "6 sets of rows have equal inputs but different targets" in notes
    assert "1 column is left out, for it is constant: 'x1'" in notes


def test_compact_never_loses_a_bit() -> None:
    assert compact(np.array([[1, 2]], np.int64)).dtype == np.float32
    assert compact(np.array([[0.1]])).dtype == np.float64
    assert compact(np.array([[2**24 + 1]])).dtype == np.float64
    assert compact(np.array([[1e300]])).dtype == np.float64


GOOD_ROWS = "1,2,x\n3,4,y\n" * 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["is empty"]),
        ("a,b,u\n" + GOOD_ROWS, ["no column 't'", "data.target", "'a', 'b', 'u'"]),
        ("a,b,t\n1,2,x\n3,y\n" + GOOD_ROWS, ["line 3", "found 2 fields, expected 3"]),
        ("a,b,t\n" + "1,2,x\n" * 9, ["no input column is left", "'a' is the same in every row"]),
        ("a,b,t\n" + "1,2,x\n3,5,x\n" * 9, ["target t is x in each of 18 rows"]),
        ("a,b,t\n1,2,z\n5,6,z\n" + GOOD_ROWS, ["class z", "has 2 rows", "at least 3"]),
        ("t\nx\ny\n", ["no input columns"]),
        ('a,b,t\n1,2,x\n1,2,"x\n', ["t.csv"]),
    ],
)
def test_damaged_csv(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    refused(words, path, target="t")


def refused(words: list[str], *paths: Path, labels: tuple[Path, ...] = (), **options: Any) -> None:
    with pytest.raises(HoldoutError) as caught:
        load(*paths, labels=labels, **options)
    message = str(caught.value)
    assert paths[0].name in message or (labels and labels[0].name in message)
    assert all(word in message for word in words), message


def test_files_that_are_not_there_or_unknown(tmp_path: Path) -> None:
    refused(["no such file"], tmp_path / "none.csv", target="t")
    (tmp_path / "t.doc").write_bytes(b"what is it")
    refused(["unknown kind of file", ".parquet"], tmp_path / "t.doc", target="t")
    (tmp_path / "hollow").mkdir()
    refused(["holds no table"], tmp_path / "hollow", target="t")


def test_damaged_parquet(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 nothing")
    refused(["not readable Parquet"], path, target="kind")
    frame().assign(b=[1.0, np.inf, *X[2:, 1]]).to_parquet(path)
    refused(["row 1", "column 'b'", "inf"], path, target="kind")
    refused(["no column 'nope'", "'a', 'kind', 'b', 'who'"], path, target="nope")


def test_hostile_arrays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.npz"
    np.savez(path, X=np.array([[{}]], object), y=Y, allow_pickle=True)
    refused(["Python objects (pickle)"], path)
    np.savez(path, X=X)
    refused(["there is no target", "data.target"], path)
    path.write_bytes(b"no archive at all")
    refused(["not a readable NPZ"], path)
    header = b"\x93NUMPY\x01\x00" + struct.pack("<H", 64)
    declared = "{'descr': '<f8', 'fortran_order': False, 'shape': (99, 9), }".ljust(63) + "\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X.npy", header + declared.encode() + bytes(8))
    refused(["declares 7128 bytes", "found 8"], path)
    np.savez_compressed(path, X=np.zeros((1000, 1000)), y=Y)
    monkeypatch.setattr(checks, "SMALL", 0)
    monkeypatch.setattr(checks, "MAX_BYTES", 1 << 20)
    refused(["GiB"], path)


def test_what_unpacks_to_more_than_the_free_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.npz"
    np.savez_compressed(path, X=np.zeros((1000, 1000)), y=Y)
    monkeypatch.setattr(checks, "SMALL", 0)
    monkeypatch.setattr(checks, "free_bytes", lambda: 1 << 20)
    refused(["allowed: 0.0 GiB"], path)


def test_labels_that_do_not_fit(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y[:-1])
    refused(["12 rows", "11 labels"], tmp_path / "x.npy", labels=(tmp_path / "y.npy",))
    refused(["data.target", "x0, x1"], tmp_path / "x.npy")
    np.save(tmp_path / "y.npy", np.array([np.nan, *range(11)]))
    refused(["row 0", "found nan"], tmp_path / "x.npy", labels=(tmp_path / "y.npy",))
    np.save(tmp_path / "x.npy", np.where(X == 3.5, np.inf, X))
    np.save(tmp_path / "y.npy", Y)
    refused(["row 3", "column x0", "inf"], tmp_path / "x.npy", labels=(tmp_path / "y.npy",))


@pytest.mark.parametrize("surplus", [-1, 1])
def test_idx_of_another_length_than_declared(tmp_path: Path, surplus: int) -> None:
    whole = idx_bytes(np.zeros((4, 2, 2), np.uint8))
    (tmp_path / "i.idx").write_bytes(whole[:surplus] if surplus < 0 else whole + b"0")
    (tmp_path / "l.idx").write_bytes(idx_bytes(np.zeros(4, np.uint8)))
    refused(["declares 16 bytes", "found"], tmp_path / "i.idx", labels=(tmp_path / "l.idx",))


def test_idx_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = tmp_path / "l.idx"
    labels.write_bytes(idx_bytes(np.zeros(4, np.uint8)))
    (tmp_path / "i.idx").write_bytes(b"junk")
    refused(["expected an IDX header"], tmp_path / "i.idx", labels=(labels,))
    packed = gzip.compress(idx_bytes(np.random.default_rng(0).integers(0, 255, (40, 9, 9), np.uint8)))
    (tmp_path / "i.idx.gz").write_bytes(packed[: len(packed) // 2])
    refused(["cut short"], tmp_path / "i.idx.gz", labels=(labels,))
    monkeypatch.setattr(checks, "SMALL", 0)
    monkeypatch.setattr(checks, "MAX_BYTES", 1 << 10)
    (tmp_path / "i.idx.gz").write_bytes(packed)
    refused(["GiB"], tmp_path / "i.idx.gz", labels=(labels,))
    refused(["no labels", "data.labels"], labels)


def test_gzip_damaged_in_the_middle_is_one_line(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(idx_bytes(np.random.default_rng(0).integers(0, 256, (40, 28, 28), np.uint8))))
    packed[200:260] = b"\xff" * 60
    path = tmp_path / "images.idx.gz"
    path.write_bytes(packed)
    with pytest.raises(HoldoutError, match=r"images\.idx\.gz"):
        load(path, labels=(path,))


def test_a_missing_target_among_numbers_is_no_class(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,t\n" + "1,0\n2,1\n" * 6 + "3,NA\n")
    data = load(path, target="t")
    assert (data.schema.classes, len(data.rows)) == (("0", "1"), 12)
    assert any("1 row has no value of 't'" in note for note in data.notes)
