"""The key of a trial: a hash of everything that decides its result, and of nothing else."""

import dataclasses
import functools
import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pipeline
from pipeline.feed.schema import Schema
from pipeline.storage.parts import OpenData
from pipeline.training.hyperparameters import Hyperparameters

PACKAGE = Path(pipeline.__file__).parent
# The rooms that decide the numbers; they import no others. Stages, tracking and reports may change without retraining.
ENGINE = ("arithmetic", "feed", "nn", "training")
LIBRARIES = ("numba", "numpy", "scipy")


@functools.cache
def engine_hash() -> str:
    """SHA-256 of the source of the engine, as it is when this process first asks."""
    return source_hash(PACKAGE)


def source_hash(package: Path) -> str:
    """SHA-256 of the source files in a package's rooms of the engine, by name and content."""
    digest = hashlib.sha256()
    for path in sorted(path for room in ENGINE for path in (package / room).rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def origin(data: OpenData) -> dict[str, Any]:
    """What decides a trial's result beside its settings, the same on every processor: data, engine and libraries.

    The names of classes and features count, and the shape of images: they are saved with the weights.
    """
    card = data.card
    known = {field.name: getattr(card, field.name) for field in dataclasses.fields(Schema)}
    return {
        "data": {**data.digests, **known},
        "engine": engine_hash(),
        **_versions(),
    }


def trial_key(settings: Hyperparameters, data: OpenData) -> str:
    """Sixteen hex digits for these settings on these rows, the same on every processor."""
    return _digest({"settings": dataclasses.asdict(settings), **origin(data)})[:16]


def noted(data: OpenData) -> dict[str, str]:
    """``origin``, short enough to be kept with a trial and compared: hashes of what is long."""
    found = origin(data)
    digests = {f"data {name}": str(digest) for name, digest in data.digests.items()}
    columns = {name: value for name, value in found.pop("data").items() if name not in data.digests}
    words = {name: value if isinstance(value, str) else ", ".join(value) for name, value in found.items()}
    return {**digests, "data columns": _digest(columns), **words}


def _digest(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@functools.cache
def _versions() -> dict[str, str]:
    return {name: version(name) for name in LIBRARIES}
