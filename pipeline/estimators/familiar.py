"""What parameters of scikit-learn's MLPClassifier and MLPRegressor are called here, and what else people type."""

import difflib
from collections.abc import Iterable

FAMILIAR = {
    "hidden_layer_sizes": "it is called hidden",
    "max_iter": "it is called epochs",
    "alpha": "weight_decay is the like: alpha divided by batch_size",
    "solver": "it is called optimizer: adam, or for sgd momentum, nesterov or descent; there is no lbfgs",
    "learning_rate_init": "it is called learning_rate; how the rate falls is schedule's",
    "power_t": "schedule=Schedule('inverse_time', decay=...) is the like",
    "shuffle": "rows are always shuffled; see sampling",
    "tol": "it is called tolerance",
    "verbose": "a function in callbacks can print: lambda epoch, record: print(epoch, record)",
    "nesterovs_momentum": "use optimizer='nesterov'",
    "beta_1": "it is called beta1",
    "beta_2": "it is called beta2",
    "n_iter_no_change": "it is called patience",
    "n_jobs": "it trains on one core; searches and cross_val_score have n_jobs of their own",
    "C": "weight_decay is the like: 1 / C divided by the number of rows",
    "l2": "it is called weight_decay",
    "n_estimators": "it is called members",
    "max_fun": "it belongs to lbfgs, which is not here",
}
# Values that other libraries have for a parameter of the same name, and what to use here.
ELSEWHERE = {
    ("learning_rate", "constant"): "schedule='constant'",
    ("learning_rate", "invscaling"): "schedule='inverse_time'",
    ("learning_rate", "adaptive"): "schedule='plateau'",
    ("loss", "log_loss"): "loss='cross_entropy'",
    ("loss", "categorical_crossentropy"): "loss='cross_entropy'",
    ("loss", "binary_crossentropy"): "loss='binary_cross_entropy'",
    ("loss", "mse"): "loss='squared_error'",
    ("loss", "poisson"): "loss='squared_error' on the logarithm of y; there is no Poisson loss",
    ("optimizer", "sgd"): "optimizer='momentum' or 'nesterov', or 'descent' without momentum",
    ("optimizer", "lbfgs"): "optimizer='adam'; there is no lbfgs",
    ("optimizer", "rmsprop"): "optimizer='adam'",
    ("activation", "sigmoid"): "activation='logistic'",
    ("activation", "linear"): "activation='identity'",
    ("activation", "leaky_relu"): "activation='relu', 'silu' or 'selu'",
    ("activation", "elu"): "activation='selu'",
    ("activation", "swish"): "activation='silu'",
    ("output", "sigmoid"): "output='logistic'",
    ("output", "linear"): "output='identity'",
    ("initializer", "xavier"): "initializer='glorot'",
    ("initializer", "kaiming"): "initializer='he'",
    ("preprocessing", "minmax"): "preprocessing='unit_range' (all columns alike), or 'robust'",
}


def hint(name: str, known: Iterable[str] = ()) -> str:
    """What follows the name of a parameter that is not here, in a message; "" if there is nothing to say.

    Args:
        known: the names that there are, for one that is misspelled.
    """
    if name in FAMILIAR:
        return f": {FAMILIAR[name]}"
    close = difflib.get_close_matches(name, list(known), 1)
    return f": is {close[0]} meant?" if close else ""


def instead(name: str, value: object) -> str:
    """What to use here for a value that is another library's, in a message; "" if there is nothing to say."""
    known = ELSEWHERE.get((name, value.lower())) if isinstance(value, str) else None
    return f"; use {known}" if known else ""
