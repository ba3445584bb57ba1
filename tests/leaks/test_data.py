"""What is wrong with data is said in reports/data-checks.json, and of sound data nothing is."""

import json
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.auditing.beaten import entries, losses, verdicts
from pipeline.auditing.crossing import crossing
from pipeline.auditing.inspection import inspect
from pipeline.auditing.pitfalls import SEVERITIES, settled
from pipeline.auditing.rules import rules
from pipeline.data.bundled import BUNDLED
from pipeline.data.opening import open_files
from pipeline.data.roles import Wishes
from pipeline.data.source import Read
from pipeline.data.sources import load_bundled
from pipeline.data.tabular import read_table
from pipeline.storage.audits import read_checks, read_counts, write_checks, write_counts
from tests.data.made import Memory
from tests.leaks.plants import PLANTS, Dealt, Plant, dealt, plain, table

TABLES = Path(__file__).parents[3] / "shared/data/tables"
QUICK = ("iris", "wine", "breast_cancer", "diabetes", "digits", "german")
CLEAN = ("mnist5k", "churn", "credit", "pima", "splice", "magic", "hitters")
SUSPECT = {"concrete": {"HD02", "HD08", "HD09"}, "ames": {"HD09"}, "hotel_rates": {"HD02", "HD09"}}


def checked(data: Dealt, folder: Path, accepted: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """What stands in the file that the stage check writes."""
    counts, report = folder / "parts.json", folder / "data-checks.json"
    write_counts(crossing(data.test, data.train + data.validation, data.schema), counts)
    beside = crossing(data.validation, data.train, data.schema)
    parts = {"validation": beside, "test": read_counts(counts)}
    found = settled(inspect(data.train, data.validation, parts, data.schema), accepted or {})
    write_checks({"findings": [one.to_json() for one in found], "unused": []}, report)
    findings: list[dict[str, Any]] = read_checks(report)["findings"]
    return findings


def made(planted: Plant) -> Dealt:
    return planted.make(np.random.default_rng(zlib.crc32(planted.name.encode())))


def grave(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in findings if one["severity"] != "info"]


@pytest.mark.parametrize("planted", PLANTS, ids=lambda planted: planted.name)
def test_what_is_planted_is_found(planted: Plant, tmp_path: Path, record_property: Any) -> None:
    record_property("planted", 1)
    found = [one for one in checked(made(planted), tmp_path) if one["code"] == planted.code]
    enough = SEVERITIES.index(planted.severity)
    meant = [one for one in found if SEVERITIES.index(one["severity"]) >= enough]
    assert any(planted.about in one["about"] or not planted.about for one in meant), found
    record_property("caught", 1)


def read(name: str) -> Dealt:
    """A real set, dealt as split deals it."""
    if name in BUNDLED:
        data = load_bundled(name, None)
    else:
        path = TABLES / f"{name}.csv.gz"
        if not path.exists():
            pytest.skip("the tables are not here")
        target = json.loads((TABLES / "index.json").read_text())[name]["target"]
        data = read_table(open_files([path], Read()), Wishes((target,)), Memory)
    return dealt(data.rows, data.schema, seed=559)


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.ci) for name in CLEAN)])
def test_of_sound_data_nothing_is_said(name: str, tmp_path: Path, record_property: Any) -> None:
    data = read(name)
    record_property("sound", 1)
    assert grave(checked(data, tmp_path)) == []
    record_property("quiet", 1)


@pytest.mark.ci
@pytest.mark.parametrize(("name", "codes"), SUSPECT.items())
def test_what_is_said_of_real_tables_is_so(name: str, codes: set[str], tmp_path: Path) -> None:
    """Mixtures measured at several ages; houses in the order of their streets; bookings day by day."""
    assert {one["code"] for one in grave(checked(read(name), tmp_path))} == codes


def test_what_is_accepted_is_shown_with_its_reason(tmp_path: Path) -> None:
    planted = next(one for one in PLANTS if one.about == "paid")
    for given in ({"HD06": "paid in advance"}, {"HD06": {"paid": "paid in advance", "other": "x"}}):
        found = next(one for one in checked(made(planted), tmp_path, given) if one["code"] == "HD06")
        assert (found["accepted"], found["severity"]) == ("paid in advance", "alarm")
    assert checked(made(planted), tmp_path, {"HD06": {"other": "x"}})[0]["accepted"] == ""


def ranked(name: str) -> list[dict[str, Any]]:
    """What stands in reports/baselines.json beside a network that answers as it is told."""
    rng = np.random.default_rng(3)
    X, y = plain(rng, 1400)
    y = {"rare": (rng.random(1400) < 0.03).astype(np.int64), "shuffled": rng.permutation(y)}.get(name, y)
    y = X[:, 0] + 0.1 * rng.normal(size=1400) if name == "mean" else (X[:, 0] > 0) * 1 if name == "linear" else y
    data = table(X, y, 0 if name == "mean" else 2)
    rows = data.validation
    answers = {"rare": 0 * rows.y, "shuffled": rng.permutation(rows.y), "mean": 0 * rows.y + data.train.y.mean()}
    weak = np.where(rng.random(len(rows)) < 0.15, 1 - rows.y, rows.y)  # 15 % errors where a line makes few
    lines = entries(rules(data.train, rows.X, data.schema), answers.get(name, weak), rows, data.schema, np.ones(1))
    own = losses(answers.get(name, weak), rows.y, data.schema, np.ones(1)).mean()
    return [one.to_json() for one in verdicts(lines, float(own), len(rows), data.schema)]


@pytest.mark.parametrize(
    ("name", "severity", "said"),
    [
        (
            "rare",
            "alarm",
            r"\(\d\.\d\d % errors\) is no better than the most frequent class \(\d\.\d\d %",
        ),
        ("shuffled", "alarm", "is no better than|is not surely better than|is surely worse than"),
        ("mean", "alarm", r"is no better than the mean"),
        ("linear", "warning", "is surely worse than logistic regression"),
    ],
)
def test_a_network_that_is_not_worth_having_is_called_that(
    name: str, severity: str, said: str, record_property: Any
) -> None:
    record_property("planted", 1)
    assert any(one["severity"] == severity and re.search(said, one["said"]) for one in ranked(name))
    record_property("caught", 1)


def test_of_a_network_that_is_better_nothing_is_said(record_property: Any) -> None:
    record_property("sound", 1)
    data = table(*plain(np.random.default_rng(3), 1400))
    rows = data.validation
    lines = entries(rules(data.train, rows.X, data.schema), rows.y, rows, data.schema, np.ones(1))
    assert verdicts(lines, 0.0, len(rows), data.schema) == []
    assert all(line["paired"]["p"] < 0.05 for line in lines)
    record_property("quiet", 1)


def test_no_row_of_the_test_part_is_in_what_leaves_split(tmp_path: Path) -> None:
    """Counts only: they are whole numbers no larger than the rows, but for a share and its distance from chance."""
    data = made(PLANTS[0])
    counts = crossing(data.test, data.train + data.validation, data.schema)
    assert counts.pop("auc") <= 1 and abs(counts.pop("z")) < 10
    assert counts.pop("others") == counts.pop("held") == len(data.train) + len(data.validation)
    assert sum(counts.pop("classes")) == counts["rows"] == len(data.test)
    assert all(type(count) is int and 0 <= count <= len(data.test) for count in counts.values())


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    files = []
    for _ in range(2):
        checked(made(PLANTS[4]), tmp_path)
        files.append((tmp_path / "data-checks.json").read_bytes())
    assert files[0] == files[1]
