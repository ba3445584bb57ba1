"""What `dvc repro` would stop at before any stage runs, told in our words: python -m pipeline.preflight.

DVC looks at the files that a stage depends on before it starts the stage.
"""

import difflib
import json
from pathlib import Path

from pipeline import torn
from pipeline.configuration.params import FILE, load_params
from pipeline.configuration.refusals import refusal
from pipeline.console import run_stage, say
from pipeline.sealing.boundaries import caches
from pipeline.storage.places import PARAMS

LOCKS = Path(".dvc/tmp/rwlock")  # DVC writes it in place: killed in the middle, it can't read it again
LOCK_FILE = Path("dvc.lock")  # likewise


def main() -> None:
    mend_locks()
    mend_lock_file()
    mend_cache()
    check_sources()


def mend_locks() -> None:
    """Remove DVC's table of locks if it is half written; nothing else needs it."""
    try:
        json.loads(LOCKS.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except ValueError:
        LOCKS.unlink()


def mend_lock_file() -> None:
    """Take away a dvc.lock of which a power cut has left nothing: the stages run again, and find their trials.

    With anything in it, it is a person's to mend.
    """
    if LOCK_FILE.is_file() and not LOCK_FILE.read_bytes().strip(b"\0 \n"):
        LOCK_FILE.unlink()
        say(f"note: {LOCK_FILE} was empty, as a power cut leaves it, and is removed: all stages run again")


def mend_cache() -> None:
    """Remove what a power cut has torn in DVC's cache; a stage whose output it was runs again."""
    if count := torn.remove_torn(caches(Path.cwd())):
        say(f"note: {count} files of DVC's cache were not whole, as a power cut leaves them, and are removed")


def check_sources() -> None:
    """Raise HoldoutError if a file that params.yaml names for the data is not there."""
    data = load_params().data
    for key, paths in (("data.path", data.path), ("data.labels", data.labels)):
        for path in paths:
            if data.source == FILE and not Path(path).exists():
                raise refusal(str(PARAMS), key, path, f"a file or folder that is there{_meant(Path(path))}")


def _meant(path: Path) -> str:
    folder = path.parent
    there = [one.name for one in folder.iterdir()] if folder.is_dir() else []
    close = difflib.get_close_matches(path.name, there, n=1)
    return f"; did you mean {folder / close[0]}?" if close else f" (it is sought in {folder.resolve()})"


if __name__ == "__main__":
    run_stage(main)
