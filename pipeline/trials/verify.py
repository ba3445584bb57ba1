"""Trains the selected trial again, from nothing, and compares the weights bit for bit."""

import dataclasses
import hashlib
import io
import time
from typing import Any

import numpy as np
from omegaconf import OmegaConf

from pipeline.configuration.settings import from_config, resolve
from pipeline.errors import HoldoutError
from pipeline.storage import digests, documents
from pipeline.storage.places import SELECTED
from pipeline.training.validation import validate
from pipeline.trials.keys import trial_key
from pipeline.trials.refitting import refit_of
from pipeline.trials.trial import open_split


@dataclasses.dataclass(frozen=True)
class Verified:
    """What came of a second training: the trial's key, the SHA-256 of its model.npz, and seconds."""

    key: str
    sha256: str
    seconds: float


def verify() -> Verified:
    """Retrain the trial in models/selected.

    Raises:
        HoldoutError: other weights came out, or no trial is selected; says what has changed since.
    """
    summary, stored = (documents.read_json(SELECTED / name) for name in ("summary.json", "settings.json"))
    data = open_split()
    settings = resolve(from_config(OmegaConf.create(stored)), data.card)
    start = time.monotonic()
    outcome = validate(settings, data.train, data.validation, data.card)
    if outcome.model is not None and (refit := documents.read_object(SELECTED / "certificate.json").get("refit")):
        outcome = refit_of(outcome.model, settings, data, refit["epochs"])
    if outcome.model is None:
        raise HoldoutError(f"{summary['key']} was selected, but trained again it {outcome.status}: {outcome.reason}")
    found, expected = _sha256(outcome.model.to_arrays()), digests.of_file(SELECTED / "model.npz")
    if found != expected:
        now = trial_key(settings, data)
        cause = (
            "its key is the same, so the weights in models/selected are not what it trained"
            if now == summary["key"]
            else f"code, data or libraries have changed since: its key would now be {now}"
        )
        raise HoldoutError(
            f"{summary['key']} trained again gives weights {found[:12]}, selected {expected[:12]}: {cause}"
        )
    return Verified(summary["key"], found, time.monotonic() - start)


def _sha256(arrays: dict[str, Any]) -> str:
    """Of the bytes that ``write_model`` would write."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return hashlib.sha256(stream.getvalue()).hexdigest()
