"""Averaging of weights: the network that is measured and kept is a mean over the epochs, training goes on without it.

w̄ ← (1 − a_t) w̄ + a_t w after epoch t, with shares a_t of the newest weights. It damps what the last updates of an
epoch happen to do, as a falling learning rate does (Polyak & Juditsky 1992), and costs less than measuring an epoch.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.arithmetic.exponents import power
from pipeline.limits import named, setting
from pipeline.training.snapshots import numbered, restore_arrays

Array = np.ndarray
Share = Callable[[int, float], float]  # (epoch from 1, decay) → a_t
AVERAGING: dict[str, Share] = {}
EPOCHS = "averaged_epochs"


@dataclass(frozen=True)
class Averaging:
    """Which mean of the weights is kept; decay: β, what ``exponential`` keeps of the mean in each epoch."""

    name: str = setting("none", choices=AVERAGING)
    decay: float = setting(0.9, least=0, below=1, only={"name": ("exponential",)})


@named(AVERAGING)
def none(epoch: int, decay: float) -> float:
    """The last weights, a_t = 1."""
    return 1.0


@named(AVERAGING)
def exponential(epoch: int, decay: float) -> float:
    """a_t = (1 − β)/(1 − β^t), so that w̄ = Σ β^{t−i} w_i / Σ β^{t−i} from the start, as Adam's moments are.

    It looks back about 1/(1 − β) epochs.
    """
    return (1 - decay) / (1 - power(decay, epoch))


class Averaged:
    """The mean of weights that others train.

    Attributes:
        mean: W̄_l, changed in place by ``update``; trained: W_l, the very same arrays where nothing is averaged.
    """

    def __init__(self, how: Averaging, mean: Sequence[Array]) -> None:
        self._how, self._epochs, self.mean = how, 0, mean
        self.trained = mean if how.name == "none" else [w.copy(order="K") for w in mean]

    def update(self) -> None:
        """Take in the weights after one more epoch."""
        self._epochs += 1
        share = AVERAGING[self._how.name](self._epochs, self._how.decay)
        if self.trained is not self.mean:
            for mean, w in zip(self.mean, self.trained, strict=True):
                mean *= 1 - share
                mean += share * w

    def save(self) -> dict[str, Array]:
        """What the next update depends on, but for the mean."""
        if self.trained is self.mean:
            return {}
        return {**numbered("trained", self.trained), EPOCHS: np.array(self._epochs)}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Go on from what ``save`` gave: with the trained weights in any case, with the mean if there was one.

        Raises:
            ValueError: it is of another network.
        """
        if EPOCHS in arrays:
            restore_arrays("trained", arrays, self.trained)
            self._epochs = int(arrays[EPOCHS])
