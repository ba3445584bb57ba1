"""A trial store as training and the stages leave it: two sweeps of three trials, small and made up."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from pipeline.feed.inputs import Inputs, Preprocessing, fit_inputs
from pipeline.feed.preprocessing import Affine
from pipeline.feed.schema import KINDS, Schema
from pipeline.nn.network import Architecture
from pipeline.storage.digests import of_file as file_digest
from pipeline.storage.models import write_model
from pipeline.training.model import Model

HASHES = {"train/X": "aa", "validation/X": "bb"}
FEATURES, CLASSES = 3, ("no", "yes")
HEADER = "epoch,train/loss,train/error,validation/loss,validation/error\n"
DEAD = {"pid": 2**22 + 1, "process_start": 1.0}


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def line(epoch: int) -> str:
    return f"{epoch},{1 / (epoch + 1)},{0.5 / (epoch + 1)},{1.1 / (epoch + 1)},{0.6 / (epoch + 1)}\n"


def settings(rate: float, hidden: int, momentum: float = 0.0) -> dict[str, Any]:
    optimizer = {"name": "descent", "learning_rate": rate, "momentum": momentum, "batch_size": 10}
    return {"network": {"hidden": [hidden], "activation": "lecun_tanh"}, "optimizer": optimizer, "seed": 1}


def run_facts(**other: Any) -> dict[str, Any]:
    process = psutil.Process()
    mine = {"host": socket.gethostname(), "pid": os.getpid(), "process_start": process.create_time()}
    return {**mine, "started": "2026-01-01T10:00:00.000+00:00", "finished": None, **other}


def record(experiment: str, key: str, job: int, sweep: str = "first") -> None:
    path = Path(".trials/sweeps") / experiment / f"{key}.json"
    write(path, {"experiment": experiment, "key": key, "job": job, "overrides": {}, "sweep": sweep})


def model(shift: float = 0.0) -> Model:
    weights = [np.array([[0.1 + shift, 1, -1, 0.5], [0.2, -1, 1, 0.25]], np.float32)]
    unscaled = Inputs(Affine(np.zeros(FEATURES), np.ones(FEATURES)))
    architecture = Architecture((FEATURES, 2), ("softmax",), "cross_entropy")
    return Model(architecture, weights, unscaled, None, Schema("classification", ("a", "b", "c"), CLASSES))


def running_trial(key: str, epochs: int, values: dict[str, Any] | None = None, **run: Any) -> Path:
    folder = Path(".trials/running") / key
    write(folder / "settings.json", values or settings(0.1, 30))
    write(folder / "run.json", run_facts(**run))
    (folder / "history.csv").write_text(HEADER + "".join(map(line, range(epochs))), encoding="utf-8")
    return folder


def finished_trial(key: str, values: dict[str, Any], score: float | None, status: str = "finished") -> Path:
    folder = Path(".trials") / key
    write(folder / "settings.json", values)
    write(folder / "run.json", run_facts(finished="2026-01-01T10:00:10.000+00:00"))
    (folder / "history.csv").write_text(HEADER + "".join(map(line, range(5))), encoding="utf-8")
    if score is not None:
        write_model(folder / "model.npz", model())
    write(folder / "summary.json", summary(key, score, status))
    return folder


def summary(key: str, score: float | None, status: str) -> dict[str, Any]:
    reason = "" if status == "finished" else "the loss is not finite at epoch 4"
    metrics = {} if score is None else {"train/error": 0.01, "validation/error": score, "validation/loss": 0.2}
    facts = {"key": key, "status": status, "reason": reason, "score": score, "metric": "validation/error"}
    facts |= {"best_epoch": 4, "epochs": 5, "stopped_by": "epochs", "parameters": 8, "metrics": metrics}
    return facts | dict.fromkeys(("model_sha256", "history_sha256", "settings_sha256", "errors_sha256"), "0" * 64)


def table_model() -> Model:
    """Of a table with a column of every kind, gaps among them: x, color (1, 2, red), wet (false, true), when."""
    levels = ((), ("1", "2", "red"), ("false", "true"), ())
    schema = Schema(
        "classification", ("x", "color", "wet", "when"), CLASSES, None, KINDS, levels, targets=("t",)
    )  # fmt: skip
    rng = np.random.default_rng(559)
    X = np.column_stack([rng.normal(size=60), rng.integers(0, 3, 60), rng.integers(0, 2, 60), rng.uniform(0, 2e9, 60)])
    X[:4, :] = np.where(np.eye(4, dtype=bool), np.nan, X[:4])
    inputs = fit_inputs(Preprocessing("robust"), X, schema)
    weights = [rng.normal(size=(2, inputs.width + 1)).astype(np.float32)]
    return Model(Architecture((inputs.width, 2), ("softmax",), "cross_entropy"), weights, inputs, None, schema)


def select(shift: float = 0.0, selected: Model | None = None, key: str = "a1") -> str:
    """Write models/selected; returns the SHA-256 of its weights."""
    folder = Path("models/selected")
    write(folder / "settings.json", settings(0.1, 30))
    write(folder / "summary.json", summary(key, 0.05, "finished"))
    write_model(folder / "model.npz", selected or model(shift))
    sha256 = file_digest(folder / "model.npz")
    facts = {"rule": "best validation score", "experiment": "baseline", "chosen": key}
    write(folder / "certificate.json", {**facts, "model_sha256": sha256, "split": HASHES})
    return sha256


def card(source: str = "toy", **other: Any) -> None:
    facts = {"source": source, "targets": ["t"], "features": ["a", "b", "c"], "hashes": HASHES, **other}
    write(Path("data/split/card.json"), facts)


def make_a_project() -> None:
    """What makes a folder a project, in the current one."""
    for name in ("params.yaml", "dvc.yaml"):
        if not Path(name).exists():
            Path(name).write_text("{}\n")


def make_store() -> None:
    """Two sweeps of three trials in the current folder: all finished but one, which diverged."""
    make_a_project()
    card()
    for job, (rate, hidden, score) in enumerate([(0.1, 30, 0.05), (0.01, 30, 0.08), (0.1, 100, 0.06)]):
        record("baseline", f"a{job}", job)
        finished_trial(f"a{job}", settings(rate, hidden), score)
    for job, (momentum, score) in enumerate([(0.5, 0.04), (0.9, 0.07), (0.999, None)]):
        record("momentum", f"b{job}", job)
        finished_trial(f"b{job}", settings(0.1, 30, momentum), score, "diverged" if score is None else "finished")


def evaluate(error: float = 0.0625) -> None:
    scores = {"test/error": error, "n": 256, "interval": {"low": 0.03, "high": 0.1}}
    weights = Path("models/selected/model.npz")
    sha256 = file_digest(weights) if weights.exists() else select()
    origin = {"experiment": "momentum", "key": "a1", "model_sha256": sha256, "test_sha256": "1" * 64}
    write(Path("reports/metrics.json"), scores)
    write(Path("reports/evaluation.json"), {"metric": "test/error", **origin})
