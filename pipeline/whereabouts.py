"""Which folder is a project: commands work in that one only, for elsewhere they would begin a store of their own."""

import shlex
from pathlib import Path

from pipeline.errors import HoldoutError

FILES = ("params.yaml", "dvc.yaml")  # what makes a folder a project


def require(folder: Path | None = None) -> None:
    """Do nothing in a project's folder (``folder``, the current one by default).

    Raises:
        HoldoutError: it is none; says where the project is, or how to start one.
    """
    here = folder or Path.cwd()
    missing = [name for name in FILES if not (here / name).exists() and not (here / name).is_symlink()]
    if not missing:
        return
    above = next((place for place in here.parents if all((place / name).is_file() for name in FILES)), None)
    if above is not None:
        raise HoldoutError(f"this folder is no project; the project is above it, so type first: cd {_quoted(above)}")
    if len(missing) < len(FILES):
        raise HoldoutError(f"{missing[0]} is missing: run this in the project's folder, or restore the file")
    raise HoldoutError(
        f"no project here, nor in a folder above: {' and '.join(FILES)} are missing in {_quoted(here)}; "
        "go to a project's folder, or start one: python -m pipeline.new DIR"
    )


def _quoted(place: Path) -> str:
    return shlex.quote(str(place))
