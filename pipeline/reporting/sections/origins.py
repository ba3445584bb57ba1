"""Where the rows come from, and what was found in them."""

from typing import Any

from pipeline.feed.schema import MULTILABEL
from pipeline.reporting.findings import Findings


def facts(findings: Findings) -> dict[str, Any]:
    card = findings.card
    return {
        **{name: getattr(card, name) for name in ("source", "task", "target", "rows", "image_shape")},
        "validation_rows": findings.certificate["validation_rows"],
        "n": findings.metrics["n"],
        "dealt": _dealt(findings),
        "features": len(card.features),
        "classes": list(card.classes),
        "kind": "labels" if card.task == MULTILABEL else "classes",
        "notes": list(card.notes),
        "remarks": list(card.remarks),
        "columns": [column._asdict() for column in card.columns],
    }


def _dealt(findings: Findings) -> str:
    """By what rule the rows came into their parts."""
    deal = findings.certificate["deal"]
    ratio = " : ".join(f"{part:g}" for part in deal["ratio"])
    alike = ", every class in the same proportion in each part" if deal["stratify"] and findings.classification else ""
    return f"{ratio}, seed {deal['seed']}{alike}"
