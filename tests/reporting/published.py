"""A small project folder as the stages would have published it, without training anything."""

import itertools
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from pipeline.data.card import Card
from pipeline.feed.inputs import Inputs
from pipeline.feed.preprocessing import Affine
from pipeline.feed.rows import Rows
from pipeline.feed.schema import Schema
from pipeline.nn.network import Architecture
from pipeline.storage import digests, documents
from pipeline.storage.audits import BASELINES, DATA_CHECKS, write_baselines, write_checks
from pipeline.storage.dealt import Deal, seal_of
from pipeline.storage.models import write_model
from pipeline.storage.parts import write_split
from pipeline.storage.places import PREPARED, SEALED_TEST, SPLIT
from pipeline.storage.prepared import write_prepared
from pipeline.storage.sealed import write_sealed_test
from pipeline.training.model import Model
from pipeline.trials.folder import hashes

ROOT = Path(__file__).parents[2]
FEATURES, ROWS = 3, {"train": 20, "validation": 40, "test": 12}
# task -> labels, targets, the metric that trials are scored by; "targets" stands for a regression of several numbers.
TASKS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "classification": (("a", "b, or B"), ("kind",), "error"),
    "regression": ((), ("kind",), "mse"),
    "targets": ((), ("width, <mm>", "mass"), "relative_mse"),
    "multilabel": (("new", 'so "called"', "old"), ("new", 'so "called"', "old"), "error"),
}


def schema_of(task: str) -> Schema:
    classes, targets, _ = TASKS[task]
    return Schema("regression" if task == "targets" else task, ("x", "y", "z"), classes, targets=targets)


def project(folder: Path, *, task: str = "classification") -> Path:
    """Data, split, params.yaml and the repository's own dvc.yaml; no results yet."""
    shutil.copy(ROOT / "dvc.yaml", folder / "dvc.yaml")
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    (folder / "params.yaml").write_text(yaml.safe_dump({**params, "experiments": ["alpha", "beta"]}), encoding="utf-8")
    parts, schema = parts_of(task), schema_of(task)
    arrays = [(name, array) for name in ("train", "validation") for array in ("X", "y")]
    hashes = {f"{name}/{array}": digests.of_array(getattr(parts[name], array)) for name, array in arrays}
    card = Card(
        schema.task,
        schema.features,
        schema.classes,
        None,
        source="toy <set>",
        targets=schema.targets,
        rows=ROWS["train"] + ROWS["validation"],
        hashes=hashes,
        notes=("2 duplicates",),
    )
    deal = Deal((5, 1, 1), 559, True, ROWS["test"], seal_of(parts["test"]))
    write_split(parts["train"], parts["validation"], card, folder / SPLIT, deal)
    write_prepared(parts["train"], card, folder / PREPARED)
    write_sealed_test(parts["test"], folder / SEALED_TEST)
    return folder


def parts_of(task: str) -> dict[str, Rows]:
    """The same rows each time."""
    rng = np.random.default_rng(11)
    return {name: part(rng, rows, task) for name, rows in ROWS.items()}


def part(rng: np.random.Generator, rows: int, task: str) -> Rows:
    X = rng.normal(size=(rows, FEATURES))
    y = {
        "classification": (X[:, 0] > 0).astype(np.int64),
        "regression": X[:, 0] * 3,
        "targets": X[:, :2] * [3, 1000],
        "multilabel": (X > 0).astype(np.int64),
    }
    return Rows(X, y[task], origin=np.arange(rows))


def model(seed: int, *, task: str = "classification") -> Model:
    rng, schema = np.random.default_rng(seed), schema_of(task)
    outputs, heads = schema.outputs, {"regression": ("identity", "squared_error")}
    heads |= {"classification": ("softmax", "cross_entropy"), "multilabel": ("logistic", "binary_cross_entropy")}
    output, loss = heads[schema.task]
    sizes = (FEATURES, 4, outputs)
    weights = [rng.normal(size=(units, before + 1)) for before, units in itertools.pairwise(sizes)]
    scale = Affine(np.zeros(outputs), np.ones(outputs)) if schema.task == "regression" else None
    spread = np.array([3.0, 1000.0]) if task == "targets" else None
    inputs = Inputs(Affine(np.zeros(FEATURES), np.ones(FEATURES)))
    return Model(Architecture(sizes, ("tanh", output), loss), weights, inputs, scale, schema, spread=spread)


def scoring(seed: int, score: float, *, task: str = "classification") -> Model:
    """A network that scores about ``score`` on the validation rows: it passes x, y and z on, and adds a little."""
    rows, made = parts_of(task)["validation"], model(seed, task=task)
    outputs, units = made.schema.outputs, np.random.default_rng(seed).normal(size=(1, FEATURES + 1))
    hidden = np.vstack([np.eye(FEATURES, FEATURES + 1, 1), units])
    factors = {"regression": [3], "targets": [3, 1000]}.get(task)
    last = np.zeros((outputs, 5))
    if factors:
        for j, factor in enumerate(factors):
            last[j, [0, 1 + j]] = factor * np.sqrt(score), factor
        last[:, 0] /= 3 if task == "regression" else 1
    elif task == "classification":
        last[1, [0, 1]] = _border(rows.X[:, 0], round(score * len(rows)))
    else:
        wrong = round(score * len(rows) * outputs)
        for j in range(outputs):
            last[j, [0, 1 + j]] = _border(rows.X[:, j], wrong // outputs + (j < wrong % outputs))
    sizes, (_, *ends) = (FEATURES, 4, outputs), made.architecture.activations
    return replace(
        made, architecture=Architecture(sizes, ("identity", *ends), made.architecture.loss), weights=[hidden, last]
    )


def _border(x: np.ndarray, wrong: int) -> tuple[float, float]:
    """Bias and weight of an output that takes so many of the rows x > 0 for the others, or more of them."""
    right = np.sort(x[x > 0])
    if wrong <= len(right):
        return -float(right[wrong - 1] + 1e-6) if wrong else 0.0, 1.0
    kept = len(x) - wrong  # all wrong but these
    return float(right[kept - 1] + 1e-6) if kept else 0.0, -1.0


def trial(
    folder: Path,
    experiment: str,
    key: str,
    score: float | None,
    *,
    status: str = "finished",
    parameters: int = 26,
    task: str = "classification",
) -> Path:
    """Publish one trial in ``experiment`` and add it to its table."""
    place = folder / "experiments" / experiment / "results" / "trials" / key
    place.mkdir(parents=True)
    name = TASKS[task][2]
    rate = 0.1 * (1 + int(key[-1], 16))
    settings = {"network": {"hidden": [4]}, "optimizer": {"learning_rate": rate}, "seed": 1}
    history(place / "history.csv", name, rate)
    if status == "finished":
        write_model(place / "model.npz", scoring(int(key, 16), np.nan_to_num(score or 0.0), task=task))
    facts: dict[str, Any] = {"key": key, "status": status, "score": score, "metric": f"validation/{name}"}
    facts |= {"reason": "" if status == "finished" else "loss is nan", "best_epoch": 2, "epochs": 3}
    facts |= {"stopped_by": "epochs", "parameters": parameters, "metrics": {f"validation/{name}": score}}
    documents.write_json(place / "settings.json", settings)
    facts |= hashes(place)
    documents.write_json(place / "summary.json", facts)
    table = place.parents[1] / "trials.csv"
    before = table.read_text(encoding="utf-8") if table.exists() else "key,status\n"
    table.write_text(f"{before}{key},{status}\n", encoding="utf-8")
    return place


def history(path: Path, name: str, rate: float) -> None:
    names = [f"{part}/{metric}" for part in ("train", "validation") for metric in ("loss", name)]
    lines = [f"{epoch}," + ",".join(str(rate / epoch + i / 10) for i in range(4)) for epoch in (1, 2, 3)]
    path.write_text("\n".join([",".join(["epoch", *names]), *lines, ""]), encoding="utf-8")


def complete(folder: Path, *, task: str = "classification") -> Path:
    """A project with two experiments: a2 is the best, a9 failed, and b1 is a2's equal with more weights."""
    project(folder, task=task)
    trial(folder, "alpha", "a1", 0.25, task=task)
    trial(folder, "alpha", "a2", 0.125, task=task)
    trial(folder, "alpha", "a9", None, status="diverged", task=task)
    trial(folder, "beta", "b1", 0.125, parameters=99, task=task)
    audited(folder, task)
    return folder


def audited(folder: Path, task: str) -> None:
    """What check and baselines have written: nothing is wrong, and the network is better than one answer for all."""
    write_checks({"findings": [], "unused": []}, folder / DATA_CHECKS)
    metric = f"validation/{TASKS[task][2]}"
    pair = {"difference": -0.3, "p": 0.001, "interval": None, "sure": True}
    rule = {"kind": "constant", "name": "one answer", "score": 0.5, "skipped": "", "paired": pair}
    facts = {"metric": metric, "rows": ROWS["validation"], "rules": [rule], "network": 0.2, "note": ""}
    write_baselines({**facts, "findings": []}, folder / BASELINES)
