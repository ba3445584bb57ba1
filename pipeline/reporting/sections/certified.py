"""What the certificate says of the model and its scores, and whose code decided them."""

from typing import Any

from pipeline.readable import score_text
from pipeline.reporting.findings import Findings

PASSING = True  # a commit changes what the code is held against
KINDS = {
    "hold_out": "the validation rows",
    "k_fold": "its folds, by networks that are not kept",
    "leave_one_out": "each row by a network of its own, none of which is kept",
}


def facts(findings: Findings) -> dict[str, Any]:
    paper, code = findings.certificate, findings.code
    model, found = paper["model"], paper["rescored"]
    return {
        "networks": model["networks"],
        "trained_on": model["trained_on"],
        "scored_by": KINDS[model["scored_by"]],
        "repeats": model["repeats"],
        "seeds": model["seeds"],
        "spread": _spread(findings),
        "stopped_by": model["epoch_chosen_by"],
        "metric": paper["metric"],
        "refit": paper["refit"],
        "rescored": {name: score_text(name, value) for name, value in sorted(found["found"].items())},
        "not_rescored": found["not"],
        "known": code.known,
        "changed": list(code.changed),
    }


def _spread(findings: Findings) -> str | None:
    """The standard deviation of the score over its folds or seeds; None where it is of one training."""
    summary = findings.chosen.summary
    spread = summary["metrics"].get(f"{summary['metric']}_spread")
    return None if spread is None else score_text(summary["metric"], spread)
