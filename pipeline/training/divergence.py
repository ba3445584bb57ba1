"""Whether a training has come to what is of no use: numbers that are not finite, or a loss beyond all hope."""

import functools

import numpy as np

from pipeline.arithmetic.totals import mean, row_sums
from pipeline.training.examples import Shown
from pipeline.training.measurements import Record
from pipeline.training.metrics import loss_values
from pipeline.training.model import Model
from pipeline.training.readout import CHUNK, readout_of
from pipeline.training.stopping import LOSS

Array = np.ndarray
# Times the loss of outputs that know nothing: real targets are then missed by a thousand standard deviations, and the
# log-odds of classes are in the millions.
HOPELESS = 1e6


class Divergence:
    """Judges the epochs of one training.

    Its bound is ``HOPELESS`` times the loss of z = 0, or times the loss that the training begins with, where that is
    over the bound already: rows may lie far from those that a network has learned from before.

    Args:
        model: changed in place by others.
        shown: training rows; those of the first ones are measured before training.
    """

    def __init__(self, model: Model, shown: Shown) -> None:
        self._model, self._shown = model, shown
        self._first = [w.copy(order="K") for w in model.weights]

    @functools.cached_property
    def _bound(self) -> tuple[float, str]:
        """The loss that is compared with, and what it is of; found when it is first needed, which is seldom."""
        shown, architecture = self._shown, self._model.architecture
        nothing = float(mean(loss_values(architecture, np.zeros_like(shown.d), shown.d)))
        count = min(CHUNK, shown.examples.rows)
        z = readout_of(architecture, self._first, shown.examples.part(slice(0, count)))
        begun = float(mean(loss_values(architecture, z, shown.d[:count])))
        known = max(1.0, nothing)
        return (begun, "what it was before") if begun > HOPELESS * known else (known, "what outputs of 0 cost")

    def reason(self, epoch: int, record: Record, losses: Array) -> str:
        """Why the training is given up after ``epoch``, by what was measured then; empty to go on.

        Args:
            losses: (networks, rows) of the training rows.
        """
        if broken := next((name for name, value in record.items() if not np.isfinite(value)), None):
            return f"{broken} is {record[broken]} after epoch {epoch}"
        for layer, w in enumerate(self._model.weights, 1):
            if not np.isfinite(w).all():
                return f"weights of layer {layer} are not finite after epoch {epoch}"
        # Of each network: what they say together may hide the one that is lost.
        own = row_sums(losses) / losses.shape[1]
        worst = int(own.argmax())
        if own[worst] <= HOPELESS:  # no bound is less than that
            return ""
        known, than = self._bound
        if not own[worst] <= HOPELESS * known:
            whose = f" of network {worst + 1}" if len(own) > 1 else ""
            return f"{LOSS}{whose} is {own[worst]:.3g} after epoch {epoch}, over {HOPELESS:g} times {than}"
        return ""
