"""What a run lacks, logged in few calls."""

import math
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, RunTag

from pipeline.tracking.described import Point
from pipeline.tracking.names import text_of

METRICS, PARAMS = 800, 100  # per call; MLflow's limit is 1000 for all, tags too
LONGEST = 6000  # characters of a parameter
Latest = dict[str, tuple[int, float]]  # step and value of each metric's latest point


def log(
    client: MlflowClient,
    run: Run,
    points: Sequence[Point] = (),
    tags: dict[str, str] | None = None,
    settings: dict[str, Any] | None = None,
    latest: Latest | None = None,
) -> None:
    """Log what the run lacks; MLflow writes a call's tags last, and they may say that all is there.

    What was logged is added to what ``run`` says of its tags and params, and to ``latest``.
    """
    latest = latest_of(run) if latest is None else latest
    named = {name: text_of(value)[:LONGEST] for name, value in (settings or {}).items()}
    params = [Param(name, value) for name, value in named.items() if name not in run.data.params]
    changed = [RunTag(name, value) for name, value in (tags or {}).items() if run.data.tags.get(name) != value]
    new = [point for point in points if _new(point, latest)]
    calls = list(zip_longest(_parts(params, PARAMS), _parts(new, METRICS), fillvalue=()))
    if not calls and changed:
        calls = [((), ())]
    for place, (some_params, some_points) in enumerate(calls, start=1):
        last = changed if place == len(calls) else []
        # The latest first: of each metric MLflow then notes only one point as the latest, not one after the other.
        metrics = [Metric(*point) for point in reversed(some_points)]
        client.log_batch(run.info.run_id, metrics=metrics, params=some_params, tags=last)
        run.data.params.update({one.key: one.value for one in some_params})
        run.data.tags.update({one.key: one.value for one in last})
        latest.update({point.name: (point.step, point.value) for point in some_points})


def latest_of(run: Run) -> Latest:
    """The latest point of each metric, as MLflow has it."""
    return {metric.key: (metric.step, metric.value) for metric in run.data.to_proto().metrics}


def _parts(values: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def _new(point: Point, latest: Latest) -> bool:
    """Whether the point is later than the run's latest, or differs from it.

    A trial that starts again gives the same bits, so it goes on from the last epoch that MLflow has.
    """
    step, value = latest.get(point.name, (-1, 0.0))
    same = point.value == value or (math.isnan(point.value) and math.isnan(value))
    return point.step > step or (point.step == step and not same)
