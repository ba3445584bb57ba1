"""Machine code must be compiled anew whenever anything changes that is compiled in."""

import importlib
import inspect
from pathlib import Path

from numba.core.dispatcher import Dispatcher

from pipeline.arithmetic.keeping import PACKAGE, SOURCES


def test_all_that_compiled_functions_use_is_among_the_hashed_sources() -> None:
    """A function of the house, or a class of it, that a compiled function names."""
    used = set()
    for path in (*PACKAGE.glob("arithmetic/*.py"), *PACKAGE.glob("nn/compiled/*.py")):
        module = importlib.import_module(
            f"pipeline.{path.relative_to(PACKAGE).with_suffix('').as_posix()}".replace("/", ".")
        )
        for function in (part.py_func for part in vars(module).values() if isinstance(part, Dispatcher)):
            found = (function.__globals__.get(name) for name in function.__code__.co_names)
            parts = [getattr(part, "py_func", part) for part in found]
            used |= {inspect.getmodule(part) for part in parts if inspect.isclass(part) or inspect.isfunction(part)}
    files = {Path(str(module.__file__)) for module in used if module and module.__name__.startswith("pipeline.")}
    assert {PACKAGE / "nn/activations.py", PACKAGE / "arithmetic/scalars.py"} <= files
    assert files <= set(SOURCES)
