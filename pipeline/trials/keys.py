"""The key of a trial: a hash of everything that decides its result, and of nothing else."""

import dataclasses
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


def engine_hash(package: Path = PACKAGE) -> str:
    """SHA-256 of the engine's source files, by name and content."""
    digest = hashlib.sha256()
    for path in sorted(path for room in ENGINE for path in (package / room).rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def trial_key(settings: Hyperparameters, data: OpenData) -> str:
    """Sixteen hex digits for these settings on these rows, the same on every processor.

    The names of classes and features count, and the shape of images: they are saved with the weights.
    """
    card = data.card
    known = {field.name: getattr(card, field.name) for field in dataclasses.fields(Schema)}
    identity: dict[str, Any] = {
        "settings": dataclasses.asdict(settings),
        "data": {**data.digests, **known},
        "engine": engine_hash(),
        **{name: version(name) for name in ("numba", "numpy", "scipy")},
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
