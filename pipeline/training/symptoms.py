"""Why a training comes to nothing, told after its first epoch: units that are saturated, weights that can't move."""

import warnings
from collections.abc import Mapping

from pipeline.errors import Note

MOST = 0.9  # of a layer's units and rows; more of them saturated leaves hardly any gradient


class Symptom(Note):
    """What a training that goes on suffers from."""


def tell(record: Mapping[str, float]) -> None:
    """Warn of what the first epoch's record shows of its layers."""
    layer = 1
    while (name := f"layer{layer}/saturated") in record:
        if record[name] > MOST:
            _warn(
                f"layer {layer}: {record[name]:.0%} of its units are saturated after the first epoch (φ′ below 5 % of "
                "its largest), so they hardly learn: smaller inputs (preprocessing) or weights (initializer) may help"
            )
        elif not record[f"layer{layer}/gradient_norm"] and not record[f"layer{layer}/weight_norm"]:
            _warn(
                f"layer {layer}: its weights are 0 after the first epoch, and can't move, for ∂E/∂W is 0 too: choose "
                "other initial weights (initializer=fan_in)"
            )
        layer += 1


def _warn(text: str) -> None:
    warnings.warn(text, Symptom, stacklevel=4)
