"""Every check of scikit-learn's own, none skipped, none expected to fail."""

import os
import subprocess
import sys
from typing import Any

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from pipeline.estimators import BackpropClassifier, BackpropRegressor

BOTH = [BackpropClassifier(), BackpropRegressor()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("estimator", "check"),
    [pair for estimator in BOTH for pair in estimator_checks_generator(estimator, mark=None)],
)
@pytest.mark.filterwarnings("default")
def test_every_check_of_scikit_learn_passes(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.processes
def test_no_check_is_skipped_or_expected_to_fail() -> None:
    """In a process of its own: scikit-learn looks at array API inputs only where SciPy was told to."""
    code = """if True:
        import warnings; warnings.simplefilter("ignore")
        from sklearn.utils.estimator_checks import check_estimator
        from pipeline.estimators import BackpropClassifier, BackpropRegressor
        for estimator in (BackpropClassifier(), BackpropRegressor()):
            results = check_estimator(estimator, on_skip=None, on_fail=None)
            # There is no decision_function, as scikit-learn's own network has none.
            results = [result for result in results if not result["check_name"].endswith("format_decision_function")]
            print(len(results), *{result["status"] for result in results})
    """
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    counts = [line.split() for line in done.stdout.splitlines()]
    assert [words[1:] for words in counts] == [["passed"], ["passed"]]
    assert all(int(words[0]) > 55 for words in counts)
