"""train: one trial, or a Hydra multirun of them, on the training and validation rows.

``experiment=NAME`` alone is the stage train@NAME and writes experiments/NAME/results; anything else is ad hoc: it
is kept in the store and shown in MLflow, and touches no output of the pipeline.
"""

import os
import sys
import uuid
from contextlib import nullcontext
from functools import partial

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from joblib.externals.loky.process_executor import TerminatedWorkerError
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from pipeline import files, tracking
from pipeline.console import epoch_bar, run_stage, say
from pipeline.errors import HoldoutError
from pipeline.sealing.confine import confine
from pipeline.settings import from_config
from pipeline.trials import sweeps
from pipeline.trials.orphans import end_with_dvc
from pipeline.trials.runner import open_split, run_trial

# What Hydra and joblib raise for a mistake on the command line or in conf/; trials keep their own errors.
MISTAKES = (HydraException, OmegaConfBaseException, YAMLError, TerminatedWorkerError, ValueError)


@hydra.main(version_base="1.3", config_path="../../conf", config_name="config")
def job(config: DictConfig) -> None:
    """One Hydra job; a mistake in its settings ends the sweep here, before Hydra words it in lines of its own."""
    run_stage(lambda: train(config))


def train(config: DictConfig) -> None:
    """Train the trial that this configuration describes, or find it in the store."""
    values = {name: config[name] for name in config if name != "allow_failed"}
    if not isinstance(config.allow_failed, bool):
        raise HoldoutError(f"settings: allow_failed={config.allow_failed} is not allowed: it must be true or false")
    settings, task = from_config(OmegaConf.create(values)), HydraConfig.get()
    number = int(task.job.num) if task.mode is RunMode.MULTIRUN else 0
    changed = [word for word in task.overrides.task if not word.startswith(("experiment=", *sweeps.HARMLESS))]
    sweep = sweeps.Sweep.from_environment(os.environ)
    with epoch_bar(f"trial {number + 1}: {' '.join(changed)}", settings.stopping.epochs) as follow:
        announce = partial(sweep.add, job=number, words=changed, allow_failed=config.allow_failed)
        summary = run_trial(settings, open_split(), follow, announce)
    say(f"{sweep.experiment} {number + 1}: {' '.join(changed) or 'defaults'}: {sweeps.in_words(summary)}")


def main() -> None:
    name = sweeps.published_name(sys.argv[1:])
    sweep = sweeps.Sweep(name or sweeps.AD_HOC, uuid.uuid4().hex)
    os.environ |= {**sweep.to_environment(), "HYDRA_FULL_ERROR": "1"}  # 1: errors reach run_stage, which says them
    with sweeps.only_run(name) if name else nullcontext(), tracking.follow():
        confine("train")
        end_with_dvc()
        job()
        if name:
            sweep.publish(files.EXPERIMENTS / name / "results")
    sweep.refuse_failures()


if __name__ == "__main__":
    run_stage(main, MISTAKES)
