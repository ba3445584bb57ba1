"""scikit-learn's GridSearchCV over the trials of a sweep that this program has trained: python -m benchmarks.searched.

Run in a project's folder: the same rows, networks, batches and rates, each for as many epochs as ours was trained. L1
and dropout, which MLPClassifier doesn't have, are left out, which makes its work less.
"""

import csv
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.neural_network import MLPClassifier

EXPERIMENT = "auto"
WORKERS = 2


def trials(results: Path) -> list[dict[str, Any]]:
    """MLPClassifier's parameters for each trial of an experiment's results."""
    rows = csv.DictReader((results / "trials.csv").read_text(encoding="utf-8").splitlines())
    found = []
    for row in rows:
        settings = json.loads((results / "trials" / row["key"] / "settings.json").read_text(encoding="utf-8"))
        optimizer = settings["optimizer"]
        found.append(
            {
                "hidden_layer_sizes": tuple(settings["network"]["hidden"]),
                "learning_rate_init": optimizer["learning_rate"],
                "momentum": optimizer["momentum"],
                "batch_size": optimizer["batch_size"],
                "alpha": settings["regularizer"]["l2"],
                "max_iter": int(row["epochs"]),
            }
        )
    return found


def part(name: str) -> tuple[np.ndarray, np.ndarray]:
    X, y = (np.load(f"data/split/{name}/{array}.npy") for array in "Xy")
    return X.astype(np.float32) / max(float(X.max()), 1.0), y


def main() -> None:
    warnings.simplefilter("ignore", ConvergenceWarning)  # it stops where it is told to
    (X, y), (held, answers) = part("train"), part("validation")
    where = np.repeat([-1, 0], [len(X), len(held)])  # 0: the only fold that scores
    network = MLPClassifier(activation="tanh", solver="sgd", n_iter_no_change=10**6, tol=0, nesterovs_momentum=False)
    grid = [{name: [value] for name, value in one.items()} for one in trials(Path(f"experiments/{EXPERIMENT}/results"))]
    search = GridSearchCV(network, grid, cv=PredefinedSplit(where), n_jobs=WORKERS, refit=False)
    search.fit(np.concatenate([X, held]), np.concatenate([y, answers]))
    print(f"{len(grid)} trials, best accuracy {search.best_score_:.4f}")


if __name__ == "__main__":
    main()
