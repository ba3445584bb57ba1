"""The ledger of openings, which evaluate enters: read by the report, and listed for people by ``python -m`` this."""

import argparse
import json
from dataclasses import replace
from typing import Any

from pipeline.console import run_stage, say, show
from pipeline.sealing import fingerprints, gathered
from pipeline.sealing.certificate import Certificate
from pipeline.sealing.entering import recipe
from pipeline.sealing.fingerprints import Fingerprint
from pipeline.sealing.listing import table_of
from pipeline.sealing.openings import Entry
from pipeline.sealing.sharing import join, share
from pipeline.sealing.standing import Standing, judge

ABOUT = "List every opening of a test set: when, which model, on which rows, with what score, and what was new in that."
MORE = (
    "The openings are kept in git's own folder, where neither checkout nor DVC takes them back, and on the reference "
    "refs/holdout/openings, which --share pushes and fetches; reports/ledger.jsonl is a copy to "
    "commit. See docs/looks.md."
)


def standing(paper: Certificate, metrics: dict[str, Any]) -> Standing:
    """What the openings say of the score in ``metrics`` of the model of the certificate; opens nothing."""
    known = gathered.gather()
    model = {"model_sha256": paper["model_sha256"], "recipe": recipe(paper)}
    found = judge(model, metrics["test_sha256"], metrics["n"], known.entries, _prints(known.entries))
    return replace(found, faults=tuple(known.faults), notes=tuple(known.notes))


def _prints(entries: list[Entry]) -> dict[str, Fingerprint]:
    """The fingerprints of test sets, by the SHA-256 of these."""
    described = {entry["test_sha256"]: entry for entry in entries if {"rows", "columns", "n"} <= entry.keys()}
    data = gathered.kept_rows(entry["rows"] for entry in described.values())
    return {
        name: fingerprints.from_bytes(data[entry["rows"]], tuple(entry["columns"]), entry["n"])
        for name, entry in described.items()
        if entry["rows"] in data
    }


def main() -> None:
    parser = argparse.ArgumentParser("python -m pipeline.sealing.ledger", description=ABOUT, epilog=MORE)
    parser.add_argument("--share", metavar="REMOTE", help="first fetch the openings of others, join them, push all")
    parser.add_argument("--join", action="store_true", help="first join what was fetched, and put back what is missing")
    parser.add_argument("--json", action="store_true", help="print the openings as lines of JSON, and nothing else")
    wishes = parser.parse_args()
    if wishes.share:
        share(wishes.share)
    elif wishes.join:
        join()
    known = gathered.gather()
    if wishes.json:
        for entry in known.entries:
            say(json.dumps(entry, sort_keys=True))
        return
    if known.entries:
        show(table_of(known.entries, _prints(known.entries)))
    opened = len(known.entries)
    say(
        f"{opened} opening{'s' if opened != 1 else ''} of test sets known here"
        if opened
        else "no test set was opened yet"
    )
    for sentence in (*known.faults, *known.notes):
        say(f"note: {sentence}")


if __name__ == "__main__":
    run_stage(main)
