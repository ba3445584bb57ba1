"""What `dvc repro` would stop at before any stage runs, told in our words: python -m pipeline.preflight.

DVC looks at the files that a stage depends on before it starts the stage.
"""

import difflib
import json
from pathlib import Path

from pipeline.configuration.params import FILE, load_params
from pipeline.configuration.refusals import refusal
from pipeline.console import run_stage
from pipeline.storage.places import PARAMS

LOCKS = Path(".dvc/tmp/rwlock")  # DVC writes it in place: killed in the middle, it can't read it again


def main() -> None:
    mend_locks()
    check_sources()


def mend_locks() -> None:
    """Remove DVC's table of locks if it is half written; nothing else needs it."""
    try:
        json.loads(LOCKS.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except ValueError:
        LOCKS.unlink()


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
