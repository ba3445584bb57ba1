"""What parameters of scikit-learn's MLPClassifier and MLPRegressor are called here."""

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
    "max_fun": "it belongs to lbfgs, which is not here",
}
# Values of a parameter that has the same name there, and what to use here.
ELSEWHERE = {
    ("learning_rate", "constant"): "schedule='constant'",
    ("learning_rate", "invscaling"): "schedule='inverse_time'",
    ("learning_rate", "adaptive"): "schedule='plateau'",
    ("loss", "log_loss"): "loss='cross_entropy'",
}


def hint(name: str) -> str:
    """What follows the name of a parameter that is not here, in a message; "" if it is none of theirs."""
    return f": {FAMILIAR[name]}" if name in FAMILIAR else ""


def instead(name: str, value: object) -> str:
    """What to use here for a value that is one of theirs, in a message; "" if there is nothing to say."""
    known = ELSEWHERE.get((name, value)) if isinstance(value, str) else None
    return f"; use {known}" if known else ""
