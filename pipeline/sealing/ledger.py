"""The ledger of openings: written by evaluate, before its score is; read by the report and by ``python -m`` this."""

import argparse
import datetime
import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
from filelock import FileLock

from pipeline.console import run_stage, say, show
from pipeline.data.card import Card
from pipeline.errors import HoldoutError
from pipeline.sealing import fingerprints, gathered, witness
from pipeline.sealing.certificate import Certificate
from pipeline.sealing.code import code_hash, hash_of
from pipeline.sealing.confine import OFF, held
from pipeline.sealing.fingerprints import Fingerprint
from pipeline.sealing.listing import table_of
from pipeline.sealing.openings import REFERENCE, Entry
from pipeline.sealing.sharing import share
from pipeline.sealing.standing import Standing, judge
from pipeline.storage import documents
from pipeline.storage.places import SELECTED

ENGINE = ("pipeline/feed", "pipeline/nn", "pipeline/training")  # the code that decides the numbers
LOCK = "ledger.lock"
ABOUT = "List every opening of a test set: when, which model, on which rows, with what score, and what was new in that."
MORE = (
    "The openings are kept in git's own folder, where neither checkout nor DVC takes them back, and on the reference "
    "refs/holdout/openings, which --share pushes and fetches; reports/ledger.jsonl is a copy to "
    "commit. See docs/looks.md."
)
SHARED = ("metric", "test_sha256", "n")


def git_commit() -> str | None:
    """The commit of the work tree, with ``-dirty`` if it has changes; None outside a repository."""
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None if found.returncode == 0 else None


def prepare() -> None:
    """Make the folders that a confined evaluate writes in, and read all witnesses once.

    Raises:
        HoldoutError: one of them can't be read; better known before the test set is opened than after.
    """
    witness.home()
    directory = gathered.repository()
    if directory is not None:
        (directory / REFERENCE).parent.mkdir(parents=True, exist_ok=True)
    gathered.gather()


def record(paper: Certificate, X: np.ndarray, card: Card, scores: dict[str, Any]) -> None:
    """Record that test rows X (rows, features) were opened for the model of the certificate, and what it scored.

    It is on the disk when this returns; where git refuses it, in the chained file alone, which is said on the terminal.

    Args:
        scores: as evaluate writes them: ``metric``, its value, ``n``, ``test_sha256``.
    """
    taken = fingerprints.take(X, card)
    entry = {
        **{name: scores[name] for name in SHARED},
        **{"score": scores[scores["metric"]], "model_sha256": paper["model_sha256"]},
        **{"key": paper["chosen"], "experiment": paper["experiment"], "recipe": recipe(paper)},
        **{"code": code_hash("evaluate"), "source": card.source},
        "columns": list(taken.columns),
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        "commit": git_commit(),
        "confinement": confinement.kind if (confinement := held()) else OFF,
    }
    with FileLock(witness.home() / LOCK):
        entry["rows"] = gathered.keep_rows(taken.to_bytes())
        witness.append(witness.home() / gathered.CHAIN, entry)
        trouble = gathered.settle()
    if trouble:
        print(f"note: {trouble}; the opening is in {witness.home() / gathered.CHAIN}", file=sys.stderr)


def recipe(paper: Certificate) -> str:
    """SHA-256 of what the selected network comes from: another processor's last bits are not in it."""
    settings = documents.read_json(SELECTED / "settings.json")
    facts = {"settings": settings, "split": paper["split"], "refit": bool(paper.get("refit"))}
    return witness.digest({**facts, "engine": hash_of(ENGINE)})


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
    elif wishes.join and (trouble := gathered.settle()):
        raise HoldoutError(trouble)
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
