"""The forward and backward pass in the notes' matrix form (§3), on buffers that are allocated once.

Rows are examples: y_l is (..., batch, m_l), and Y_l carries the constant 1 of the biases as its column 0, so that
v_l = Y_{l−1} W_lᵀ. Leading axes hold several networks at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from pipeline.nn.activations import parse
from pipeline.nn.losses import LOSSES
from pipeline.nn.optimizers import Factor

Array = np.ndarray


@dataclass(frozen=True)
class Architecture:
    """Layer sizes (m_0, …, m_L), the activation of each layer 1 … L, and the loss."""

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str

    def __post_init__(self) -> None:
        if len(self.sizes) != len(self.activations) + 1:
            raise ValueError(f"{len(self.sizes)} sizes need {len(self.sizes) - 1} activations, got {self.activations}")

    @property
    def parameters(self) -> int:
        """Number of weights, biases included."""
        return sum(units * (before + 1) for before, units in zip(self.sizes, self.sizes[1:], strict=False))

    @property
    def as_read(self) -> "Architecture":
        """The network whose outputs are the readout: without the link of a cross-entropy, which needs v_L itself."""
        if self.loss == "squared_error":
            return self
        return replace(self, activations=(*self.activations[:-1], "identity"), loss="squared_error")


class Probe(NamedTuple):
    """What a look inside gives of each layer: y_l and δ_l (rows, m_l), and ∂E/∂W_l (m_l, m_{l−1}+1), over some rows."""

    outputs: list[Array]
    deltas: list[Array]
    slopes: list[Array]


class Workspace:
    """Buffers of one batch size: v_l, Y_l (with the 1-column), δ_l, and dropout masks where wanted.

    Args:
        batch: number of rows.
        dropout: share of hidden units to remove; with 0 no masks are kept.
    """

    def __init__(
        self,
        architecture: Architecture,
        batch: int,
        dtype: np.dtype,
        leading: tuple[int, ...] = (),
        dropout: float = 0.0,
    ) -> None:
        units = architecture.sizes[1:]
        self.v = [np.empty((*leading, batch, m), dtype) for m in units]
        self.padded = [np.ones((*leading, batch, m + 1), dtype) for m in units]
        self.delta = [np.empty((*leading, batch, m), dtype) for m in units]
        self.masks = [np.ones((*leading, batch, m), dtype) for m in units[:-1]] if dropout else []
        # What reaches the next layer is padded; with dropout φ(v) itself must be kept as well, for φ′.
        inner = [padded[..., 1:] for padded in self.padded]
        self.y = [np.empty_like(v) for v in self.v[:-1]] + inner[-1:] if dropout else inner

    @property
    def output(self) -> Array:
        """y_L, (..., batch, m_L)."""
        return self.y[-1]


def forward(architecture: Architecture, weights: Sequence[Array], x: Array, space: Workspace) -> Array:
    """Compute y_L for the rows ``x`` (..., batch, m_0+1, column 0 all 1); returns the buffer that holds it."""
    below = x
    for layer, (w, name) in enumerate(zip(weights, architecture.activations, strict=True)):
        np.matmul(below, w.swapaxes(-1, -2), out=space.v[layer])
        parse(name).forward(space.v[layer], space.y[layer])
        if layer < len(space.masks):
            np.multiply(space.y[layer], space.masks[layer], out=space.padded[layer][..., 1:])
        below = space.padded[layer]
    return space.output


def readout(architecture: Architecture, space: Workspace) -> Array:
    """What losses are computed from (see losses.py), after ``forward`` on this workspace: v_L, or y_L."""
    return space.output if architecture.loss == "squared_error" else space.v[-1]


def backward(architecture: Architecture, weights: Sequence[Array], d: Array, space: Workspace) -> None:
    """Fill δ_L … δ_1 for the desired outputs ``d`` (..., batch, m_L), after ``forward`` on the same workspace.

    δ_L = −∂E/∂y · φ′(v_L), δ_l = W̲ᵀ_{l+1} δ_{l+1} · φ′(v_l), where W̲ has lost its bias column.
    """
    last = len(weights) - 1
    name = architecture.activations[last]
    np.subtract(d, space.output, out=space.delta[last])
    if name not in LOSSES[architecture.loss].matched:  # that is, of the squared error
        parse(name).backward(space.delta[last], space.v[last], space.y[last])
    for layer in range(last - 1, -1, -1):
        np.matmul(space.delta[layer + 1], weights[layer + 1][..., 1:], out=space.delta[layer])
        if space.masks:
            space.delta[layer] *= space.masks[layer]
        parse(architecture.activations[layer]).backward(space.delta[layer], space.v[layer], space.y[layer])


def factors(x: Array, space: Workspace) -> list[Factor]:
    """The pairs (δ_l, [1 y_{l−1}]) whose product is −N ∂E/∂W_l."""
    below = [x, *space.padded[:-1]]
    return [Factor(delta, y) for delta, y in zip(space.delta, below, strict=True)]


def gradients(pairs: Sequence[Factor]) -> list[Array]:
    """∂E/∂W_l = −(1/N) δ_lᵀ [1 y_{l−1}], each (..., m_l, m_{l−1}+1): for checks and diagnostics."""
    return [-np.matmul(delta.swapaxes(-1, -2), y) / delta.shape[-2] for delta, y in pairs]
