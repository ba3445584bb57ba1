"""The others: scikit-learn by way of skrub's tabular_pipeline, and pytabkit's networks, as their documents have them.

All get the training rows to learn from and the validation part to stop at or to choose by; none is fitted to
validation rows. Searches are of 24 points: the defaults, and 23 drawn from the spaces below, the same for each table.
"""

import dataclasses
import importlib
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from benchmarks.tables.dealt import SEEDS, Frames
from benchmarks.tables.measures import measured

Array = np.ndarray
Answer = Callable[[Any], Array]  # rows → (rows, classes) probabilities, or (rows,) values
POINTS = 24
LARGE = 2_000  # training rows, from which the search of MLPs is made cheaper: see network_space


@dataclasses.dataclass(frozen=True)
class Fitted:
    """What came of a fit: how it answers, and which settings were chosen, in words."""

    answer: Answer
    chosen: str = ""


@dataclasses.dataclass(frozen=True)
class Peer:
    """A contestant: its packages (they decide whether a kept result is still valid) and how it is fitted."""

    packages: tuple[str, ...]
    fit: Callable[[Frames, bool, int], Fitted]  # frames, whether it classifies, number of the split
    settings: Mapping[str, Any]


BOOSTING = {
    "learning_rate": ("log", 0.03, 0.3),
    "max_leaf_nodes": ("log_whole", 8, 64),
    "min_samples_leaf": ("log_whole", 2, 100),
    "l2_regularization": ("log", 1e-3, 10.0),
    "max_features": ("one_of", 0.3, 0.5, 0.75, 1.0),
}
BOOSTING_FIXED = {"max_iter": 500, "early_stopping": True, "n_iter_no_change": 20, "scoring": "loss"}
NETWORK = {
    "hidden_layer_sizes": ("one_of", [64], [128], [256], [128, 128], [256, 256], [256, 256, 256]),
    "activation": ("one_of", "relu", "tanh"),
    "alpha": ("log", 1e-6, 1e-1),
    "learning_rate_init": ("log", 3e-4, 1e-2),
    "batch_size": ("one_of", 64, 128, 256),
    "early_stopping": ("one_of", True, False),
}
NETWORK_LARGE = {
    "hidden_layer_sizes": ("one_of", [128], [256], [128, 128], [256, 256]),
    "batch_size": ("one_of", 128, 256),
    "early_stopping": ("one_of", True),
}


def network_space(rows: int) -> dict[str, Any]:
    """MLPClassifier's and MLPRegressor's: of many rows in larger batches, and always with early stopping."""
    return {**NETWORK, **(NETWORK_LARGE if rows >= LARGE else {})}


def drawn(space: Mapping[str, Any], seed: int) -> Iterator[dict[str, Any]]:
    """POINTS settings: none, which is the defaults, then draws from the space."""
    rng = np.random.default_rng(seed)
    yield {}
    for _ in range(POINTS - 1):
        yield {name: _value(rng, *rule) for name, rule in space.items()}


def _value(rng: np.random.Generator, rule: str, *bounds: Any) -> Any:
    if rule == "one_of":
        return bounds[int(rng.integers(len(bounds)))]
    value = float(np.exp(rng.uniform(*np.log(bounds))))
    return round(value) if rule == "log_whole" else value


def _answer(pipeline: Any, classifies: bool) -> Answer:
    return lambda X: np.asarray(pipeline.predict_proba(X) if classifies else pipeline.predict(X))


def _pair(name: str, classifies: bool) -> Any:
    from sklearn import ensemble, neural_network

    of = {"mlp": (neural_network, "MLP"), "boosting": (ensemble, "HistGradientBoosting")}[name]
    return getattr(of[0], of[1] + ("Classifier" if classifies else "Regressor"))


def defaults(name: str) -> Callable[[Frames, bool, int], Fitted]:
    """tabular_pipeline(MLPClassifier()) and the like, fitted to the training rows as they are."""

    def fit(frames: Frames, classifies: bool, split: int) -> Fitted:
        from skrub import tabular_pipeline

        pipeline = tabular_pipeline(_pair(name, classifies)(random_state=split))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pipeline.fit(frames.X["train"], frames.y["train"])
        return Fitted(_answer(pipeline, classifies))

    return fit


def searched(name: str) -> Callable[[Frames, bool, int], Fitted]:
    """The best of the drawn settings by the error or RMSE of the validation part; of equal ones the least log loss.

    The preprocessing, which has no settings here, is fitted once. Real targets are standardized for MLPRegressor, as
    anybody who tunes it would do (its defaults alone leave them as they are).
    """

    def fit(frames: Frames, classifies: bool, split: int) -> Fitted:
        from skrub import tabular_pipeline

        kind, (y, y_val) = _pair(name, classifies), (frames.y["train"], frames.y["validation"])
        steps = tabular_pipeline(kind())[:-1]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            X, X_val = steps.fit_transform(frames.X["train"], y), steps.transform(frames.X["validation"])
            space = BOOSTING if name == "boosting" else network_space(len(y))
            tried = []
            for number, point in enumerate(drawn(space, SEEDS[split - 1])):
                model = _fitted(kind, point, split, (X, y, X_val, y_val))
                found = measured(y_val, _answer(model, classifies)(X_val), classifies)
                tried.append((found["score"], found.get("log_loss", 0.0), number, point, model))
        *_, number, point, model = min(tried, key=lambda one: one[:3])
        answer = _answer(model, classifies)
        return Fitted(lambda rows: answer(steps.transform(rows)), f"point {number + 1} of {len(tried)}: {point}")

    return fit


def _fitted(kind: Any, point: Mapping[str, Any], split: int, rows: tuple[Any, ...]) -> Any:
    X, y, X_val, y_val = rows
    if kind.__name__.startswith("Hist"):
        fixed = {**BOOSTING_FIXED, **({"scoring": "neg_root_mean_squared_error"} if y.dtype.kind == "f" else {})}
        return kind(**fixed, **point, random_state=split).fit(X, y, X_val=X_val, y_val=y_val)
    if y.dtype.kind != "f":
        return kind(**point, random_state=split).fit(X, y)
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler

    return TransformedTargetRegressor(kind(**point, random_state=split), transformer=StandardScaler()).fit(X, y)


def pytabkit(name: str) -> Callable[[Frames, bool, int], Fitted]:
    """One fit of pytabkit's estimator with its defaults; the validation part chooses its epoch.

    Its estimators take text as categories and no gaps among numbers: dates are made numbers by skrub, gaps the column's
    mean with a column that says where they were, as tabular_pipeline does for networks.
    """

    def fit(frames: Frames, classifies: bool, split: int) -> Fitted:
        import pytabkit as kit

        kind = getattr(kit, f"{name}_{'Classifier' if classifies else 'Regressor'}")
        model, steps = kind(device="cpu", n_threads=1, random_state=split), _Plain()
        y = {part: values.astype(np.int64 if classifies else np.float32) for part, values in frames.y.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            X = steps.fit(frames.X["train"])
            model.fit(X, y["train"], X_val=steps.transform(frames.X["validation"]), y_val=y["validation"])
        answer = _answer(model, classifies)
        return Fitted(lambda rows: answer(steps.transform(rows)))

    return fit


class _Plain:
    """Frames of numbers without gaps, and of text."""

    def fit(self, X: Any) -> Any:
        from skrub import DatetimeEncoder, TableVectorizer, ToCategorical

        self._vectorizer = TableVectorizer(
            low_cardinality=ToCategorical(), high_cardinality=ToCategorical(), datetime=DatetimeEncoder()
        )
        found = self._vectorizer.fit_transform(X)
        self._means = found.select_dtypes("number").mean()
        self._gaps = [name for name in self._means.index if found[name].isna().any()]
        return self._filled(found)

    def transform(self, X: Any) -> Any:
        return self._filled(self._vectorizer.transform(X))

    def _filled(self, found: Any) -> Any:
        more = {f"{name} is missing": found[name].isna().astype(np.float32) for name in self._gaps}
        found = found.fillna(self._means).assign(**more)
        for name in found.columns:
            if name not in self._means.index and name not in more:
                found[name] = found[name].astype(object).where(found[name].notna(), "(missing)").astype(str)
        return found


MODULES = {
    "scikit-learn": ("sklearn.ensemble", "sklearn.neural_network", "sklearn.compose"),
    "skrub": ("skrub",),
    "torch": ("torch",),
    "pytabkit": (
        "pytabkit", "pytorch_lightning", "torchmetrics", "pytabkit.models.alg_interfaces.nn_interfaces",
        "pytabkit.models.alg_interfaces.tabm_interface",
    ),
}  # fmt: skip


def load(packages: tuple[str, ...]) -> None:
    """Import them, so that no fit's time has that in it."""
    for name in packages:
        for module in MODULES[name]:
            importlib.import_module(module)
    for name in ("pytorch_lightning", "lightning.pytorch", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)


SKLEARN = ("scikit-learn", "skrub")
KIT = ("pytabkit", "torch", "skrub")
PEERS = {
    "MLP": Peer(SKLEARN, defaults("mlp"), {}),
    "HistGradientBoosting": Peer(SKLEARN, defaults("boosting"), {}),
    "RealMLP-TD-S": Peer(KIT, pytabkit("RealMLP_TD_S"), {}),
    "HistGradientBoosting, tuned": Peer(
        SKLEARN, searched("boosting"), {"points": POINTS, "space": BOOSTING, "fixed": BOOSTING_FIXED}
    ),
    "RealMLP-TD": Peer(KIT, pytabkit("RealMLP_TD"), {}),
    "MLP, tuned": Peer(
        SKLEARN,
        searched("mlp"),
        {"points": POINTS, "space": NETWORK, "large": NETWORK_LARGE, "from": LARGE, "scaled": True},
    ),
    "TabM": Peer(KIT, pytabkit("TabM_D"), {}),
}  # the cheap ones first
