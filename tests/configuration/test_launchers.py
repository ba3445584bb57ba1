"""Who trains a sweep: what is allowed of launchers, and what is said of the rest."""

from pathlib import Path

import pytest

from pipeline.configuration import launchers, plain
from pipeline.configuration.composing import Composer
from pipeline.configuration.launchers import SUBMITTING, Launcher, check_plugins
from pipeline.errors import HoldoutError, Note
from tests.project import ROOT

CONF = ROOT / "conf"
SLURM = "hydra/launcher=submitit_slurm"


def needs(name: str) -> None:
    if not all(map(launchers._installed, SUBMITTING[name][1])):
        pytest.skip(f"{name} is an extra that is not installed")


def launcher(*words: str) -> Launcher:
    plain.check(words, CONF)
    return Composer(CONF).line(words).launcher


@pytest.mark.parametrize("name", SUBMITTING)
def test_each_has_its_file_and_its_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (CONF / f"hydra/launcher/{name}.yaml").is_file()
    monkeypatch.setattr(launchers, "_installed", lambda module: False)
    with pytest.raises(
        HoldoutError, match=rf"launcher={name} needs .*: pip install 'holdout\[{SUBMITTING[name][0]}\]'"
    ):
        launcher(f"hydra/launcher={name}")


@pytest.mark.filterwarnings("error")
def test_settings_of_slurm_go_through_as_the_plugin_has_them() -> None:
    needs("submitit_slurm")
    found = launcher(SLURM, "hydra.launcher.partition=short", "hydra.launcher.cpus_per_task=4", "trials_per_job=7")
    assert (found.name, found.workers, found.trials_per_job) == ("submitit_slurm", 4, 7)
    assert found.settings["partition"] == "short" and found.settings["timeout_min"] == 60
    assert found.settings["array_parallelism"] == 256 and "_target_" not in found.settings
    launcher(SLURM)  # and again: Hydra has no word on files that are called as the plugin's


def test_settings_of_ray_go_through() -> None:
    needs("ray")
    words = ("hydra.launcher.ray.init.address=auto", "hydra.launcher.ray.remote.num_cpus=2")
    found = launcher("hydra/launcher=ray", *words, "+hydra.launcher.ray.remote.memory=1000")
    assert found.workers == 2
    assert found.settings["init"]["address"] == "auto" and found.settings["remote"]["memory"] == 1000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("hydra.launcher.partitoin=a", "partitoin"),
        ("hydra.launcher.timeout_min=soon", "hydra.launcher.timeout_min: .*'soon'"),
        ("trials_per_job=0", "trials_per_job=0 is not allowed: it must be a whole number above 0, or null"),
        ("hydra.launcher.setup=[date]", "conf/hydra/launcher only"),
        ("hydra.launcher.additional_parameters={wrap:date}", "conf/hydra/launcher only"),
        ("+hydra.launcher.additional_parameters.wrap=date", "conf/hydra/launcher only"),
        ("hydra.launcher._target_=os.system", "can load code"),
        ("+hydra.launcher.submitit_folder=/elsewhere", "submitit_folder|no folders"),
        ("hydra.launcher.partition='a\nreboot'", "plain value, in one line"),
        ("hydra.launcher.partition=${oc.env:HOME}", "plain value"),
    ],
)
def test_what_is_not_allowed_of_a_launcher(words: str, said: str) -> None:
    needs("submitit_slurm")
    with pytest.raises(Exception, match=said):
        launcher(SLURM, words)


@pytest.mark.parametrize(
    "word", ["+hydra.launcher.ray.init.runtime_env.py_executable=x", "+hydra.launcher.ray.remote={runtime_env:{a:1}}"]
)
def test_what_runs_on_rays_hosts_is_named_in_its_file_only(word: str) -> None:
    with pytest.raises(HoldoutError, match="runtime_env of a launcher can hold commands"):
        plain.check(["hydra/launcher=ray", word], CONF)


@pytest.mark.parametrize(
    "section", ["setup: [date]", "ray: {init: {runtime_env: {pip: [x]}}}", "partition: '${oc.env:HOME}'"]
)
def test_an_experiment_names_no_commands_of_a_launcher(tmp_path: Path, section: str) -> None:
    (tmp_path / "conf/experiment").mkdir(parents=True)
    (tmp_path / "conf/experiment/mine.yaml").write_text(f"# @package _global_\nhydra: {{launcher: {{{section}}}}}\n")
    with pytest.raises(HoldoutError, match="it stands in conf/hydra/launcher/ only"):
        plain.check([], tmp_path / "conf")


def test_a_launchers_own_file_may_hold_them(tmp_path: Path) -> None:
    (tmp_path / "conf/hydra/launcher").mkdir(parents=True)
    (tmp_path / "conf/hydra/launcher/mine.yaml").write_text("setup: [module load python]\n")
    plain.check([], tmp_path / "conf")


def test_the_plugin_that_breaks_hydra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    check_plugins(imported=True)
    monkeypatch.setattr(launchers, "_installed", lambda module: module.endswith("hydra_rq_launcher"))
    with pytest.raises(HoldoutError, match="pip uninstall hydra-rq-launcher"):
        check_plugins(imported=True)
    with pytest.warns(Note, match="pip uninstall hydra-rq-launcher"):
        check_plugins(imported=False)


def test_composing_looks_for_no_plugins() -> None:
    """A plugin that is merely installed can slow or break every program of Hydra's."""
    from hydra.core.plugins import Plugins
    from hydra.core.singleton import Singleton

    before = Singleton._instances.pop(Plugins, None)
    try:
        Composer(CONF).line(["seed=2"])
        assert Plugins not in Singleton._instances
    finally:
        if before is not None:
            Singleton._instances[Plugins] = before
