"""What goes on inside each layer, once an epoch, on a few training rows: cheap enough to be always on (notes §4).

The columns of ``history.csv`` are ``layer1/gradient_norm`` and so on, the input side first.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.arithmetic.totals import mean
from pipeline.nn.activations import parse
from pipeline.nn.network import Architecture
from pipeline.training.examples import Examples
from pipeline.training.readout import probed

Array = np.ndarray
PROBE = 32  # rows
SATURATED = 0.05  # of the largest slope


def slope_share(name: str, y: Array) -> Array:
    """φ′(v) by y = φ(v), as a share of its largest value; 1 everywhere for units that don't saturate.

    Of all that do, φ′ can be had from y.
    """
    activation, slope = parse(name), np.ones_like(y)
    if not activation.steepest:
        return slope
    activation.backward(slope, np.empty_like(y), y)
    return slope / activation.steepest


class Diagnostics:
    """Measures one network.

    Args:
        weights: trained in place by others.
        examples, d: training rows and their desired outputs; the first ``PROBE`` of them are looked at.
        importance: (rows,) factors of the examples in E; None for equal ones.
    """

    def __init__(
        self,
        architecture: Architecture,
        weights: Sequence[Array],
        examples: Examples,
        d: Array,
        importance: Array | None = None,
    ) -> None:
        self._architecture, self._weights = architecture, weights
        count = min(PROBE, examples.rows)
        self._x, self._d = np.array(examples.part(slice(0, count))), d[:count]
        some = None if importance is None else importance[:count]
        self._importance = None if some is None else (some / mean(some)).astype(some.dtype)
        self._before = [w.copy(order="K") for w in weights]

    def measure(self) -> dict[str, float]:
        """Per layer: norm of ∂E/∂W, mean |δ|, share of saturated units, norm of W, and its change since last time.

        ``update_ratio`` is ‖W − W before‖ / ‖W before‖, over all updates since the last call: one epoch's.
        """
        from pipeline.arithmetic.norms import norm  # Numba: see training.make_engine

        inside = probed(self._architecture, self._weights, self._x, self._d, self._importance)
        found: dict[str, float] = {}
        for layer, (w, before) in enumerate(zip(self._weights, self._before, strict=True)):
            length = norm(before)
            before -= w
            flat = slope_share(self._architecture.activations[layer], inside.outputs[layer]) < SATURATED
            found |= {
                f"layer{layer + 1}/gradient_norm": norm(inside.slopes[layer]),
                f"layer{layer + 1}/mean_delta": float(mean(np.abs(inside.deltas[layer]).ravel())),
                f"layer{layer + 1}/saturated": float(mean(mean(flat, self._importance))),
                f"layer{layer + 1}/update_ratio": norm(before) / length if length else 0.0,
                f"layer{layer + 1}/weight_norm": norm(w),
            }
            before[...] = w
        return found
