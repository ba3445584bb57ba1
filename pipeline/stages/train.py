"""train: one trial, or a Hydra multirun of them, on the training and validation rows.

``experiment=NAME`` alone is the stage train@NAME and writes experiments/NAME/results; anything else is ad hoc: it
is kept in the store and shown in MLflow, and touches no output of the pipeline.
"""

import functools
import os
import sys
import uuid

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from pipeline import files, tracking
from pipeline.console import epoch_bar, run_stage, say
from pipeline.sealing.confine import confine
from pipeline.settings import from_config
from pipeline.trials import sweeps
from pipeline.trials.runner import run_trial

HARMLESS = ("allow_failed", "hydra/launcher", "hydra.launcher.n_jobs")
read_split = functools.cache(files.read_split)


def published_name(words: list[str]) -> str | None:
    """NAME if the command line says ``experiment=NAME`` and nothing that would change its sweep."""
    rest = [word for word in words if word.split("=")[0] not in HARMLESS and not word.startswith("-")]
    return rest[0].partition("=")[2] if len(rest) == 1 and rest[0].startswith("experiment=") else None


@hydra.main(version_base="1.3", config_path="../../conf", config_name="config")
def job(config: DictConfig) -> None:
    """One Hydra job: train the trial that this configuration describes."""
    values = {name: config[name] for name in config if name != "allow_failed"}
    settings, task = from_config(OmegaConf.create(values)), HydraConfig.get()
    number = int(task.job.num) if task.mode is RunMode.MULTIRUN else 0
    changed = [word for word in task.overrides.task if not word.startswith(("experiment=", *HARMLESS))]
    with epoch_bar(f"trial {number + 1}: {' '.join(changed)}", settings.stopping.epochs) as follow:
        sweep = sweeps.Sweep.from_environment(os.environ)
        summary = run_trial(settings, read_split(), follow, lambda key: sweep.add(key, number, changed))
    say(f"{sweep.experiment} {number + 1}: {' '.join(changed) or 'defaults'}: {sweeps.in_words(summary)}")


def main() -> None:
    name = published_name(sys.argv[1:])
    sweep = sweeps.Sweep(name or sweeps.AD_HOC, uuid.uuid4().hex)
    os.environ |= {**sweep.to_environment(), "HYDRA_FULL_ERROR": "1"}  # 1: errors reach run_stage, which says them
    with tracking.follow():
        confine("train")
        job()
        summaries = sweep.publish(files.EXPERIMENTS / name / "results") if name else sweep.summaries()
    allowed = any(word in ("allow_failed=true", "allow_failed=True") for word in sys.argv)
    if not allowed:
        sweeps.refuse_failures(sweep.experiment, summaries)


if __name__ == "__main__":
    run_stage(main, mistakes=(HydraException, OmegaConfBaseException))
