"""Which trials belong to a sweep: each job leaves a record of its trial beside the store."""

import contextlib
import dataclasses
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from filelock import FileLock

from pipeline.errors import HoldoutError
from pipeline.fields import Kind, mapping, text, whole, wrong
from pipeline.storage import documents
from pipeline.storage.places import EXPERIMENTS, GROWING, SWEEPS, TRIALS
from pipeline.trials.folder import DIVERGED, FINISHED, PRUNED, Trial, published, read_trial
from pipeline.trials.pruning import Cut, prune, pruned
from pipeline.trials.results import read_grids, write_results

AD_HOC = "ad-hoc"
RECORD: dict[str, Kind] = {"key": text, "sweep": text, "job": whole, "overrides": mapping}
CUT: dict[str, Kind] = {"epochs": whole, "metric": text, "reason": text}


@dataclasses.dataclass(frozen=True)
class Member:
    """One trial of a sweep, as its job recorded it.

    sweep: the identity of the run; overrides: the job's settings by name; allow_failed: it need not finish;
    grid: the file in conf/experiment that its settings come from, where that is not the experiment's own; teaching: it
    is no candidate; cut: where the search gave it up, None if it has not.
    """

    experiment: str
    key: str
    job: int
    overrides: dict[str, str]
    sweep: str
    allow_failed: bool = False
    grid: str = ""
    teaching: bool = False
    cut: Cut | None = None


@dataclasses.dataclass(frozen=True)
class Sweep:
    """One run of a sweep: the experiment's name, and an identity of its own.

    Another run of the experiment may go on at the same time and put records of its own in the place of these: what is
    this run's is known by ``began`` and by the members that this process has added.
    """

    experiment: str
    identity: str
    began: float = dataclasses.field(default_factory=time.time)
    _added: dict[str, Member] = dataclasses.field(default_factory=dict, repr=False)

    def add(
        self,
        key: str,
        job: int,
        words: Sequence[str],
        allow_failed: bool = False,
        teaching: bool = False,
        grid: str = "",
    ) -> None:
        """Record that job number ``job`` is the trial ``key``; ``words`` are its overrides, ``name=value``."""
        overrides = dict(word.lstrip("+").split("=", 1) for word in words)
        member = Member(self.experiment, key, job, overrides, self.identity, allow_failed, grid, teaching)
        if self._added.get(key) != member or not _path(member).exists():
            documents.write_json(_path(member), dataclasses.asdict(member))
        self._added[key] = member

    def members(self) -> list[Member]:
        """The members of this run, in the order of its jobs: on record, or added by this process."""
        found = {member.key: member for _, member in _records(self.experiment) if member.sweep == self.identity}
        return _ordered((found | self._added).values())

    def trials(self) -> list[Trial]:
        """What became of the members, in their order."""
        return [
            pruned(one.experiment, one.key, one.cut, one.grid)
            if one.cut
            else read_trial(one.experiment, TRIALS / one.key, one.grid)
            for one in self.members()
        ]

    def give_up(self, key: str, cut: Cut) -> None:
        """Record that the search has given up the trial ``key`` of this run, and prune it in the store.

        Raises:
            HoldoutError: it is no trial of this run.
        """
        member = self._added.get(key) or _record(self.experiment, SWEEPS / self.experiment / f"{key}.json")
        if member is None or member.sweep != self.identity:
            raise HoldoutError(f"{self.experiment}: {key} is no trial of this run")
        self._added[key] = dataclasses.replace(member, cut=cut)
        documents.write_json(_path(member), dataclasses.asdict(self._added[key]))
        prune(key, cut)

    def refuse_failures(self) -> None:
        """Raise HoldoutError listing the trials that did not finish, unless allow_failed was set for them.

        Divergence is an answer about a trial's settings: beside trials that finished, it is no failure. One that was
        pruned is none either.
        """
        pairs = list(zip(self.members(), self.trials(), strict=True))
        some = any(trial.finished for _, trial in pairs)
        failed = [
            trial
            for member, trial in pairs
            if trial.status not in (FINISHED, PRUNED)
            and not member.allow_failed
            and not (some and trial.status == DIVERGED)
        ]
        if failed:
            listed = "; ".join(f"{trial.key} {trial.status}: {trial.summary['reason']}" for trial in failed)
            raise HoldoutError(
                f"{self.experiment}: {len(failed)} of {len(pairs)} trials did not finish ({listed}). "
                f"The others are kept; change the settings, or pass allow_failed=true"
            )

    def publish(self) -> None:
        """Make the experiment's results of this run's trials only, and forget the members of earlier runs.

        Their trials stay in the store. Of several runs at the same time, the results are those of the last that ends.
        """
        members = self.members()
        teaching = any(member.teaching for member in members)
        GROWING.mkdir(parents=True, exist_ok=True)
        with FileLock(GROWING / f"sweep-{self.experiment}.lock"):
            write_results(self.experiment, self.trials(), [member.overrides for member in members], teaching)
            current = {member.key for member in members}
            for path in (SWEEPS / self.experiment).glob("*.json"):
                with contextlib.suppress(FileNotFoundError):
                    if path.stem not in current and path.stat().st_mtime < self.began:
                        path.unlink()


def experiments() -> list[str]:
    """The experiments that have a sweep on record or results."""
    recorded = {path.name for path in SWEEPS.glob("*") if path.is_dir()}
    return sorted(recorded | {path.parent.name for path in EXPERIMENTS.glob("*/results")})


def latest_keys(experiment: str) -> dict[str, str]:
    """The keys of the latest sweep, in the order of its jobs, with the grid of each; see ``Trial``.

    They are those of the results folder, or of records newer than it. Ad-hoc trials add up.
    """
    records = list(_records(experiment))
    results = published(experiment)
    keys = [path.name for path in results.glob("*")]
    if keys and max((moment for moment, _ in records), default=0.0) <= results.parent.stat().st_mtime:
        jobs = {member.key: member.job for _, member in records}
        grids = _grids_of_results(experiment) | {member.key: member.grid for _, member in records}
        return {key: grids.get(key, "") for key in sorted(keys, key=lambda key: (jobs.get(key, 0), key))}
    members = [member for _, member in records]
    if records and experiment != AD_HOC:
        latest = max(records, key=lambda record: record[0])[1].sweep
        members = [member for member in members if member.sweep == latest]
    return {member.key: member.grid for member in _ordered(members)}


def _grids_of_results(experiment: str) -> dict[str, str]:
    try:
        return read_grids(experiment)
    except HoldoutError:  # which whoever needs the results will say
        return {}


def _records(experiment: str) -> Iterator[tuple[float, Member]]:
    """The members on record with the time of each; what is no record, or is being removed, is passed over."""
    for path in sorted((SWEEPS / experiment).glob("*.json")):
        if (member := _record(experiment, path)) is not None:
            with contextlib.suppress(FileNotFoundError):
                yield path.stat().st_mtime, member


def _record(experiment: str, path: Path) -> Member | None:
    """The member in a file; None if that is no record."""
    found = documents.read_object(path)
    if wrong(found, RECORD) is not None or found["key"] != path.stem:
        return None
    facts = {name: found[name] for name in RECORD}
    allowed, teaching = (found.get(name) is True for name in ("allow_failed", "teaching"))
    cut = Cut(**found["cut"]) if wrong(found.get("cut"), CUT) is None else None
    return Member(
        experiment, **facts, allow_failed=allowed, grid=str(found.get("grid", "")), teaching=teaching, cut=cut
    )


def _ordered(members: Iterable[Member]) -> list[Member]:
    return sorted(members, key=lambda member: (member.job, member.key))


def _path(member: Member) -> Path:
    return SWEEPS / member.experiment / f"{member.key}.json"
