"""What the checks of the data found, and what of it the person lets stand."""

from typing import Any

from pipeline.auditing.pitfalls import ALARM, INFO, WARNING
from pipeline.reporting.findings import Findings
from pipeline.storage.audits import read_checks


def facts(findings: Findings) -> dict[str, Any]:
    return in_short(read_checks())


def in_short(checks: dict[str, Any]) -> dict[str, Any]:
    """The findings by what is to be done about them: open, accepted, or only worth knowing."""
    found = checks["findings"]
    grave = [one for one in found if one["severity"] in (ALARM, WARNING)]
    return {
        "alarms": sum(one["severity"] == ALARM and not one["accepted"] for one in grave),
        "open": [one for one in grave if not one["accepted"]],
        "accepted": [one for one in found if one["accepted"]],
        "worth_knowing": [one for one in found if one["severity"] == INFO and not one["accepted"]],
        "unused": checks["unused"],
    }
