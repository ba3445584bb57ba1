"""The door to tables: which reader a file gets, JSON, spreadsheets, and folders of files as one table."""

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pipeline.data.encoding import Unreadable
from pipeline.data.opening import open_files
from pipeline.data.roles import Wishes
from pipeline.data.source import AS_WRITTEN, FLOAT, NATIVE, TEXT, Read, Source
from pipeline.data.tabular import read_table
from pipeline.errors import HoldoutError
from pipeline.feed.schema import NUMBER
from tests.data.made import Memory

FRAME = pd.DataFrame({"a": [1.5, None, 3.0], "t": ["x", "y", "x"], "n": [1, 2, 3]})


def table(source: Source, **forms: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = pa.Table.from_batches(list(source.batches(forms))).to_pydict()
    return found


def write(path: Path, frame: pd.DataFrame = FRAME) -> Path:
    writers = {".parquet": frame.to_parquet, ".feather": frame.to_feather}
    if path.suffix in writers:
        writers[path.suffix](path)
    elif path.suffix == ".xlsx":
        sheets(
            path,
            {"Sheet1": [list(frame.columns), *frame.astype(object).where(frame.notna(), None).to_numpy().tolist()]},
        )
    elif path.suffix in (".jsonl", ".json"):
        frame.to_json(path, orient="records", lines=path.suffix == ".jsonl")
    else:
        frame.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    return path


def sheets(path: Path, cells: dict[str, list[list[Any]]]) -> Path:
    """An .xlsx file; text starting with @ is a date by its day number."""
    names = list(cells)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    listed = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, 1))
    related = "".join(
        f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/s{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    styles = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{related}<Relationship Id="s" '
        f'Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}">{styles}</styleSheet>',
    }
    for n, name in enumerate(names, 1):
        rows = "".join(
            f'<row r="{r}">' + "".join(map(_cell, [f"{chr(65 + c)}{r}" for c in range(len(row))], row)) + "</row>"
            for r, row in enumerate(cells[name], 1)
        )
        parts[f"xl/worksheets/s{n}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, '<?xml version="1.0" encoding="UTF-8"?>' + content)
    return path


def _cell(place: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str) and not value.startswith("@"):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}" s="{int(isinstance(value, str))}"><v>{str(value).lstrip("@")}</v></c>'


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.parquet", "t.feather", "t.jsonl", "t.json", "t.xlsx"])
def test_every_format_gives_the_same_table(tmp_path: Path, name: str) -> None:
    source = open_files([write(tmp_path / name)], Read())
    assert list(source.types) == ["a", "t", "n"]
    found = table(source, n=AS_WRITTEN, a=FLOAT, t=TEXT)
    assert found == {"n": ["1", "2", "3"], "a": [1.5, None, 3.0], "t": ["x", "y", "x"]}


def test_json_numbers_stay_as_written(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(
        '{"t": 1.10, "n": 1, "b": true}\n\n{"n": 9007199254740993, "t": 1e2}\n{"t": null, "n": 2, "s": "NA"}\n'
    )
    source = open_files([tmp_path / "t.jsonl"], Read())
    assert source.types == {"t": pa.float64(), "n": pa.int64(), "b": pa.bool_(), "s": pa.string()}
    assert table(source, t=AS_WRITTEN, s=TEXT) == {"t": ["1.10", "1e2", None], "s": [None, None, "NA"]}
    assert table(source, n=NATIVE, b=FLOAT) == {"n": [1, 9007199254740993, 2], "b": [1.0, None, None]}
    assert source.place(1) == "line 3"
    packed = tmp_path / "u.jsonl.gz"
    packed.write_bytes(gzip.compress((tmp_path / "t.jsonl").read_bytes()))
    assert table(open_files([packed], Read()), n=NATIVE)["n"] == [1, 9007199254740993, 2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1}\n{"a": 2\n', ["line 2", "no JSON"]),
        ('{"a": 1}\n[1, 2]\n', ["line 2", "records"]),
        ("\n", ["no rows"]),
        ("[1, 2]", ["row 0", "records"]),
        ("[{", ["no JSON"]),
    ],
)
def test_damaged_json(tmp_path: Path, text: str, words: list[str]) -> None:
    (tmp_path / "t.jsonl").write_text(text)
    with pytest.raises(HoldoutError) as caught:
        open_files([tmp_path / "t.jsonl"], Read())
    assert all(word in str(caught.value) for word in ["t.jsonl", *words]), caught.value


def test_a_sheet_is_guessed_said_and_set(tmp_path: Path) -> None:
    rows = [["Sales of 2026"], [], [None, "id", "when", "mixed"], [None, 1, "@46024", 1.5], [None, 2, "@46025.5", "x"]]
    path = sheets(tmp_path / "t.xlsx", {"Empty": [], "Data": rows, "Other": [["q"], [True], [False]]})
    source = open_files([path], Read())
    assert source.types == {"id": pa.int64(), "when": pa.timestamp("us"), "mixed": pa.string()}
    found = table(source, id=AS_WRITTEN, when=NATIVE, mixed=TEXT)
    assert (found["id"], found["mixed"]) == (["1", "2"], ["1.5", "x"])
    assert [str(moment) for moment in found["when"]] == ["2026-01-02 00:00:00", "2026-01-03 12:00:00"]
    assert "sheet 'Data' is read, of 3" in source.notes[0]
    with pytest.raises(Unreadable) as caught:
        table(source, mixed=FLOAT)
    assert (source.place(caught.value.row), caught.value.value) == ("sheet Data, row 5", "x")
    assert table(open_files([path], Read(sheet="Other")), q=NATIVE) == {"q": [True, False]}
    with pytest.raises(HoldoutError, match=r"no sheet 'None' \(data.read.sheet\); there are: Empty, Data, Other"):
        open_files([path], Read(sheet="None"))


def test_damaged_spreadsheets(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"PK\3\4" + bytes(60))
    with pytest.raises(HoldoutError, match=r"t\.xlsx: is not readable"):
        open_files([path], Read())
    with pytest.raises(HoldoutError, match=r"t\.xlsx: is empty"):
        open_files([sheets(path, {"Empty": []})], Read())
    with pytest.raises(HoldoutError, match=r"row 1: column 'a' appears more than once"):
        open_files([sheets(path, {"S": [["a", "a"], [1, 2]]})], Read())


def test_a_folder_is_one_table(tmp_path: Path) -> None:
    write(tmp_path / "b.csv", FRAME[["n", "t", "a"]])
    write(tmp_path / "a.csv", FRAME.assign(t="first"))
    write(tmp_path / "c.parquet", FRAME.assign(n=[4, 5, 6]))
    (tmp_path / ".hidden.csv").write_text("junk")
    (tmp_path / "README.md").write_text("not a table")
    source = open_files([tmp_path], Read())
    assert list(source.types) == ["a", "t", "n"]
    assert table(source, n=FLOAT)["n"] == [1, 2, 3, 1, 2, 3, 4, 5, 6]
    assert table(source, t=AS_WRITTEN)["t"] == ["first"] * 3 + ["x", "y", "x"] * 2
    assert source.place(4).endswith("b.csv: line 3")
    assert source.place(7).endswith("c.parquet: row 1 (counted from 0)")
    assert any("README.md" in note for note in source.notes)
    assert not any("a.csv" in note for note in source.notes if "separator" not in note)
    assert sum(map(len, source.batches({"a": FLOAT}, 5))) == 5
    with pytest.raises(Unreadable) as caught:
        table(source, t=FLOAT)
    assert caught.value.row == 0


def test_files_of_other_columns_are_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path / "a.csv")
    write(tmp_path / "b.csv", FRAME.rename(columns={"a": "A"}))
    with pytest.raises(HoldoutError, match=r"b\.csv: has no column 'a' and has 'A' beside them, .*a\.csv"):
        open_files([tmp_path], Read())


def test_types_that_differ_between_files_are_joined(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", pd.DataFrame({"a": [1, 2], "b": [1, 2]}))
    write(tmp_path / "b.parquet", pd.DataFrame({"b": ["x", "y"], "a": [0.5, None]}))
    source = open_files([tmp_path / "a.parquet", tmp_path / "b.parquet"], Read())
    assert source.types == {"a": pa.float64(), "b": pa.string()}
    assert table(source, a=NATIVE, b=NATIVE) == {"a": [1, 2, 0.5, None], "b": ["1", "2", "x", "y"]}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.csv", b"", "is empty"),
        ("t.png", b"\x89PNG\r\n", "unknown kind of file, allowed: .csv"),
        ("t.parquet", b"a,b\n1,2\n", "is not readable Parquet"),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(HoldoutError, match=words):
        open_files([tmp_path / name], Read())


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(HoldoutError, match="no such file or folder"):
        open_files([tmp_path / "t.csv"], Read())
    with pytest.raises(HoldoutError, match="holds no table"):
        open_files([tmp_path], Read())


def test_json_is_what_json_says(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps([{"a": 1, "b": "x"}, {"b": "y"}]))
    assert table(open_files([tmp_path / "t.json"], Read()), a=FLOAT, b=TEXT) == {"a": [1.0, None], "b": ["x", "y"]}


def test_each_file_of_a_folder_is_read_by_its_own_numerals(tmp_path: Path) -> None:
    rows = [(f"{i}.5" if i % 2 else str(i), f"1{i}.25" if i % 3 else "unknown", "ab"[i % 2], i) for i in range(40)]
    plain = [";".join(map(str, row)) for row in rows]
    comma = [row.replace(".", ",") for row in plain]
    (tmp_path / "p0.csv").write_text("\n".join(["a;b;t;y", *plain]))
    (tmp_path / "p1.csv").write_text("\n".join(["a;b;t;y", *comma]))
    (tmp_path / "p2.csv").write_text("\n".join(["a;b;t;y", *comma, "1.234,5;1,5;a;1"]))
    source = open_files([tmp_path], Read())
    data = read_table(source, Wishes(("y",)), Memory)
    assert data.schema.kinds[:2] == (NUMBER, NUMBER)
    assert np.array_equal(data.rows.X[:40, :2], data.rows.X[40:80, :2], equal_nan=True)
    assert data.rows.X[-1, 0] == 1234.5
    amounts = read_table(source, Wishes(("a",)), Memory)
    assert (amounts.schema.task, amounts.rows.y[[1, 41, 120]].tolist()) == ("regression", [1.5, 1.5, 1234.5])


@pytest.mark.parametrize("name", ["t.parquet", "t.jsonl"])
def test_nested_columns_are_refused_only_where_they_are_asked_for(tmp_path: Path, name: str) -> None:
    frame = pd.DataFrame({"a": [0.5 * i for i in range(40)], "y": list("ab" * 20), "l": [[1, 2], [3]] * 20})
    source = open_files([write(tmp_path / name, frame)], Read())
    for wishes in (Wishes(("y",)), Wishes(("y",), columns={"l": "drop"})):
        data = read_table(source, wishes, Memory)
        assert data.schema.features == ("a",)
        assert sum("column 'l' is left out: it holds nested values" in note for note in data.notes) == 1
    for wishes in (Wishes(("l",)), Wishes(("y",), columns={"l": "number"})):
        with pytest.raises(HoldoutError, match=r"column 'l' \(data\.\w+ in params\.yaml\) holds .*list.* allowed: one"):
            read_table(source, wishes, Memory)


def test_a_target_that_is_elsewhere_in_the_file(tmp_path: Path) -> None:
    header, rows = "a,b,y", [f"{i},{i}.5,{i % 2}" for i in range(20)]
    (tmp_path / "t.csv").write_text("\n".join([header, *rows, header, *rows]))
    with pytest.raises(
        HoldoutError, match=r"'y'.*line 1 holds it: set data\.read\.header: true, .* line 22, which rep"
    ):
        read_table(open_files([tmp_path / "t.csv"], Read()), Wishes(("y",)), Memory)
    path = sheets(tmp_path / "t.xlsx", {"Notes": [["q", "r"], [1, 2]], "Table": [["a", "y"], [1, 2]]})
    with pytest.raises(HoldoutError, match=r"'y'.*sheet 'Notes' is read, set data\.read\.sheet for another: Table"):
        read_table(open_files([path], Read()), Wishes(("y",)), Memory)
