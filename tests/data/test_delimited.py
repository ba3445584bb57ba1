"""Delimited text: each dialect gives the same table; what is guessed is said; damage is one line that says where."""

import bz2
import csv
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.data import delimited
from pipeline.data.delimited import Delimited
from pipeline.data.encoding import Unreadable
from pipeline.data.opening import open_files
from pipeline.data.source import AS_WRITTEN, FLOAT, TEXT, Read, Source
from pipeline.errors import HoldoutError

TABLES = Path(__file__).parents[3] / "shared/data/tables"
ROWS = [["1.5", "ant", "10"], ["", 'bee, or "wasp"', "20"], ["-3e2", "café\nnoir", "30"], ["0.25", "", "40"]]
NUMBERS = [1.5, None, -300.0, 0.25]
WORDS = ["ant", 'bee, or "wasp"', "café\nnoir", None]


def written(rows: list[list[str]], header: list[str] | None = None, **dialect: Any) -> str:
    stream = io.StringIO()
    csv.writer(stream, **{"lineterminator": "\n", **dialect}).writerows([*([header] if header else []), *rows])
    return stream.getvalue()


def opened(folder: Path, content: str | bytes, name: str = "t.csv", **read: Any) -> Source:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_files([folder / name], Read(**read))


def columns(source: Source, forms: dict[str, str] | None = None, rows: int | None = None) -> dict[str, list[Any]]:
    forms = forms or dict.fromkeys(source.types, TEXT)
    batches = list(source.batches(forms, rows))
    return pa.Table.from_batches(batches).to_pydict()


def said(source: Source) -> str:
    return " | ".join(source.notes)


def refused(
    folder: Path, content: str | bytes, words: list[str], forms: dict[str, str] | None = None, **read: Any
) -> None:
    with pytest.raises(HoldoutError) as caught:
        columns(opened(folder, content, **read), forms)
    message = str(caught.value)
    assert all(word in message for word in words), message


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "^", "~"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_guessed(tmp_path: Path, separator: str, end: str) -> None:
    rows = [[cell.replace("\n", " ") for cell in row] for row in ROWS]
    source = opened(tmp_path, written(rows, ["x", "word", "n"], delimiter=separator, lineterminator=end))
    assert list(source.types) == ["x", "word", "n"]
    assert columns(source, {"n": FLOAT, "x": FLOAT})["x"] == NUMBERS
    assert columns(source)["word"] == [word and word.replace("\n", " ") for word in WORDS]
    assert (repr(separator) if separator != "\t" else "tab") in said(source)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_encodings_are_guessed_and_said(tmp_path: Path, encoding: str) -> None:
    text = written(ROWS, ["größe", "word", "n"])
    source = opened(tmp_path, text.encode(encoding))
    assert list(source.types) == ["größe", "word", "n"]
    assert columns(source)["word"] == WORDS
    assert ("read as" in said(source)) == (not encoding.startswith("utf-8"))


def test_an_accent_after_megabytes_of_ascii(tmp_path: Path) -> None:
    text = "a,b\n" + "1,plain\n" * 300_000 + "2,café\n"
    source = opened(tmp_path, text.encode("cp1252"))
    assert columns(source)["b"][-1] == "café"
    assert columns(opened(tmp_path, text.encode()))["b"][-1] == "café"
    refused(tmp_path, text.encode("cp1252"), ["line 300002", "0xe9", "data.read.encoding"], encoding="utf-8")


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda plain: pa.compress(plain, "zstd", asbytes=True),
}


@pytest.mark.parametrize("ending", PACKERS)
def test_packed_files(tmp_path: Path, ending: str) -> None:
    packed = PACKERS[ending](written(ROWS, ["x", "word", "n"]).encode())
    assert columns(opened(tmp_path, packed, f"t.csv{ending}"))["word"] == WORDS
    assert columns(opened(tmp_path, packed, "t.csv"))["word"] == WORDS  # known by its bytes
    with pytest.raises(HoldoutError, match=r"t\.csv.*cut short or damaged"):
        columns(opened(tmp_path, packed[: len(packed) // 2], f"t.csv{ending}"))


def test_a_zip_of_one_table(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("folder/t.csv", written(ROWS, ["x", "word", "n"]))
        archive.writestr("__MACOSX/._t.csv", b"\0")
    assert columns(open_files([tmp_path / "t.zip"], Read()))["word"] == WORDS
    with zipfile.ZipFile(tmp_path / "t.zip", "a") as archive:
        archive.writestr("u.csv", "a\n1\n")
    with pytest.raises(HoldoutError, match=r"t\.zip: holds 2 files \(folder/t\.csv, u\.csv\), expected one table"):
        open_files([tmp_path / "t.zip"], Read())


@pytest.mark.parametrize(
    ("text", "names", "first"),
    [
        ("sep=;\na;b\n1;x\n2;y\n", ["a", "b"], ["1", "x"]),
        ("a,b,\n1,x,\n2,y,\n", ["a", "b"], ["1", "x"]),
        ("a,b\n1,x,\n2,y,\n", ["a", "b"], ["1", "x"]),
        ('a b\n"r1" 1 x\n"r2" 2 y\n', ["column1", "a", "b"], ["r1", "1", "x"]),
        (",a,b\n0,1,x\n1,2,y\n", ["column1", "a", "b"], ["0", "1", "x"]),
        ("# made by\n# someone, once\na,b\n# aside\n1,x\n2,y\n", ["a", "b"], ["1", "x"]),
        ("#a,b\n1,2\n3,4\n", ["a", "b"], ["1", "2"]),
        ("A title\n\nfrom here, or there\na,b,c\n1,x,2\n2,y,2\n4,z,1\n5,z,1\n", ["a", "b", "c"], ["1", "x", "2"]),
        ('a, b, t\n1, "x, y", 2\n2, z, 3\n', ["a", "b", "t"], ["1", "x, y", "2"]),
        ("  a   b\n  1   2\n 10  20\n100 200\n", ["a", "b"], ["1", "2"]),
        ("a,b\n'x, y',1\n'z',2\n", ["a", "b"], ["x, y", "1"]),
        ("\n\na,b\n\n1,x\n   \n2,y\n\n", ["a", "b"], ["1", "x"]),
        ("a\n1,5\n2,5\n".replace(",", "."), ["a"], ["1.5"]),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n6.1,2.0,virginica\n", ["x0", "x1", "x2"], ["5.1", "3.5", "setosa"]),
        ("v1,v2\nA,G\nG,A\n", ["v1", "v2"], ["A", "G"]),
        ("A,G\nG,G\nA,A\n", ["x0", "x1"], ["A", "G"]),
        ("0,1,2,3,4,5,6,7\n" + "5,3,2,4,5,6,7,8\n" * 2, [*"01234567"], [*"53245678"]),
        ("1,2,3\n4,5,6\n", ["x0", "x1", "x2"], ["1", "2", "3"]),
        ("Report;;\nof: 2020;;\n\nid;x;y\n1;2;3\n2;3;4\n", ["id", "x", "y"], ["1", "2", "3"]),
        ('8.0  1  3.5\t"a b"\n15.  8  3.0\t"c d"\n', ["x0", "x1", "x2", "x3"], ["8.0", "1", "3.5", "a b"]),
        ("country,2001,2002,2003\nX,1,2,3\nY,1,2,3\n", ["country", "2001", "2002", "2003"], ["X", "1", "2", "3"]),
    ],
)
def test_layouts_are_guessed(tmp_path: Path, text: str, names: list[str], first: list[str]) -> None:
    source = opened(tmp_path, text)
    assert list(source.types) == names, source.notes
    assert [column[0] for column in columns(source).values()] == first
    assert source.unnamed == {name for name in names if name.startswith("column")}


def test_a_header_can_be_denied_and_asserted(tmp_path: Path) -> None:
    assert columns(opened(tmp_path, "a,b\nc,d\n", header=False)) == {"x0": ["a", "c"], "x1": ["b", "d"]}
    assert columns(opened(tmp_path, "1,2\n3,4\n", header=True)) == {"1": ["3"], "2": ["4"]}
    assert "no header" in said(opened(tmp_path, "1,2\n3,4\n"))


def test_names_that_say_that_there_is_none(tmp_path: Path) -> None:
    assert opened(tmp_path, "Unnamed: 0,a\n0,1\n").unnamed == {"Unnamed: 0"}
    refused(tmp_path, "\na,b,a\n1,2,3\n", ["line 2", "'a' appears more than once"])


@pytest.mark.parametrize(
    ("text", "values", "decimal"),
    [
        ("a;b\n1,5;x\n-0,25;y\n", [1.5, -0.25], "','"),
        ("a;b\n1.234,5;x\n2,25;y\n", [1234.5, 2.25], "thousands '.'"),
        ('a,b\n"1,234.5",x\n"12,345,678",y\n', [1234.5, 12345678.0], "thousands ','"),
        ("a\tb\n1 234\tx\n12\ty\n", [1234.0, 12.0], "thousands ' '"),
        ("a;b\n1'234.5;x\n12;y\n", [1234.5, 12.0], '"\'"'),
        ("a,b\n+1.,x\n.5,y\n", [1.0, 0.5], "'.'"),
    ],
)
def test_numerals_are_guessed(tmp_path: Path, text: str, values: list[float], decimal: str) -> None:
    source = opened(tmp_path, text)
    assert columns(source, {"a": FLOAT})["a"] == values
    assert decimal in said(source)


def test_numerals_can_be_set(tmp_path: Path) -> None:
    text = 'a,b\n"1,234",x\n"5,678",y\n'
    assert columns(opened(tmp_path, text), {"a": FLOAT})["a"] == [1234, 5678]
    assert columns(opened(tmp_path, text, decimal=","), {"a": FLOAT})["a"] == [1.234, 5.678]


@pytest.mark.parametrize(
    ("key", "value"),
    [("separator", "::"), ("separator", "§"), ("quote", "''"), ("comment", "//"), ("decimal", ";"), ("thousands", "5")],
)
def test_signs_that_can_not_be_are_refused(tmp_path: Path, key: str, value: str) -> None:
    refused(tmp_path, "a,b\n1,2\n", [f"data.read.{key} is {value!r}, allowed: "], **{key: value})


def test_signs_can_be_set(tmp_path: Path) -> None:
    assert columns(opened(tmp_path, "a\tb\n1\t2\n", separator="\\t")) == {"a": ["1"], "b": ["2"]}
    assert columns(opened(tmp_path, "a b\n1   2\n", separator="spaces")) == {"a": ["1"], "b": ["2"]}
    assert columns(opened(tmp_path, 'a,b\n"1,2\n3,4\n', quote="")) == {"a": ['"1', "3"], "b": ["2", "4"]}
    assert columns(opened(tmp_path, "a,b\n1,2\n*3,4\n5,6\n", comment="*")) == {"a": ["1", "5"], "b": ["2", "6"]}


def test_words_for_missing_values(tmp_path: Path) -> None:
    text = "a,b\n1,NA\n?,x\n-,?\nNaN,-\n,n/a\n#N/A,None\n2,\n"
    found = columns(opened(tmp_path, text), {"a": FLOAT, "b": TEXT})
    assert found == {"a": [1, *[None] * 5, 2], "b": [None, "x", "?", "-", None, None, None]}
    assert columns(opened(tmp_path, text), {"b": AS_WRITTEN})["b"] == ["NA", "x", "?", "-", "n/a", "None", ""]
    assert columns(opened(tmp_path, text, missing=("x",)))["b"] == ["NA", None, "?", "-", "n/a", "None", None]


def test_labels_stay_as_written(tmp_path: Path) -> None:
    labels = ["01", "1", "1E2", "100", "1_0", "1.10", "1.1", "9007199254740993", "NA", "true"]
    source = opened(tmp_path, "t,a\n" + "".join(f"{label},1\n" for label in labels))
    assert columns(source, {"t": AS_WRITTEN})["t"] == labels


@pytest.mark.parametrize(
    ("text", "line", "value"),
    [
        ("a,b\n1,x\nblue,y\n", 3, "blue"),
        ('a,b\n1,"x\ny"\n\n# no\ninf,y\n# no\n', 6, "inf"),
        ("a,b\n1,x\n1e999,y\n", 3, "1e999"),
        ("a,b\n1,x\n0x1F,y\n", 3, "0x1F"),
        ("a,b\n1,x\n1_000,y\n", 3, "1_000"),
        ("a,b\n1,x\ntrue,y\n", 3, "true"),
        ("title\n\na;b;c\n1,5;x;1\n1.5;y;1\n2,5;y;1\n3,5;x;3\n4,5;x;3\n5,5;x;3\n6,5;x;3\n", 5, "1.5"),
    ],
)
def test_what_is_no_number_is_named_as_it_stands(tmp_path: Path, text: str, line: int, value: str) -> None:
    source = opened(tmp_path, text)
    with pytest.raises(Unreadable) as caught:
        columns(source, {"a": FLOAT})
    assert caught.value.value == value
    assert source.place(caught.value.row) == f"line {line}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\n\n", ["t.csv", "is empty", "header"]),
        ("a,b,t\n", ["t.csv", "header but no rows"]),
        ("a,b,t\n1,2,x\n3,y\n" + "1,2,x\n" * 9, ["t.csv", "line 3", "found 2 fields, expected 3", "data.read"]),
        ("a,b,t\n1,2,x\n\n3,4,y,5\n" + "1,2,x\n" * 9, ["line 4", "found 4 fields, expected 3"]),
        ('a,b,t\n1,2,x\n1,2,"x\n1,2,3\n', ["line 3", "unclosed quote", "data.read.quote"]),
        ("a,b,\n1,x,\n" + "2,y,\n" * 60_000 + "3,z,0\n", ["line 60003", "fields"]),
    ],
)
def test_damage_is_refused_by_line(tmp_path: Path, text: str, words: list[str]) -> None:
    refused(tmp_path, text, words)


def test_a_quote_that_never_closes_takes_no_memory(tmp_path: Path) -> None:
    refused(tmp_path, 'a,b\n1,"x\n' + "1,2\n" * 5_000_000, ["line 2", "unclosed quote"])


def test_stray_quotes_are_text(tmp_path: Path) -> None:
    rows = '1,3.5" disk\n2,plain\n' * 200_000
    assert columns(opened(tmp_path, "a,b\n" + rows), {"b": TEXT})["b"][-2:] == ['3.5" disk', "plain"]


def test_line_ends_in_quotes_over_many_blocks(tmp_path: Path) -> None:
    rows = [[str(row), f"line\n\n{row}", "x" * (row % 50)] for row in range(60_000)]
    source = opened(tmp_path, written(rows, ["a", "b", "c"]))
    found = columns(source)
    assert found["a"] == [row[0] for row in rows]
    assert found["b"] == [row[1] for row in rows]
    assert source.place(59_999) == f"line {2 + 3 * 59_999}"


def test_the_first_rows_only(tmp_path: Path) -> None:
    source = opened(tmp_path, "a\n" + "".join(f"{row}\n" for row in range(400_000)))
    assert columns(source, {"a": FLOAT}, 300_001)["a"] == [*range(300_001)]
    assert columns(source, {"a": FLOAT}, 3)["a"] == [0, 1, 2]


def test_the_same_batches_on_any_number_of_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = opened(tmp_path, "a,b\n" + "".join(f"{row / 7},{row}\n" for row in range(200_000)))
    found = []
    for threads in (1, 2, 7):
        monkeypatch.setattr(delimited, "THREADS", threads)
        found.append(list(source.batches({"a": FLOAT, "b": AS_WRITTEN})))
    assert len(found[0]) > 3
    assert found[0] == found[1] == found[2]


CELL = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="#%"), max_size=6),
    st.sampled_from(["NA", "?", "", 'a "b"', "a,b", "a;b", "two\nlines", "01", "1E2"]),
)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(2, 5))
    return draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=12))


@settings(max_examples=200, deadline=None)
@given(
    tables(),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_whatever_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    separator: str,
    end: str,
    encoding: str,
    quoting: Any,
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    header = [f"column {place}" for place in range(len(rows[0]))]
    text = written(rows, header, delimiter=separator, lineterminator=end, quoting=quoting)
    path.write_bytes(text.encode(encoding))
    source = Delimited(path, Read(separator=separator, header=True, comment=""))
    found = columns(source, dict.fromkeys(header, AS_WRITTEN))
    # Arrow strips what Unicode calls white space, as Python does.
    assert found == {name: [row[place].strip() for row in rows] for place, name in enumerate(header)}


@pytest.mark.skipif(not TABLES.is_dir(), reason="the real tables are not here")
@pytest.mark.parametrize("path", sorted(TABLES.glob("*.csv.gz")), ids=lambda path: path.name)
def test_real_tables_are_read_as_pandas_reads_them(path: Path) -> None:
    frame = pd.read_csv(path)
    source = open_files([path], Read())
    assert list(source.types) == list(frame.columns)
    forms = {name: FLOAT if frame[name].dtype.kind in "if" else TEXT for name in frame}
    found = pa.Table.from_batches(list(source.batches(forms))).to_pandas()
    for name, form in forms.items():
        if form == FLOAT:
            assert np.array_equal(found[name], frame[name], equal_nan=True)
        else:
            assert found[name].isna().equals(frame[name].isna())
            assert found[name].dropna().tolist() == frame[name].dropna().astype(str).str.strip().tolist()
