"""What is wrong with data is said in reports/data-checks.json, and of sound data nothing is."""

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.auditing.crossing import crossing
from pipeline.auditing.inspection import inspect
from pipeline.auditing.pitfalls import SEVERITIES, settled
from pipeline.storage.audits import read_checks, read_counts, write_checks, write_counts
from tests.leaks.plants import PLANTS, Dealt, Plant


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
