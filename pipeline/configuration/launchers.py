"""Which launcher trains a sweep's trials, and its settings: workers of this machine, or jobs of Slurm or Ray.

``hydra/launcher=NAME`` chooses it. The settings of submitit's are those of hydra-submitit-launcher, checked by its own
schema; those of Ray are arguments of ``ray.init`` and ``ray.remote``, as hydra-ray-launcher has them.
"""

import importlib
import importlib.util
import warnings
from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from pipeline.configuration.settings import plainly
from pipeline.errors import HoldoutError, Note

ALL_CORES = -1
LOCAL = ("basic", "two_workers", "workers")
SLURM, RAY = "slurm", "ray"  # extras of this package
SUBMITIT = "hydra_plugins.hydra_submitit_launcher.config"
# Those that submit jobs: the extra that each needs, and what of it is imported.
SUBMITTING = {
    "ray": (RAY, ("ray",)),
    "submitit_local": (SLURM, ("submitit", SUBMITIT)),
    "submitit_slurm": (SLURM, ("submitit", SUBMITIT)),
}
SCHEMAS = {"submitit_local": "LocalQueueConf", "submitit_slurm": "SlurmQueueConf"}
OURS = ("_target_", "submitit_folder")  # of the schemas, what no setting decides
BROKEN = "hydra_plugins.hydra_rq_launcher"


@dataclass(frozen=True)
class Launcher:
    """Who trains the trials of a sweep.

    Attributes:
        name: one of SUBMITTING; empty for workers of this process.
        workers: how many trials at the same time, in this process or in each job; ALL_CORES for what the cores can do.
        settings: of SUBMITTING, as its engine takes them.
        trials_per_job: of SUBMITTING; None to choose it by how long trials take.
    """

    name: str = ""
    workers: int = ALL_CORES
    settings: dict[str, Any] = field(default_factory=dict)
    trials_per_job: int | None = None


def check_plugins(imported: bool) -> None:
    """Say that a plugin is installed which breaks Hydra; HoldoutError if Hydra is about to import its plugins."""
    if not _installed(BROKEN):
        return
    said = (
        "hydra-rq-launcher is installed, which breaks Hydra on Python 3.11 and later: pip uninstall hydra-rq-launcher"
    )
    if imported:
        raise HoldoutError(said)
    warnings.warn(said, Note, stacklevel=2)


def launcher_of(config: DictConfig) -> Launcher:
    """The launcher that a composed configuration chooses.

    Raises:
        HoldoutError: it is none of those allowed, its extra is not installed, or its settings are not allowed.
    """
    name = str(config.hydra.runtime.choices.get("hydra/launcher"))
    settings = config.hydra.launcher
    per_job = _trials_per_job(config.get("trials_per_job"))
    if name in SUBMITTING:
        return _submitting(name, settings, per_job)
    if "n_jobs" not in settings and name != "basic":
        allowed = ", ".join(sorted((*LOCAL, *SUBMITTING)))
        raise HoldoutError(f"hydra/launcher is {plainly(settings.get('_target_') or name)}, allowed: {allowed}")
    return Launcher(workers=1 if name == "basic" else _workers(settings.n_jobs))


def _workers(found: Any) -> int:
    if not isinstance(found, int) or isinstance(found, bool) or (found < 1 and found != ALL_CORES):
        allowed = f"it must be a whole number above 0, or {ALL_CORES} for one on each core"
        raise HoldoutError(f"hydra.launcher.n_jobs={plainly(found)} is not allowed: {allowed}")
    return found


def _trials_per_job(found: Any) -> int | None:
    if found is None or (isinstance(found, int) and not isinstance(found, bool) and found > 0):
        return found
    raise HoldoutError(
        f"settings: trials_per_job={plainly(found)} is not allowed: it must be a whole number above 0, or null for as "
        "many as take some minutes"
    )


def _submitting(name: str, found: DictConfig, per_job: int | None) -> Launcher:
    extra, packages = SUBMITTING[name]
    if not all(map(_installed, packages)):
        raise HoldoutError(f"hydra/launcher={name} needs what is not installed: pip install 'holdout[{extra}]'")
    given: Any = OmegaConf.to_container(found, resolve=True)
    settings = _by_schema(name, given) if name in SCHEMAS else given["ray"]
    return Launcher(name, _cores_of_a_job(name, settings), settings, per_job)


def _by_schema(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """The settings as the plugin's own schema types them."""
    kind = getattr(importlib.import_module(SUBMITIT), SCHEMAS[name])
    forget_schemas()
    for key in OURS:
        if key in given:
            raise HoldoutError(f"hydra.launcher.{key} is no setting: jobs' files are kept in .trials, where trials are")
    try:
        schema = OmegaConf.structured(kind)
        for key in OURS:
            schema[key] = ""
        found: Any = OmegaConf.to_container(OmegaConf.merge(schema, given), resolve=True)
    except OmegaConfBaseException as error:
        where = f"hydra.launcher.{getattr(error, 'full_key', '') or '?'}"
        raise HoldoutError(f"{where}: {str(error).splitlines()[0]}") from None
    return {key: value for key, value in found.items() if key not in OURS}


def forget_schemas() -> None:
    """Take out what plugins have registered: Hydra would hold our files of the same names against it, with warnings."""
    known = ConfigStore.instance().repo.get("hydra", {}).get("launcher", {})
    for name in SCHEMAS:
        known.pop(f"{name}.yaml", None)


def _cores_of_a_job(name: str, settings: dict[str, Any]) -> int:
    """How many trials a job trains at the same time: a core for each that it asks for."""
    found = settings["cpus_per_task"] if name in SCHEMAS else settings.get("remote", {}).get("num_cpus")
    return max(int(found or 1), 1)


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
