"""BackpropRegressor: real targets, each in its own units."""

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from pipeline.estimators.base import Backprop
from pipeline.feed.schema import REGRESSION

Array = np.ndarray


class BackpropRegressor(RegressorMixin, Backprop):
    """A multilayer network for real targets, trained by backpropagation; parameters as for BackpropClassifier.

    Each target is scaled to mean 0 and variance 1 for training, or into the range of bounded outputs, and back.
    y may be (rows,) or (rows, targets); with X_val, several targets are watched by the mean of mse / variance.

    Attributes:
        model_, history_, loss_curve_, n_iter_, best_epoch_, stopped_by_: as for BackpropClassifier.
        validation_scores_: R² on the validation rows per epoch, the mean over the targets (None without X_val).
    """

    task = REGRESSION
    score_of = ("r2",)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch on these rows, going on from where the last call stopped; its first y sets the scale."""
        again = hasattr(self, "model_")
        X, y = self._rows(X, y, reset=not again)
        return self._partial_fit(X, self._encode(y), sample_weight, again)

    def predict(self, X: Any) -> Array:
        """The targets of each row of X (rows, features), in their own units, (rows,) or (rows, targets) as y was."""
        z = self._readout(X)
        return self.model_.decode(z)

    def _shaped(self, y: Any) -> Array:
        return y if y.ndim > 1 and y.shape[1] > 1 else super()._shaped(y)
