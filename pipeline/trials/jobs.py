"""One job of a sweep: from its composed configuration to a trial in the store and a line on the terminal."""

import math
import os
from functools import partial

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from pipeline import numerics
from pipeline.configuration.settings import OF_THE_SWEEP, from_config
from pipeline.console import epoch_bar, say
from pipeline.errors import HoldoutError
from pipeline.trials.processes import end_with_trainer
from pipeline.trials.runner import open_split, run_trial
from pipeline.trials.sweeps import HARMLESS, Sweep, in_words


def train(config: DictConfig) -> None:
    """Train the trial that this configuration describes, or find it in the store."""
    end_with_trainer()
    values = {name: config[name] for name in config if name not in OF_THE_SWEEP}
    if not isinstance(config.allow_failed, bool):
        raise HoldoutError(f"settings: allow_failed={config.allow_failed} is not allowed: it must be true or false")
    settings, task = from_config(OmegaConf.create(values)), HydraConfig.get()
    seconds = _checkpoint_seconds(config.checkpoint_seconds)
    _check_numerics(settings.numerics)
    number = int(task.job.num) if task.mode is RunMode.MULTIRUN else 0
    changed = [word for word in task.overrides.task if not word.startswith(("experiment=", *HARMLESS))]
    sweep = Sweep.from_environment(os.environ)
    with epoch_bar(f"trial {number + 1}: {' '.join(changed)}", settings.stopping.epochs) as follow:
        announce = partial(sweep.add, job=number, words=changed, allow_failed=config.allow_failed)
        summary = run_trial(settings, open_split(), follow, announce, seconds)
    say(f"{sweep.experiment} {number + 1}: {' '.join(changed) or 'defaults'}: {in_words(summary)}")


def _checkpoint_seconds(value: object) -> float:
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else -1.0
    if not 0 <= number < math.inf:
        raise HoldoutError(f"settings: checkpoint_seconds={value} is not allowed: it must be a number, 0 for none")
    return number


def _check_numerics(mode: str) -> None:
    if mode != numerics.active():
        raise HoldoutError(
            f"settings: numerics={mode}, but this process computes in mode {numerics.active()}: choose it in "
            f"conf/config.yaml or as a plain word on the command line, for it has to be known before NumPy is loaded"
        )
