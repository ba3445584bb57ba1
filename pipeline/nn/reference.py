"""The engine in plain NumPy: what the compiled one is held against, and several networks at once."""

from collections.abc import Sequence

import numpy as np

from pipeline.nn.network import Architecture, Probe, Workspace, backward, factors, forward, gradients
from pipeline.nn.optimizers import OPTIMIZERS, Optimizer
from pipeline.nn.regularizers import Regularizer, thinning

Array = np.ndarray


class Reference:
    """Trains in place; the arguments are those of compiled.engine.Engine, and weights may have leading axes."""

    def __init__(
        self,
        architecture: Architecture,
        weights: Sequence[Array],
        optimizer: Optimizer,
        regularizer: Regularizer,
        batch: int,
    ) -> None:
        self.architecture, self.weights, self.batch = architecture, weights, batch
        self._dropout = regularizer.dropout
        self._rule = OPTIMIZERS[optimizer.name](optimizer, regularizer)
        self.state = self._rule.init(weights)
        self._spaces: dict[int, Workspace] = {}

    @property
    def mask_units(self) -> int:
        """Uniform numbers per row that dropout needs: one per hidden unit."""
        return sum(self.architecture.sizes[1:-1]) if self._dropout else 0

    def train(
        self,
        x: Array,
        d: Array,
        rates: Sequence[float],
        u: Array | None = None,
        importance: Array | None = None,
        order: Array | None = None,
    ) -> None:
        """Update the weights by the rows in their order; see compiled.engine.Engine.train for the shapes."""
        if order is not None:
            x, d = x[order], d[order]
        for start in range(0, len(x), self.batch):
            rows = slice(start, start + self.batch)
            space = self._space(len(x[rows]))
            if u is not None:
                self._thin(space, u[rows])
            forward(self.architecture, self.weights, x[rows], space)
            backward(self.architecture, self.weights, d[rows], space)
            if importance is not None:
                self._weigh(space, importance[rows, None])
            self._rule.update(self.weights, self.state, factors(x[rows], space), rates)

    def snapshot(self) -> dict[str, Array]:
        """Moments and the number of updates, as copies: with the weights, all that the next step depends on."""
        found = self._remembered()
        arrays = {f"{name}{i}": a.copy(order="K") for name, some in found.items() for i, a in enumerate(some)}
        return {**arrays, "updates": np.array([self.state.updates])}

    def restore(self, arrays: dict[str, Array]) -> None:
        """Go on from a ``snapshot``; ValueError where it is one of another network or rule."""
        for name, found in self._remembered().items():
            for index, array in enumerate(found):
                saved = arrays.get(f"{name}{index}")
                if saved is None or saved.shape != array.shape:
                    raise ValueError(
                        f"the state has no {name} of shape {array.shape}: it is of another network or rule"
                    )
                array[...] = saved
        self.state.updates = int(arrays["updates"][0])

    def _remembered(self) -> dict[str, list[Array]]:
        return {"first": self.state.first, "second": self.state.second, "scaled": self.state.scaled}

    @property
    def takes_order(self) -> bool:
        """Whether ``train`` would rather gather the rows itself."""
        return False

    def _space(self, rows: int) -> Workspace:
        if rows not in self._spaces:
            w = self.weights[0]
            self._spaces[rows] = Workspace(self.architecture, rows, w.dtype, w.shape[:-2], self._dropout)
        return self._spaces[rows]

    def _thin(self, space: Workspace, u: Array) -> None:
        at = 0
        for mask in space.masks:
            thinning(u[:, at : at + mask.shape[-1]], self._dropout, mask)
            at += mask.shape[-1]

    @staticmethod
    def _weigh(space: Workspace, importance: Array) -> None:
        # δ of every layer is linear in δ_L, so weighing them all is weighing the example.
        for delta in space.delta:
            delta *= importance


def readout(architecture: Architecture, weights: Sequence[Array], x: Array) -> Array:
    """As compiled.measuring.readout."""
    space = Workspace(architecture.as_read, len(x), x.dtype)
    return forward(architecture.as_read, weights, x, space).copy()


def probed(
    architecture: Architecture, weights: Sequence[Array], x: Array, d: Array, importance: Array | None = None
) -> Probe:
    """As compiled.measuring.probed."""
    space = Workspace(architecture, len(x), x.dtype)
    forward(architecture, weights, x, space)
    backward(architecture, weights, d, space)
    if importance is not None:
        for delta in space.delta:  # each is linear in δ_L
            delta *= importance[:, None]
    return Probe(space.y, space.delta, gradients(factors(x, space)))
