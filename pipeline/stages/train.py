"""train: one trial, or a Hydra multirun of them, on the training and validation rows.

``experiment=NAME`` alone is the stage train@NAME and writes experiments/NAME/results; anything else is ad hoc: it
is kept in the store and shown in MLflow, and touches no output of the pipeline. Where NAME leaves it to the data which
experiments are run, the multiruns of these are one sweep.
"""

import os
import sys
import uuid
from pathlib import Path

from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from pipeline.configuration import auto, grid, plain, spelling
from pipeline.console import run_stage, say
from pipeline.launching.launched import launched
from pipeline.sealing import recording
from pipeline.sealing.confine import confine
from pipeline.storage.cards import read_card
from pipeline.storage.places import SPLIT
from pipeline.tracking.child import mirrored, waited_for_later
from pipeline.trials import multiruns, sweeps
from pipeline.trials.jobs import published_name
from pipeline.trials.processes import end_with_dvc

CONF = Path("conf")  # the project's own
# What Hydra raises for a mistake on the command line or in conf/; trials keep their own errors.
MISTAKES = (HydraException, OmegaConfBaseException, YAMLError, ValueError)


def main() -> None:
    confine("train", sys.argv[1:])
    plain.check(sys.argv[1:], CONF)
    name = published_name(sys.argv[1:])
    lines = auto.lines(sys.argv[1:], CONF, lambda: read_card(SPLIT / "card.json"))
    spelling.check([words for _, words in lines], CONF)
    grid.check([words for _, words in lines], CONF)
    sweep = sweeps.Sweep(name or sweeps.AD_HOC, uuid.uuid4().hex)
    os.environ |= {"HOLDOUT_EXPERIMENT": sweep.experiment, "HYDRA_FULL_ERROR": "1"}  # 1: run_stage says its errors
    with mirrored(not waited_for_later()):
        end_with_dvc()
        multiruns.run(CONF, lines, sweep, recording.record, launched)
        if name:
            sweep.publish()
        recording.count()
    if not name and len(sweep.members()) > 1:
        say("beside each other, on a page: python -m pipeline.trials plot")
    sweep.refuse_failures()


if __name__ == "__main__":
    run_stage(main, MISTAKES)
