"""A wrong parameter is one line that names it, what it is and what is allowed; so is a name that is not here."""

import inspect
import pydoc
import re
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.neural_network import MLPClassifier, MLPRegressor

from pipeline.estimators import BackpropClassifier, BackpropRegressor
from pipeline.estimators.parameters import PARAMETERS
from pipeline.feed.augmentation import Augmentation
from pipeline.nn.schedules import Schedule

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
DIVERGING = {"optimizer": "descent", "activation": "relu", "output": "identity", "loss": "squared_error"}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"learning_rate": 0}, "learning_rate=0 is not allowed: it must be greater than 0"),
    ({"learning_rate": float("nan")}, "learning_rate=nan is not allowed"),
    ({"dropout": 1}, "dropout=1 is not allowed: it must be at least 0 and less than 1"),
    ({"epochs": 0}, "epochs=0 is not allowed: it must be at least 1"),
    ({"optimizer": "sgd"}, "optimizer=sgd is not allowed: it must be one of descent, momentum"),
    ({"optimizer": "sgd"}, "adamw; use optimizer='momentum' or 'nesterov', or 'descent' without momentum"),
    ({"optimizer": "lbfgs"}, "use optimizer='adam'; there is no lbfgs"),
    ({"activation": "sigmoid"}, "use activation='logistic'"),
    ({"rare": 0}, "rare=0 is not allowed: it must be at least 1"),
    ({"levels": "all"}, "levels=all is not allowed: it must be a whole number"),
    ({"schedule": "warmup"}, "schedule=warmup is not allowed: it must be one of constant"),
    ({"batch_size": 2.5}, "batch_size=2.5 is not allowed"),
    ({"hidden": (0,)}, "hidden=0 is not allowed: it must be at least 1"),
    ({"activation": "tahn"}, "tahn is not one of tanh"),
    ({"activation": ("tanh", "relu")}, "activation names 2 activations for 1 hidden layers"),
    ({"rate_factors": (1.0,)}, "rate_factors names 1 factors for 2 layers"),
    (
        {"loss": "cross_entropy", "output": "logistic"},
        "loss=cross_entropy can't be used with output=logistic: it needs softmax",
    ),
    ({**DIVERGING, "learning_rate": 1e9}, "training diverged"),
    ({"hidden": 0}, "hidden=0 is not allowed: it must be at least 1"),
    ({"hidden": True}, "hidden=True is not allowed: it must be a whole number, or a list of one for each hidden"),
    ({"hidden": 2.5}, "hidden=2.5 is not allowed: it must be a whole number, or a list of one for each hidden"),
    ({"hidden": None}, "hidden=None is not allowed: it must be a whole number, or a list of one for each hidden"),
    ({"rate_factors": None}, "rate_factors=None is not allowed: it must be a list of a factor for each layer"),
    ({"activation": None}, "activation=None is not allowed: it must be a name, or a list of one for each"),
    ({"activation": 5}, "activation=5 is not allowed: it must be a name, or a list of one for each"),
    ({"optimizer": None}, "optimizer=None is not allowed: it must be text"),
    ({"loss": None}, "loss=None is not allowed: it must be text"),
    ({"learning_rate": None}, "learning_rate=None is not allowed: it must be a number"),
    ({"learning_rate": "fast"}, "learning_rate=fast is not allowed: it must be a number"),
    ({"learning_rate": np.float32("inf")}, "learning_rate=inf is not allowed: it must be a finite number"),
    ({"optimizer": "adam", "momentum": 5}, "momentum=5 is not allowed: it must be at least 0 and less than 1"),
    ({"epochs": "x"}, "epochs=x is not allowed: it must be a whole number"),
    ({"epochs": True}, "epochs=True is not allowed: it must be a whole number"),
    ({"batch_size": None}, "batch_size=None is not allowed: it must be auto, 0 for all rows, or a whole number"),
    ({"batch_size": "x"}, "batch_size=x is not allowed: it must be auto, 0 for all rows, or more"),
    ({"schedule": None}, "schedule=None is not allowed: it must be a name, or a Schedule"),
    ({"schedule": Schedule("step", factor=2.0)}, "schedule.factor=2.0 is not allowed"),
    ({"augmentation": "x"}, "augmentation=x is not allowed: it must be None, or an Augmentation"),
    ({"augmentation": Augmentation(noise=-1)}, "augmentation.noise=-1 is not allowed: it must be at least 0"),
    ({"output": "tahn"}, "output=tahn is not allowed: tahn is not one of"),
    ({"loss": "log_loss"}, "it must be one of auto, squared_error, cross_entropy, binary_cross_entropy; use"),
    ({"guard": -1}, "guard=-1 is not allowed: it must be at least 0"),
    ({"engine": "gpu"}, "engine=gpu is not allowed: it must be one of compiled, numpy"),
    ({"learning_rate": "adaptive"}, "learning_rate=adaptive is not allowed: it must be a number; use schedule="),
    ({"beta1": 1}, "beta1=1 is not allowed: it must be at least 0 and less than 1"),
    ({"beta2": "a"}, "beta2=a is not allowed: it must be a number"),
    ({"epsilon": 0}, "epsilon=0 is not allowed: it must be greater than 0"),
    ({"clip": -1}, "clip=-1 is not allowed: it must be at least 0"),
    ({"layer_rates": "x"}, "layer_rates=x is not allowed: it must be one of equal, fan_in"),
    ({"l1": -1}, "l1=-1 is not allowed: it must be at least 0"),
    ({"l1_step": "x"}, "l1_step=x is not allowed: it must be one of subgradient, proximal"),
    ({"weight_decay": -1}, "weight_decay=-1 is not allowed: it must be at least 0"),
    ({"input_dropout": 1}, "input_dropout=1 is not allowed: it must be at least 0 and less than 1"),
    ({"initializer": "x"}, "initializer=x is not allowed: it must be one of fan_in"),
    ({"sigma": 0}, "sigma=0 is not allowed: it must be greater than 0"),
    ({"preprocessing": "scale"}, "preprocessing=scale is not allowed: it must be one of auto, none"),
    ({"components": -1}, "components=-1 is not allowed: it must be at least 0"),
    ({"embedding": "x"}, "embedding=x is not allowed: it must be one of none"),
    ({"bins": 1}, "bins=1 is not allowed: it must be at least 2 and at most 1024"),
    ({"waves": 0}, "waves=0 is not allowed: it must be at least 1 and at most 16"),
    ({"sampling": "x"}, "sampling=x is not allowed: it must be one of uniform"),
    ({"patience": -1}, "patience=-1 is not allowed: it must be at least 0"),
    ({"smoothing": 1}, "smoothing=1 is not allowed: it must be at least 0 and less than 1"),
    ({"smoothing": 0.1, "loss": "squared_error"}, "smoothing=0.1 is for the cross-entropies: under squared_error use"),
    ({"bias_factor": -1}, "bias_factor=-1 is not allowed: it must be"),
    ({"input_scale": "x"}, "input_scale=x is not allowed: it must be"),
    ({"measured_rows": -1}, "measured_rows=-1 is not allowed: it must be at least 0"),
    ({"tolerance": -1}, "tolerance=-1 is not allowed: it must be at least 0"),
    ({"loss_change": -1}, "loss_change=-1 is not allowed: it must be at least 0"),
    ({"averaging": "x"}, "averaging=x is not allowed: it must be one of none"),
    ({"decay": 1}, "decay=1 is not allowed: it must be at least 0 and less than 1"),
    ({"members": 0}, "members=0 is not allowed: it must be at least 1"),
    ({"gradient_norm": -1}, "gradient_norm=-1 is not allowed: it must be at least 0"),
    ({"error_change": -1}, "error_change=-1 is not allowed: it must be at least 0"),
    ({"seconds": -1}, "seconds=-1 is not allowed: it must be at least 0"),
    ({"early_stopping": "yes"}, "early_stopping=yes is not allowed: it must be True or False"),
    ({"diagnostics": 2}, "diagnostics=2 is not allowed: it must be True or False"),
    ({"warm_start": None}, "warm_start=None is not allowed: it must be True or False"),
    ({"validation_fraction": 1}, "validation_fraction=1 is not allowed: it must be a number greater than 0 and"),
    ({"image_shape": (4,)}, "image_shape=(4,) is not allowed: it must be None, (height, width) or"),
    ({"columns": "x"}, "columns=x is not allowed: it must be None, or kinds by name"),
    ({"callbacks": print}, "is not allowed: it must be a list of functions"),
    ({"random_state": "x"}, "'x' cannot be used to seed"),
    ({"class_weight": "even"}, "class_weight=even is not allowed: it must be None, 'balanced', or a weight by class"),
    ({"class_weight": [1, 2, 3]}, "class_weight=[1, 2, 3] is not allowed: it must be None, 'balanced', or a weight by"),
    ({"early_stopping": True, "validation_fraction": 1e-9}, "it is too uneven for 150 rows; expected at least 1 row"),
]


@pytest.mark.parametrize(("parameters", "message"), WRONG)
def test_a_wrong_parameter_is_one_line_that_names_it(parameters: dict[str, Any], message: str) -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        BackpropClassifier(**{"epochs": 3, **parameters}).fit(X, y)
    assert "\n" not in str(caught.value)


THEIR_WORDS = re.compile(r"split\.ratio|weighting|given\b|params\.yaml|data\.|network\.|preprocessing\.")


@pytest.mark.parametrize("parameters", [values for values, _ in WRONG], ids=str)
def test_no_message_names_a_setting_of_the_pipeline(parameters: dict[str, Any]) -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        BackpropClassifier(**{"epochs": 3, **parameters}).fit(X, y)
    assert not THEIR_WORDS.search(str(caught.value))


def test_what_fit_leaves_behind_says_so_before() -> None:
    for name in ("coefs_", "loss_", "n_iter_", "best_validation_score_", "classes_"):
        with pytest.raises(NotFittedError, match=f"this BackpropClassifier is not fitted yet: {name} is there after"):
            getattr(BackpropClassifier(), name)
        assert not hasattr(BackpropClassifier(), name)
    with pytest.raises(AttributeError, match="'BackpropRegressor' object has no attribute 'coefs'"):
        _ = BackpropRegressor().coefs


@pytest.mark.parametrize("name", ["predict_proba", "decision_function", "coef_", "feature_importances_"])
def test_what_others_have_says_where_it_is_here(name: str) -> None:
    model = BackpropClassifier(3, epochs=1, patience=0, loss="squared_error").fit(*load_iris(return_X_y=True))
    assert not hasattr(model, name)
    with pytest.raises(
        AttributeError, match=rf"has no attribute '{name}': \w+ .*(coefs_|predict_log|permut|loss='auto')"
    ):
        getattr(model, name)


def test_a_misspelled_name_says_which_is_meant() -> None:
    with pytest.raises(ValueError, match="has no parameter 'hiden': is hidden meant"):
        BackpropClassifier().set_params(hiden=3)
    with pytest.raises(TypeError, match="has no parameter 'classweight': is class_weight meant.; it has hidden"):
        BackpropClassifier(classweight="balanced")


def test_help_shows_each_parameter_with_its_type_and_default() -> None:
    parameters = inspect.signature(BackpropClassifier).parameters
    assert {"hidden", "learning_rate", "weight_decay", "class_weight", "random_state"} <= set(parameters)
    assert (parameters["learning_rate"].annotation, parameters["learning_rate"].default) == (float, 0.01)
    with pytest.raises(TypeError, match="has no parameter 'classweight': .*; it has hidden.*class_weight"):
        BackpropClassifier(classweight="balanced")


def test_the_table_of_wrong_values_has_every_parameter() -> None:
    missing = {*inspect.signature(BackpropClassifier).parameters} - {name for values, _ in WRONG for name in values}
    assert missing <= {*NEW}


NEW = ()  # parameters whose wrong values are tested elsewhere


@pytest.mark.parametrize(
    ("estimator", "theirs"), [(BackpropClassifier, MLPClassifier), (BackpropRegressor, MLPRegressor)]
)
def test_a_parameter_of_scikit_learns_networks_is_here_or_it_is_said_what_to_use(estimator: Any, theirs: Any) -> None:
    own, asked = inspect.signature(estimator).parameters, inspect.signature(theirs).parameters
    assert "early_stopping" in own and "hidden_layer_sizes" in asked
    for name in (name for name in asked if name not in own):
        with pytest.raises(TypeError, match=f"has no parameter '{name}': ") as caught:
            estimator(**{name: 1})
        assert "\n" not in str(caught.value)
        with pytest.raises(ValueError, match=f"has no parameter '{name}': "):
            estimator().set_params(**{name: 1})
    with pytest.raises(TypeError, match="'hidden_layer_sizes': it is called hidden; it has hidden, "):
        estimator(hidden_layer_sizes=(5,))
    with pytest.raises(ValueError, match="Invalid parameter 'nonsense'"):
        estimator().set_params(nonsense=1)


def test_every_parameter_is_in_help_once_with_its_meaning() -> None:
    for estimator in (BackpropClassifier, BackpropRegressor):
        text = pydoc.plain(pydoc.render_doc(estimator))
        for name, parameter in inspect.signature(estimator).parameters.items():
            head = f"{name} : .*default={re.escape(repr(parameter.default))}\n"
            (told,) = re.findall(rf"\n \|  {head} \|      (\S.*)\n", text)
            assert not told.startswith(f"{name} of the "), f"{name} has no meaning in help()"
    assert {*PARAMETERS} <= {*inspect.signature(BackpropRegressor).parameters}


def test_an_annotation_of_the_settings_is_the_type_in_help() -> None:
    text = BackpropClassifier.__doc__ or ""
    assert "hidden : int or sequence of int, default=(100,)" in text
    assert "units per hidden layer" in text
    assert "optimizer : {'descent', 'momentum', 'nesterov', 'adam'" in text
    assert "coefs_\n" in text and "best_validation_score_\n" in text
