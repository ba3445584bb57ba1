"""Gaps in columns that had none in the first rows: a fold of cross-validation may well bring some."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.arithmetic.totals import mean
from pipeline.errors import Note
from pipeline.estimators.ranges import listed
from pipeline.feed.sparsity import SparseRows

Array = np.ndarray


@dataclass(frozen=True)
class Filling:
    """means: (features,) of each column of numbers in the rows of fit."""

    means: Array

    def filled(self, X: Any, names: Sequence[str]) -> Any:
        """X (rows, features) with the column's mean for each gap, said once; as it is if it has none."""
        if isinstance(X, SparseRows):
            return X
        gaps = np.isnan(X)
        if not gaps.any():
            return X
        where = listed([names[int(j)] for j in np.flatnonzero(gaps.any(axis=0))])
        text = (
            f"X has gaps in {where}, and the rows of fit had none: the column's mean stands for them; "
            "an imputer in front would fill them otherwise"
        )
        warnings.warn(text, Note, stacklevel=5)
        return np.where(gaps, self.means.astype(X.dtype), X)


def means_of(X: Any) -> Array:
    """The mean of each column of X (rows, features), an array or SparseRows, without gaps."""
    return X.means() if isinstance(X, SparseRows) else mean(X)
