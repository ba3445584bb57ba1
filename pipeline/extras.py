"""The packages that commands need beside those of the estimators, which are all that a plain installation has."""

import importlib.util
import sys

PROBED = ("dvc", "hydra", "rich", "yaml")  # who has these has the extra; MLflow may be missing where nothing is shown


def check() -> None:
    """End the process with one line, and status 1, if the extra is not installed."""
    if missing := [name for name in PROBED if importlib.util.find_spec(name) is None]:
        sys.exit(f"error: {', '.join(missing)} can't be found, which commands need: pip install 'holdout[pipeline]'")
