"""The configuration of each job of a command line, as Hydra composes it, but each choice of options only once.

Hydra reads conf/ anew for every job, and does so twice. Here it composes what options choose; the values of a job are
applied to a copy of that, by Hydra's own function and in its order (docs/decisions/0048).
"""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra import version
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra._internal.core_plugins.basic_launcher import BasicLauncherConf  # noqa: F401  the launcher `basic`
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper, BasicSweeperConf
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.core_plugins.importlib_resources_config_source import ImportlibResourcesConfigSource
from hydra._internal.core_plugins.structured_config_source import StructuredConfigSource
from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.core.utils import JobRuntime, setup_globals
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from pipeline.configuration.launchers import ALL_CORES, Launcher, forget_schemas, launcher_of
from pipeline.configuration.settings import plainly
from pipeline.configuration.sweeper import BASIC
from pipeline.errors import HoldoutError

CONFIG = "config"  # conf/config.yaml
MISSING = "???"
Words = tuple[str, ...]
Branch = tuple[Override, tuple[Override, ...]]  # a choice, and what is varied with it alone


@dataclass
class Workers:
    """What ``hydra/launcher=workers`` sets: how many trials at the same time; ALL_CORES for what the cores can do."""

    n_jobs: int = ALL_CORES


ConfigStore.instance().store(group="hydra/launcher", name="workers", node=Workers, provider="holdout")


@dataclass(frozen=True)
class Line:
    """A command line as Hydra understands it.

    config: composed with all its words but those that are swept; swept: whether it is a sweep; jobs: of each its words,
    none yet where a search asks for them; params: what the words and the files say of the settings, each once; when:
    the same for what is varied only with a choice.
    """

    config: DictConfig
    swept: bool
    jobs: list[Words]
    params: tuple[Override, ...] = ()
    when: Sequence[Branch] = ()

    @property
    def searches(self) -> bool:
        """Whether a search of ours asks for the jobs, and they are no grid."""
        return "search" in self.config.hydra.sweeper

    @property
    def launcher(self) -> Launcher:
        """Who trains the trials; HoldoutError if that is not allowed."""
        return launcher_of(self.config)


class Composer:
    """Composes what command lines stand for; what is wrong with them raises as in Hydra."""

    def __init__(self, conf: Path) -> None:
        version.setbase("1.3")
        setup_globals()
        forget_schemas()
        JobRuntime.instance().set("name", "train")
        self._loader = ConfigLoaderImpl(_search_path(conf))
        self._parser = OverridesParser.create(config_loader=self._loader)
        self._parsed: dict[str, Override] = {}
        self._bases: dict[Words, _Base] = {}

    def line(self, words: Sequence[str], swept: bool = False) -> Line:
        """The command line of these words, which has asked for a sweep if ``swept``, as ``--multirun`` does."""
        config = self._loader.load_configuration(
            CONFIG, list(words), RunMode.MULTIRUN, from_shell=True, validate_sweep_overrides=False
        )
        sweeper = config.hydra.sweeper
        swept = swept or config.hydra.mode is RunMode.MULTIRUN or "search" in sweeper
        config.hydra.mode = RunMode.MULTIRUN if swept else RunMode.RUN
        given = list(config.hydra.overrides.task)
        if swept:
            if "search" not in sweeper:
                _refuse_other("sweeper", sweeper, BasicSweeperConf._target_, f"{BASIC}, {', '.join(self._searches())}")
            given = [*_words(sweeper.params), *given]
        parsed = self._parser.parse_overrides([*config.hydra.overrides.hydra, *given])
        ConfigLoaderImpl.validate_sweep_overrides_legal(parsed, config.hydra.mode, from_shell=True)
        overrides = self._parser.parse_overrides(given)
        if "search" in sweeper:
            params = {one.get_key_element(): one for one in overrides}
            return Line(config, swept, [], tuple(params.values()), self._when(sweeper.when))
        if endless := [one.input_line for one in overrides if one.is_sweep_override() and not one.is_discrete_sweep()]:
            way = f"name some of its values, or search: hydra/sweeper={' or '.join(self._searches())}"
            raise HoldoutError(f"{endless[0]}: a grid has no intervals: {way}")
        (jobs,) = BasicSweeper.split_arguments(overrides, None) if swept else ([given],)
        return Line(config, swept, [tuple(job) for job in jobs])

    def _when(self, found: Any) -> list[Branch]:
        """By the words of a choice what is varied with it alone."""
        return [
            (self._parser.parse_override(choice), tuple(self._parser.parse_overrides(_words(params))))
            for choice, params in (found or {}).items()
        ]

    def _searches(self) -> list[str]:
        """The names of the searches in conf/."""
        return [name for name in self._loader.get_group_options("hydra/sweeper") if name not in (BASIC, "search")]

    def job(self, line: Line, number: int = 0) -> DictConfig:
        """The configuration of the job of that number, without Hydra's own section, whose values it may name."""
        words = line.jobs[number]
        base, values = self._base(line, words)
        base.announce(words, number)
        config = copy.deepcopy(base.settings)
        ConfigLoaderImpl._apply_overrides_to_config(values, config)
        return config

    def _base(self, line: Line, words: Words) -> "tuple[_Base, list[Override]]":
        """What the options among the words come to, and the values to be applied to that.

        It is the configuration of the line itself where that has no other options: what the line sets, it sets again.
        """
        overrides, own = self._parse(words), line.config.hydra.overrides
        given = [one for one in self._parse(own.task) if not one.is_sweep_override()]
        options, values = self._parted(overrides)
        key = (*own.hydra, *own.task)
        if MISSING not in line.config.hydra.runtime.choices.values():
            if words == tuple(own.task):
                return self._known(key, line.config), []
            plain = all(one.type is OverrideType.CHANGE for one in (*given, *overrides))
            if plain and options == self._parted(given)[0]:
                return self._known(key, line.config), values
        return self._known((*own.hydra, *(str(one.input_line) for one in options))), values

    def _known(self, key: Words, config: DictConfig | None = None) -> "_Base":
        """What these words come to, which is the configuration if one is given."""
        if key not in self._bases:
            found = config or self._loader.load_configuration(CONFIG, list(key), RunMode.RUN)
            self._bases[key] = _Base(found)
        return self._bases[key]

    def _parse(self, words: Iterable[str]) -> list[Override]:
        words = list(words)
        for word in words:
            if word not in self._parsed:
                (self._parsed[word],) = self._parser.parse_overrides([word])
        return [self._parsed[word] for word in words]

    def _parted(self, overrides: Iterable[Override]) -> tuple[list[Override], list[Override]]:
        """Those that choose options, and those that set values."""
        parts: tuple[list[Override], list[Override]] = ([], [])
        for one in overrides:
            parts[not self._is_option(one)].append(one)
        return parts

    def _is_option(self, override: Override) -> bool:
        """Whether it names a file of a folder in conf/, as Hydra sees it."""
        known = self._loader.repository.group_exists(override.key_or_group)
        return known and not isinstance(override.value(), dict)


class _Base:
    """A composed configuration: the settings, and Hydra's section, which it hides beside them."""

    def __init__(self, config: DictConfig) -> None:
        HydraConfig.instance().set_config(copy.deepcopy(config))
        self._hydra = HydraConfig.instance().cfg
        self.settings = copy.deepcopy(config)
        with read_write(self.settings), open_dict(self.settings):
            del self.settings["hydra"]

    def announce(self, words: Words, number: int) -> None:
        """Let ``${hydra:…}`` in the settings of a job mean what it does in Hydra."""
        HydraConfig.instance().cfg = self._hydra
        section: Any = HydraConfig.get()
        with read_write(section), open_dict(section):
            section.job.num, section.job.id, section.overrides.task = number, str(number), list(words)


def _search_path(conf: Path) -> ConfigSearchPathImpl:
    """As Hydra has it, but it looks for no plugins: what is installed for it is not imported, and can break nothing."""
    for source in (FileConfigSource, ImportlibResourcesConfigSource, StructuredConfigSource):
        SourcesRegistry.instance().register(source)
    path = ConfigSearchPathImpl()
    for provider, place in (("hydra", "pkg://hydra.conf"), ("main", str(conf.absolute())), ("schema", "structured://")):
        path.append(provider, place)
    return path


def _words(params: Any) -> list[str]:
    return [f"{name}={value}" for name, value in (params or {}).items()]


def _refuse_other(kind: str, found: DictConfig, target: str, allowed: str) -> None:
    """Raise HoldoutError for a plugin of Hydra: none is loaded but what this program has itself."""
    if found.get("_target_") != target:
        text = f"hydra/{kind} is {plainly(OmegaConf.select(found, '_target_') or found)}, allowed: {allowed}"
        raise HoldoutError(text)
