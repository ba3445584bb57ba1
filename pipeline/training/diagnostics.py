"""What goes on inside each layer, once an epoch, on a few training rows: cheap enough to be always on (notes §4).

The columns of ``history.csv`` are ``layer1/gradient_norm`` and so on, the input side first.
"""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import blas

from pipeline.nn.activations import parse
from pipeline.nn.network import Architecture, Workspace, backward, factors, forward, gradients
from pipeline.training.examples import Examples

Array = np.ndarray
PROBE = 32  # rows
SATURATED = 0.05  # of the largest slope
_NRM2 = {np.dtype(np.float32): blas.snrm2, np.dtype(np.float64): blas.dnrm2}


def slope_share(name: str, v: Array) -> Array:
    """φ′(v) as a share of its largest value, for saturation; 1 everywhere for units that don't saturate."""
    activation = parse(name)
    if not activation.steepest:
        return np.ones_like(v)
    y, slope = np.empty_like(v), np.ones_like(v)
    activation.forward(v.copy(), y)
    activation.backward(slope, v.copy(), y)
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
        self._importance = None if some is None else some / some.mean()
        self._space = Workspace(architecture, count, examples.dtype)
        self._before = [w.copy(order="K") for w in weights]

    def measure(self) -> dict[str, float]:
        """Per layer: norm of ∂E/∂W, mean |δ|, share of saturated units, norm of W, and its change since last time.

        ``update_ratio`` is ‖W − W before‖ / ‖W before‖, over all updates since the last call: one epoch's.
        """
        space = self._space
        found: dict[str, float] = {}
        forward(self._architecture, self._weights, self._x, space)
        fields = [v.copy() for v in space.v]
        backward(self._architecture, self._weights, self._d, space)
        if self._importance is not None:
            for delta in space.delta:  # each is linear in δ_L
                delta *= self._importance[:, None]
        slopes = gradients(factors(self._x, space))
        for layer, (w, before) in enumerate(zip(self._weights, self._before, strict=True)):
            norm = _norm(before)
            before -= w
            flat = slope_share(self._architecture.activations[layer], fields[layer]) < SATURATED
            found |= {
                f"layer{layer + 1}/gradient_norm": _norm(slopes[layer]),
                f"layer{layer + 1}/mean_delta": float(np.abs(space.delta[layer]).mean()),
                f"layer{layer + 1}/saturated": float(np.average(flat, axis=0, weights=self._importance).mean()),
                f"layer{layer + 1}/update_ratio": _norm(before) / norm if norm else 0.0,
                f"layer{layer + 1}/weight_norm": _norm(w),
            }
            before[...] = w
        return found


def _norm(array: Array) -> float:
    """Euclidean norm of a matrix that lies in one piece; BLAS's, which neither overflows nor loses digits."""
    return float(_NRM2[array.dtype](array.ravel(order="K")))
