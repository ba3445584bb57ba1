"""What the certificate says of the model and its scores, and whose code decided them."""

from typing import Any

from pipeline.reporting.findings import Findings, score_text

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
        "stopped_by": model["epoch_chosen_by"],
        "metric": paper["metric"],
        "refit": paper["refit"],
        "rescored": {name: score_text(name, value) for name, value in sorted(found["found"].items())},
        "not_rescored": found["not"],
        "known": code.known,
        "changed": list(code.changed),
    }
