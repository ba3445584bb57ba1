"""The 10,000 test images of MNIST: a network is scored on them once, and a line in a ledger of their own says so.

They are no part of the pipeline's data. What was scored is read from the ledger the next time, and not scored again.
"""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.claims.full_mnist import TEST_FILES, images
from pipeline.errors import HoldoutError
from pipeline.fields import finite, text, whole, wrong
from pipeline.storage import atomic, digests
from pipeline.training.model import Model

LEDGER = Path("claims/looks.jsonl")
# network: its name; settings, weights: SHA-256; epoch: of these weights; validation: their error on held-out images;
# wrong of rows: on the test images.
FACTS = {
    "network": text,
    "settings": text,
    "weights": text,
    "epoch": whole,
    "validation": finite,
    "rows": whole,
    "wrong": whole,
}
_writing = threading.Lock()


def looks() -> list[dict[str, Any]]:
    """All lines of the ledger, oldest first.

    Raises:
        HoldoutError: one of them is no look.
    """
    if not LEDGER.exists():
        return []
    found = []
    for number, line in enumerate(LEDGER.read_text(encoding="utf-8").splitlines(), 1):
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if fault := wrong(entry, FACTS):
            raise HoldoutError(
                f"{LEDGER}: line {number} is no look at the test images ({fault}): take it back from git"
            )
        found.append(entry)
    return found


def look(network: str, settings: str, folder: str, train: Callable[[], tuple[Model, int, float]]) -> dict[str, Any]:
    """The line of the network with these settings; without one, it is trained and scored, and the line is written.

    Args:
        settings: their SHA-256; folder: of the test images; train: gives the model, its epoch and its validation error.
    """
    known = [line for line in looks() if (line["network"], line["settings"]) == (network, settings)]
    if known:
        return known[0]
    model, epoch, error = train()
    test = images(Path(folder), TEST_FILES)
    if test is None:
        raise HoldoutError(f"{folder}: there is no {' or no '.join(TEST_FILES)}: put the MNIST files there")
    weights = digests.of_array(np.concatenate([np.ascontiguousarray(w).ravel() for w in model.weights]))
    entry = {"network": network, "settings": settings, "weights": weights, "epoch": epoch, "validation": error}
    entry |= {"rows": len(test), "wrong": int(np.sum(model.predict(test.X) != test.y))}
    with _writing:
        old = LEDGER.read_text(encoding="utf-8") if LEDGER.exists() else ""
        with atomic.replacing(LEDGER) as temporary:
            temporary.write_text(f"{old}{json.dumps(entry)}\n", encoding="utf-8")
    return entry
