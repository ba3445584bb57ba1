"""Start a project of your own: python -m pipeline.new DIR [--data FILE] [--target COLUMN]."""

import argparse
import contextlib
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

from pipeline.console import run_stage, say
from pipeline.errors import HoldoutError
from pipeline.new import drafts, repository
from pipeline.storage import atomic

NAME = re.compile(r"\w[\w .+-]*")
RAW = Path("raw")
LARGE = 10**7  # bytes; above, data are not committed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipeline.new", description=__doc__)
    parser.add_argument("folder", metavar="DIR", type=Path, help="its folder, which is made, or is empty")
    parser.add_argument("--data", metavar="FILE", type=Path, help="your file or folder, which is copied into DIR/raw")
    parser.add_argument("--target", metavar="COLUMN", help="what to predict: a column of it, or an array")
    options = parser.parse_args()
    if options.target is not None and options.data is None:
        raise HoldoutError("--target names a column of --data FILE: give both, or neither")
    start(options.folder, options.data, options.target)


def start(folder: Path, data: Path | None = None, target: str | None = None) -> None:
    """Make the project in ``folder``, whole or not at all.

    Raises:
        HoldoutError: the folder is taken or has a name that can't be used, or there are no such data.
    """
    _check(folder, data)
    name = drafts.cleaned(folder.resolve().name)
    with _emptied_on_failure(folder):
        repository.begin(folder)
        placed = _placed(data, folder) if data is not None else None
        for path, text in drafts.files(name, placed, target).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text + _large(path, placed, folder), encoding="utf-8", newline="\n")
        became = repository.commit(folder)
    say(f"{folder}: the project {name}; {became}")
    say(f"next: cd {shlex.quote(str(folder))}, look at params.yaml and README.md, and type: dvc repro")


def _check(folder: Path, data: Path | None) -> None:
    name = folder.resolve().name
    if not NAME.fullmatch(name):
        raise HoldoutError(f"{name!r} can't name a project's folder, allowed: letters, digits, space and _ . + -")
    if folder.exists() and not folder.is_dir():
        raise HoldoutError(f"{folder} is a file; name a folder that is not there yet, or is empty")
    if folder.is_dir() and any(folder.iterdir()):
        raise HoldoutError(f"{folder} is not empty; name a folder that is not there yet, or is empty")
    if data is None:
        return
    if not data.exists():
        raise HoldoutError(f"--data {data}: there is no such file or folder")
    if data.is_dir() and folder.resolve().is_relative_to(data.resolve()):
        raise HoldoutError(f"--data {data}: the new project would lie in this folder; put it elsewhere")


@contextlib.contextmanager
def _emptied_on_failure(folder: Path) -> Iterator[None]:
    there = folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for entry in list(folder.iterdir()):
            atomic.remove(entry)
        if not there:
            folder.rmdir()
        raise


def _placed(data: Path, folder: Path) -> str:
    """Copy the user's data into the project; returns where they are in it."""
    place = RAW / data.resolve().name
    (folder / RAW).mkdir()
    if data.is_dir():
        shutil.copytree(data, folder / place, symlinks=True)
    else:
        shutil.copyfile(data, folder / place)
    return place.as_posix()


def _large(path: str, placed: str | None, folder: Path) -> str:
    """What .gitignore holds beside, when the data are too large for git."""
    if path != ".gitignore" or placed is None:
        return ""
    place = folder / placed
    size = sum(one.stat().st_size for one in (place, *place.rglob("*")) if one.is_file())
    return f"/{placed}\n" if size > LARGE else ""


if __name__ == "__main__":
    run_stage(main, anywhere=True)
