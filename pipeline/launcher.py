"""What `python -m pipeline.stages.NAME` does before the stage's module, or any that it needs, is imported.

The mirror is started, which has rules of its own; then this process confines itself. Nothing but this file, the room
that confines, the little that it needs of the room of storage, and PyYAML is loaded before.
"""

import os
import sys
from pathlib import Path

from pipeline import console
from pipeline.errors import HoldoutError
from pipeline.sealing.boundaries import MIRROR
from pipeline.sealing.confine import hold
from pipeline.tracking import child
from pipeline.whereabouts import FILES

STAGES = "pipeline.stages."
MIRRORED = ("train", "report")  # the stages that MLflow shows while they run
UNBOUND = ("installed",)  # reads and writes no data
GROUP = "pipeline.launching"  # trains what a job of another launcher is given
COPYING = ("pipeline.tracking.mirror", "pipeline.tracking.rebuild")


def module() -> str:
    """The module that this `python -m` is about to run; empty for another command."""
    if sys.argv[:1] != ["-m"] or len(sys.orig_argv) < len(sys.argv):
        return ""
    word = sys.orig_argv[-len(sys.argv)]  # the name, or `-mNAME` as one word
    return word[word.find("pipeline.") :] if "pipeline." in word else ""


def launch() -> None:
    """Confine the stage, or the mirror, that is about to run; a mistake ends it with one line."""
    name = module()
    if not all(Path(file).exists() for file in FILES) or {"-h", "--help"} & set(sys.argv):
        return  # the command itself says what is wrong, or helps
    stage = name.removeprefix(STAGES)
    try:
        if name == GROUP:
            hold("train", from_start=True)
        elif name in COPYING:
            hold(MIRROR, from_start=True)
        elif stage != name and stage not in UNBOUND:
            if stage in MIRRORED:
                child.start_ahead()
            hold(stage, sys.argv[1:], from_start=True)
    except HoldoutError as error:
        console.fail(str(error))
    except OSError as error:
        console.fail(f"{error.filename or os.getcwd()}: {error.strerror}")
