"""The packages that commands need beside those of the estimators, which are all that a plain installation has.

What only some commands need is an extra by itself.
"""

import importlib.util
import sys

from pipeline.errors import HoldoutError

PROBED = ("dvc", "hydra", "rich", "yaml")  # who has these has the extra; MLflow may be missing where nothing is shown


def check() -> None:
    """End the process with one line, and status 1, if the extra is not installed."""
    if missing := [name for name in PROBED if importlib.util.find_spec(name) is None]:
        sys.exit(f"error: {', '.join(missing)} can't be found, which commands need: pip install 'holdout[pipeline]'")


def need(package: str, extra: str, what: str) -> None:
    """Raise HoldoutError if a package of an extra is not installed; ``what`` needs it."""
    if importlib.util.find_spec(package) is None:
        raise HoldoutError(f"{what} needs {package}, which is not installed: pip install 'holdout[{extra}]'")
