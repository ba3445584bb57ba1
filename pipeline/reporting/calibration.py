"""Whether a network is right as often as it says: the share of right rows by its probability for them."""

from typing import Any

import numpy as np

from pipeline.arithmetic.totals import mean
from pipeline.feed.schema import CLASSIFICATION
from pipeline.training.model import Model

BINS = 10
LEAST = 10  # rows in a bin


def calibration(model: Model, z: np.ndarray, y: np.ndarray) -> dict[str, Any] | None:
    """By the readout z (rows, m_L) and class indices y (rows,); None without probabilities, or with too few rows.

    The rows are put in the order of the probability of the class that each was taken for, and cut into up to ten bins
    of equally many. ``expected_error`` is the mean over the rows of |share right − mean probability| of their bin
    (expected calibration error: Naeini et al. 2015).
    """
    count = min(BINS, len(y) // LEAST)
    if model.schema.task != CLASSIFICATION or not model.architecture.loss.endswith("cross_entropy") or count < 2:
        return None
    from pipeline.arithmetic.elementwise import exp  # Numba: see training.make_engine

    found = model.decode(z)
    said = exp(model.log_probabilities(z))[np.arange(len(y)), found]
    return binned(said, found == y, count)


def binned(said: np.ndarray, right: np.ndarray, count: int) -> dict[str, Any]:
    """``count`` bins of equally many rows, by the probabilities said (rows,) and what was right (rows,)."""
    order = np.argsort(said, kind="stable")
    parts = [part for part in np.array_split(order, count) if len(part)]
    bins = [(len(part), float(mean(said[part])), float(mean(right[part]))) for part in parts]
    error = sum(rows * abs(share - told) for rows, told, share in bins) / len(order)
    facts = [{"rows": rows, "said": round(told, 6), "right": round(share, 6)} for rows, told, share in bins]
    return {"bins": facts, "expected_error": round(error, 6)}
