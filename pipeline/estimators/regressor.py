"""BackpropRegressor: real targets, each in its own units."""

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from pipeline.estimators.base import Backprop
from pipeline.estimators.intake import dense
from pipeline.estimators.wording import documented
from pipeline.feed.schema import REGRESSION

Array = np.ndarray


TEXT = """A multilayer network for real targets, trained by backpropagation.

y may be (rows,) or (rows, targets). Each target is scaled to mean 0 and variance 1 for training, or into the range of
bounded outputs, and back; with validation rows, several targets are watched by the mean of mse / variance.

{parameters}

{learned}
validation_scores_ : list of float or None
    R² on the validation rows after each epoch, the mean over the targets; None without them.
"""


class BackpropRegressor(RegressorMixin, Backprop):
    task = REGRESSION
    score_of = ("r2",)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch on these rows, going on from where the last call stopped: see BackpropClassifier.

        What scales y is learned in the first call too.
        """
        self._check_partial()
        again = hasattr(self, "model_")
        X, y = self._accepted(X, y, reset=not again)
        return self._partial_fit(X, self._encode(y), sample_weight, again)

    def predict(self, X: Any) -> Array:
        """The targets of each row of X (rows, features), in their own units, (rows,) or (rows, targets) as y was."""
        z = self._readout(X)
        return self.model_.decode(z)

    def _shaped(self, y: Any) -> Array:
        found = dense(y)
        if found.ndim > 1 and found.shape[1] > 1:
            return found
        single: Array = super()._shaped(found)
        return single


BackpropRegressor.__doc__ = documented(BackpropRegressor, TEXT)
