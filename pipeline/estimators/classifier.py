"""BackpropClassifier: labels, probabilities, class weights."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from pipeline.estimators.accepted import check_present
from pipeline.estimators.base import Backprop
from pipeline.estimators.intake import dense
from pipeline.estimators.parameters import signature
from pipeline.estimators.wording import documented
from pipeline.feed.schema import CLASSIFICATION
from pipeline.feed.weighting import Weighting
from pipeline.training.hyperparameters import head

Array = np.ndarray
BALANCED = "balanced"
SHOWN = 1000  # labels of which a message names the types
PLAIN = "biuUS"  # kinds of arrays whose values can be nothing but labels, one in each row


def _has_probabilities(estimator: Any) -> bool:
    return head(estimator.output, estimator.loss, CLASSIFICATION)[1] != "squared_error"


TEXT = """A multilayer network for classes, trained by backpropagation.

y may be (rows,) of labels of any kind, or (rows, labels) of flags 0 and 1, dense or sparse, where a row may have
several labels.

{parameters}

{learned}
classes_ : array
    Labels in the order of the columns of predict_proba.
validation_scores_ : list of float or None
    Accuracy on the validation rows after each epoch, None without them; with several labels a row is right if all
    of them are.
"""


class BackpropClassifier(ClassifierMixin, Backprop):
    task = CLASSIFICATION
    score_of = ("accuracy", "exact_match")

    def __init__(self, hidden: Sequence[int] = (100,), *, class_weight: Any = None, **parameters: Any) -> None:
        super().__init__(hidden, **parameters)
        self.class_weight = class_weight

    __init__.__signature__ = signature("class_weight")  # type: ignore[attr-defined]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one epoch on these rows, going on from where the last call stopped, its schedule too.

        What scales X and which levels its columns have is learned in the first call, or in ``fit`` before it, and
        stays: begin with rows of all kinds. A note says so where the first rows are few, or later ones lie elsewhere.
        A schedule by name spans ``epochs`` calls.

        Args:
            classes: all labels there will be; needed in the first call, if its ``y`` lacks some.
        """
        self._check_partial()
        again = hasattr(self, "model_")
        X, y = self._accepted(X, y, reset=not again)
        if not again:
            check_classification_targets(y)
            self.classes_ = _labels(y) if classes is None else np.unique(classes)
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(f"classes={list(classes)} are not those of the first call, {list(self.classes_)}")
        return self._partial_fit(X, self._encode(y), sample_weight, again)

    def predict(self, X: Any) -> Array:
        """The label of each row of X (rows, features), (rows,); of several labels 0 and 1, (rows, labels)."""
        z = self._readout(X)
        chosen = self.model_.decode(z)
        found: Array = self.classes_[chosen] if chosen.ndim == 1 else chosen
        return found

    @available_if(_has_probabilities)
    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, (rows, classes); for the cross-entropies, whose outputs are probabilities.

        Several labels have probabilities of their own, which needn't sum to 1.
        """
        from pipeline.arithmetic.elementwise import exp  # Numba: see training.make_engine

        found: Array = self.predict_log_proba(X)
        return exp(found).astype(found.dtype)

    @available_if(_has_probabilities)
    def predict_log_proba(self, X: Any) -> Array:
        """Logarithms of ``predict_proba``, finite where those are rounded to 0."""
        z = self._readout(X)
        return self.model_.log_probabilities(z)

    def _learn_targets(self, y: Array, again: bool) -> Array:
        check_classification_targets(y)
        if not again:
            self.classes_ = _labels(y)
        return self._encode(y)

    def _shaped(self, y: Any) -> Array:
        if isinstance(y, np.ndarray) and y.ndim == 1 and y.dtype.kind in PLAIN:
            return y
        check_present(y)  # a list has become an array of objects
        kind = type_of_target(y)
        if kind == "unknown":
            found = " and ".join(sorted({type(label).__name__ for label in np.ravel(y)[:SHOWN]}))
            raise ValueError(
                f"Unknown label type: y holds {found} values, allowed: text, whole numbers, flags; see y.astype(str)"
            )
        if kind == "multiclass-multioutput":
            raise ValueError(
                f"y has {y.shape[1]} columns of classes (multiclass-multioutput), allowed: one, or columns of flags 0 "
                "and 1; sklearn.multioutput.MultiOutputClassifier fits a network to each column"
            )
        return dense(y) if kind == "multilabel-indicator" else super()._shaped(dense(y))

    def _encode(self, y: Array) -> Array:
        if y.ndim > 1:
            if y.shape[1] != len(self.classes_):
                raise ValueError(f"y has {y.shape[1]} labels, expected {len(self.classes_)}")
            return y.astype(np.int64)
        if len(unknown := _unknown(y, self.classes_)):
            known = f"{self.classes_.tolist()}: name all there will be, as classes=…, in the first partial_fit"
            raise ValueError(f"y has the labels {unknown.tolist()}, which are not among {known}")
        return np.searchsorted(self.classes_, y)

    def _weighting(self, y: Array) -> Weighting:
        given = self.class_weight
        if given is None:
            return Weighting()
        if not (isinstance(given, Mapping) or (isinstance(given, str) and given == BALANCED)):
            allowed = "None, 'balanced', or a weight by class, as {0: 1, 1: 5}"
            raise ValueError(f"class_weight={given} is not allowed: it must be {allowed}")
        if y.ndim > 1:
            needs = "needs one label in each row, and y may have several: set it to None, or give sample_weight"
            raise ValueError(f"class_weight={given} {needs}")
        if not isinstance(given, Mapping):
            return Weighting(BALANCED)
        names = {label: str(label) for label in self.classes_.tolist()}
        weights = {names.get(label, str(label)): weight for label, weight in given.items()}
        return Weighting("given" if weights else "none", weights)


BackpropClassifier.__doc__ = documented(BackpropClassifier, TEXT)


def _labels(y: Array) -> Array:
    """What there is to predict: the labels, or the numbers of the columns of several."""
    return np.unique(y) if y.ndim == 1 else np.arange(y.shape[1])


def _unknown(y: Array, classes: Array) -> Array:
    """Labels of y (rows,) that are not among the sorted ``classes``."""
    if y.dtype.kind == classes.dtype.kind and (classes.take(np.searchsorted(classes, y), mode="clip") == y).all():
        return y[:0]  # as nearly always, and sooner seen
    return np.setdiff1d(y, classes)
