"""How each stage was held to what dvc.yaml declares for it, and on what it ran: reports/circumstances.json."""

from collections.abc import Mapping
from typing import Any

from pipeline.fields import mapping
from pipeline.reporting.findings import Findings
from pipeline.sealing import circumstances
from pipeline.sealing.confine import AUDIT, LANDLOCK, OFF

PASSING = True
SHOWN = ("system", "processor", "cores", "python")


def facts(findings: Findings) -> dict[str, Any] | None:
    """What held each stage at its latest run here; None where no stage has run here."""
    found = {name: facts for name, facts in circumstances.read().items() if mapping(facts.get("confinement"))}
    if not found:
        return None
    kinds = {name: facts["confinement"] for name, facts in found.items()}
    latest = found.get("report") or next(iter(found.values()))
    return {
        "stages": {name: in_words(kind) for name, kind in kinds.items()},
        "off": sorted(name for name, kind in kinds.items() if kind.get("kind") == OFF),
        "weaker": sorted(name for name, kind in kinds.items() if kind.get("kind") == AUDIT),
        "late": sorted(name for name, kind in kinds.items() if not kind.get("from_start") and kind.get("kind") != OFF),
        "copies": circumstances.copies(),
        "machine": {name: latest.get(name) for name in SHOWN},
        "packages": latest.get("packages") or {},
    }


def in_words(kind: Mapping[str, Any]) -> str:
    if kind.get("kind") == LANDLOCK:
        return f"Landlock, version {kind.get('abi')}"
    return "nothing" if kind.get("kind") == OFF else str(kind.get("kind"))
