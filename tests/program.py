"""Copies of the program for the projects of tests; all of them use the machine code of the one that they copy."""

import shutil
from pathlib import Path

from numba.core.caching import _CacheLocator

from pipeline.nn.compiled import cache

ROOT = Path(__file__).parent.parent


def copy_program(folder: Path) -> None:
    """pipeline/ in ``folder``, with what Python compiled of it and, as a link, what Numba did and will do."""
    shutil.copytree(ROOT / "pipeline", folder / "pipeline", ignore=shutil.ignore_patterns(cache.FOLDER.name))
    here = folder / cache.HERE.relative_to(ROOT)
    link = here / "__pycache__" / cache.FOLDER.name / _code_of(here)
    shared = cache.FOLDER / _code_of(cache.HERE)
    shared.mkdir(parents=True, exist_ok=True)
    link.parent.mkdir(parents=True)
    link.symlink_to(shared)


def _code_of(package: Path) -> str:
    """The folder within the cache in which Numba keeps the code of a package's modules: it depends on their path."""
    return str(_CacheLocator.get_suitable_cache_subpath(str(package / "engine.py")))
