"""What X and y may be: each form is held against what the estimator was fitted to, in scikit-learn's own words."""

from typing import Any

import numpy as np
import pyarrow as pa
from scipy.sparse import issparse
from sklearn.utils.validation import _check_y, validate_data

from pipeline.data.dataset import column_names
from pipeline.estimators.frames import all_numbers, as_table, missing
from pipeline.estimators.sparse import fitting

Array = np.ndarray
FLOATS = (np.float64, np.float32)
UNREADABLE = "could not convert string to float"  # how NumPy begins


def table_of(estimator: Any, X: Any, y: Any, reset: bool, wanted: bool) -> Any:
    """X as an Arrow table to be read by its columns, checked by number and names; None where it is an array.

    Args:
        y: None: there is none, as in predict.
        wanted: by its columns even if it holds nothing but numbers.
    """
    table = as_table(X)
    if table is not None and not wanted and (not reset or all_numbers(table)):
        return None
    if table is None and (not wanted or issparse(X)):
        return None
    if table is None:
        X = validate_data(estimator, X, reset=reset, dtype=None, ensure_all_finite="allow-nan")
        return _of_array(estimator, X)
    checked = {} if y is None else {"y": y}
    validate_data(estimator, X, reset=reset, skip_check_array=True, **checked)
    if reset and y is None:
        raise ValueError("y is None: there is nothing to learn")
    return table if reset else _renamed(table, estimator)


def _of_array(estimator: Any, X: Array) -> Any:
    """Columns of numbers under the names that they were fitted with."""
    names = column_names(X.shape[1])
    found = pa.table({name: pa.array(X[:, place], from_pandas=True) for place, name in enumerate(names)})
    return _renamed(found, estimator)


def _renamed(table: Any, estimator: Any) -> Any:
    """By position: names, where both have some, were seen to be equal."""
    names = getattr(estimator, "_columns_in", None)
    return table.rename_columns(list(names)) if names else table


def numbers_of(estimator: Any, X: Any, y: Any, reset: bool, numeric: bool) -> tuple[Any, Any]:
    """X (rows, features), an array that may have gaps or SparseRows, and y, which is None where there is none."""
    if issparse(X) and X.dtype.kind == "f" and np.isnan(X.sum()):
        raise ValueError("Input X contains NaN, and is sparse: gaps can be filled in dense X only; fill them before")
    checks: dict[str, Any] = {"accept_sparse": "csr", "dtype": FLOATS, "order": "C", "reset": reset}
    checks["ensure_all_finite"] = True if issparse(X) else "allow-nan"
    try:
        if y is None and not reset:
            X = validate_data(estimator, X, **checks)
        else:
            X, y = validate_data(estimator, X, y, multi_output=True, y_numeric=numeric, **checks)
    except ValueError as error:
        if not reset and UNREADABLE in str(error):
            raise ValueError(f"X: {error}; in the rows of fit all columns held numbers") from None
        raise
    return (fitting(X) if issparse(X) else X), y


def unmasked(X: Any) -> Any:
    """A masked array of NumPy with gaps in the place of its mask; all else as it is."""
    if not isinstance(X, np.ma.MaskedArray) or X.dtype.kind not in "fiub":
        return X
    return np.ma.filled(X.astype(np.float64), np.nan)


def targets_of(estimator: Any, y: Any, numeric: bool) -> Any:
    """y (rows,) or (rows, targets), checked."""
    return _check_y(y, multi_output=True, y_numeric=numeric, estimator=estimator)


def check_present(y: Any) -> None:
    """Refuse targets without a value in some row, of pandas or in an array of objects.

    Raises:
        ValueError: names the first such row.
    """
    if hasattr(y, "isna"):
        gaps = np.asarray(y.isna())
    elif isinstance(y, np.ndarray) and y.dtype == object and y.ndim == 1:
        gaps = np.array([missing(label) for label in y], bool)
    else:
        return
    if gaps.any():
        row = int(gaps.reshape(len(gaps), -1).any(axis=1).argmax())
        raise ValueError(f"Input y contains NaN: row {row} (counted from 0) has no value; leave such rows out")
