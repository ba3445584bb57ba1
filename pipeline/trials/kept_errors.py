"""What each validation row adds to a trial's score, kept small: how far candidates err alike is measured from it.

A bit per row where rows are right or wrong, else two bytes, as text in JSON.
"""

import base64
from typing import Any

import numpy as np

from pipeline.fields import Kind, one_of, text, whole, wrong

Array = np.ndarray
MOST = 20_000  # of more rows, so many evenly taken ones
BITS, HALVES = "bits", "halves"
FACTS: dict[str, Kind] = {"rows": whole, "as": one_of(BITS, HALVES), "kept": text}
LARGEST = float(np.finfo(np.float16).max)


def packed(errors: Array) -> dict[str, Any]:
    """Errors (rows,), each at least 0, as plain values; equal ones give equal text."""
    some = errors[np.arange(MOST) * len(errors) // MOST] if len(errors) > MOST else errors
    binary = bool(np.isin(some, (0, 1)).all())
    kept = np.packbits(some.astype(bool)) if binary else np.minimum(some, LARGEST).astype("<f2")
    written = base64.b85encode(kept.tobytes()).decode("ascii")
    return {"rows": len(some), "as": BITS if binary else HALVES, "kept": written}


def unpacked(values: Any) -> Array | None:
    """The errors (rows,), rounded, that ``packed`` was given; None if it was given none."""
    if wrong(values, FACTS):
        return None
    try:
        data = np.frombuffer(base64.b85decode(values["kept"]), np.uint8 if values["as"] == BITS else "<f2")
    except ValueError:
        return None
    each = np.unpackbits(data)[: values["rows"]] if values["as"] == BITS else data
    fits = each.shape == (values["rows"],) and bool(np.isfinite(each).all())
    return each.astype(np.float64) if fits else None
