"""The notes' claims in MLflow: one run for each, in an experiment of their own, ``<project> claims``.

Reads claims/results and the pages that ``python -m pipeline.claims`` has written. A claim that was computed anew gets
a new run, and its older ones are marked as stale.
"""

import argparse
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.configuration.project import read_project_name
from pipeline.console import run_stage, say
from pipeline.storage.documents import read_object
from pipeline.storage.places import EXPERIMENTS
from pipeline.tracking.address import place
from pipeline.tracking.child import OFF
from pipeline.tracking.described import Point, now
from pipeline.tracking.failures import in_one_line, quiet
from pipeline.tracking.names import metric_name

RESULTS = Path("claims/results")
CLAIM, KEY, STALE = "holdout.claim", "holdout.key", "holdout.stale"  # tags
MOST = 5000  # points of a claim; what is longer leaves out later curves


def main() -> None:
    argparse.ArgumentParser(prog="python -m pipeline.tracking.laboratory", description=__doc__).parse_args()
    if os.environ.get("HOLDOUT_TRACKING", "on").lower() in OFF:
        return
    quiet()
    with in_one_line():
        written, name = show_claims(), experiment_name()
    say(f"{written} of {len(records())} claims are new in {place()}, experiment {name!r}")


def experiment_name() -> str:
    return f"{read_project_name()} claims"


def records() -> list[dict[str, Any]]:
    """What is kept of each claim, by name."""
    return [found for path in sorted(RESULTS.glob("*.json")) if "claim" in (found := read_object(path))]


def show_claims() -> int:
    """Write a run for each claim that has none of these very results; returns how many."""
    from pipeline.tracking import database, destination

    with database.exclusive(), destination.client_opened() as client:
        name = experiment_name()
        experiment = client.get_experiment_by_name(name)
        key = experiment.experiment_id if experiment else client.create_experiment(name, destination.artifacts())
        there = client.search_runs([key], max_results=1000)
        return sum(_show(client, key, record, there) for record in records())


def _show(client: Any, experiment: str, record: dict[str, Any], there: Any) -> bool:
    from pipeline.tracking.given_files import log_files
    from pipeline.tracking.logged import log

    digest = hashlib.sha256(repr(record).encode()).hexdigest()[:16]
    mine = [run for run in there if run.data.tags.get(CLAIM) == record["claim"]]
    if any(run.data.tags.get(KEY) == digest and run.info.status == "FINISHED" for run in mine):
        return False
    for run in mine:
        log(client, run, tags={STALE: "true"})
    start, tags = now(), {CLAIM: record["claim"], STALE: "false", "mlflow.source.name": "holdout"}
    title = f"{record['number']} {record['claim']}"
    run = client.create_run(experiment, start_time=start, tags=tags, run_name=title)
    page, figure = (EXPERIMENTS / record["claim"] / name for name in ("README.md", "figure.svg"))
    if figure.exists():
        log_files(client, run, figure)
    note = page.read_text(encoding="utf-8") if page.exists() else record["numbers"]
    facts = {KEY: digest, "verdict": record["outcome"], "numbers": record["numbers"], "mlflow.note.content": note}
    log(client, run, list(points(record["results"], start))[:MOST], facts, record["settings"])
    client.set_terminated(run.info.run_id, "FINISHED")
    return True


def points(results: dict[str, Any], moment: int) -> Iterator[Point]:
    """Numbers by their path in the results; a list's along its places, of lists in it one for each seed."""
    for name, value in results.items():
        yield from _points(name, value, moment)


def _points(name: str, value: Any, moment: int) -> Iterator[Point]:
    if isinstance(value, dict):
        for inner, one in value.items():
            yield from _points(f"{name}/{inner}", one, moment)
    elif isinstance(value, list) and any(isinstance(one, list | dict) for one in value):
        for number, one in enumerate(value, start=1):
            yield from _points(f"{name}/{number}", one, moment)
    elif isinstance(value, list):
        numbers = [one for one in value if isinstance(one, int | float)]
        yield from (Point(metric_name(name), float(one), moment, step) for step, one in enumerate(numbers, start=1))
    elif isinstance(value, int | float):
        yield Point(metric_name(name), float(value), moment, 0)


if __name__ == "__main__":
    run_stage(main)
