"""The mirror's runs by what they show: found once in a pass, made where one is missing, marked where one is stale."""

import collections
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from mlflow import MlflowClient
from mlflow.entities import LifecycleStage, Run, ViewType

from pipeline.tracking.described import Point, now
from pipeline.tracking.destination import Destination
from pipeline.tracking.logged import Latest, latest_of, log
from pipeline.tracking.memory import Identity, Memory
from pipeline.tracking.owner import DATA
from pipeline.tracking.provenance import commit_tags

OWNED = ("holdout.stage", "holdout.experiment", "holdout.key")
PAGE = 100  # runs in one answer: a thousand take MLflow seconds
STALE = {"holdout.stale": "true"}


class Runs(dict[Identity, Run]):
    """All runs of the mirror, deleted ones too: what a person deleted stays away."""

    def __init__(self, to: Destination) -> None:
        super().__init__(_found(to))
        self._latest: dict[str, Latest] = {}
        self.named: dict[str, tuple[list[Any], dict[str, str]]] = {}  # the trials' names, by what they were made of
        self.go_on(to)

    def go_on(self, to: Destination) -> None:
        """Write to the same experiment, opened anew."""
        self._changed: set[str] = set()
        self.client = cast(MlflowClient, Noting(to.client, self._changed))
        self._experiment_id, self.owner = to.experiment_id, to.owner
        vars(self).pop("memory", None)

    def fits(self, to: Destination) -> bool:
        """Whether these are the runs of that experiment."""
        return (self._experiment_id, self.owner) == (to.experiment_id, to.owner)

    def look_again(self) -> None:
        """Read the runs that were changed otherwise than by ``log``, so that what is known of them is true."""
        for key, run in list(self.items()):
            if run.info.run_id in self._changed:
                self[key] = self.client.get_run(run.info.run_id)
                self._latest.pop(run.info.run_id, None)
        self._changed.clear()

    @functools.cached_property
    def memory(self) -> Memory:
        """What is known of them besides."""
        return Memory()

    def create(self, key: Identity, name: str, start: int | None = None, tags: dict[str, str] | None = None) -> Run:
        """A new run; ``start``: milliseconds since 1970, else now."""
        owned = {name: value for name, value in zip(OWNED, key, strict=True) if value}
        commit = {name: value for name, value in self.memory.tags(key).items() if name != DATA} or commit_tags()
        every = {**owned, "holdout.stale": "false", "mlflow.source.name": "holdout", **commit, **(tags or {})}
        every |= {DATA: self.owner.data} if self.owner.data else {}
        self[key] = self.client.create_run(self._experiment_id, start_time=start or now(), tags=every, run_name=name)
        return self[key]

    def log(
        self,
        run: Run,
        points: Sequence[Point] = (),
        tags: dict[str, str] | None = None,
        settings: dict[str, Any] | None = None,
    ) -> None:
        """Log what the run lacks; see logged.py."""
        log(self.client, run, points, tags, settings, self._latest_of(run) if points else {})

    def shown_until(self, run: Run) -> int:
        """The last epoch of which the run has every metric; 0 before the first."""
        return min((step for step, _ in self._latest_of(run).values()), default=0)

    def _latest_of(self, run: Run) -> Latest:
        if run.info.run_id not in self._latest:
            self._latest[run.info.run_id] = latest_of(run)
        return self._latest[run.info.run_id]

    def ours(self, experiment: str, key: str) -> bool:
        """Whether the trial is one of these data, unless it was first shown as one of others.

        After the data have changed, the store still holds the trials of the old ones, until each sweep has run again.
        """
        return self.memory.tags(("trial", experiment, key)).get(DATA, self.owner.data) == self.owner.data

    def only(self, stage: str, key: str, name: str) -> Run | None:
        """The one run of ``stage``, showing ``key``; older ones become stale. None if a person deleted it."""
        run = self.get((stage, "", key)) or self.create((stage, "", key), name)
        self.retire(lambda other: other[0] == stage and other[2] != key)
        if deleted(run):
            return None
        self.log(run, tags={"holdout.stale": "false"})
        return run

    def retire(self, old: Callable[[Identity], bool]) -> None:
        """Mark the runs for which ``old`` is true as stale."""
        for key, run in self.there().items():
            if old(key):
                self.log(run, tags=STALE)

    def there(self) -> dict[Identity, Run]:
        """Those that are not deleted."""
        return {key: run for key, run in self.items() if not deleted(run)}

    def counts(self) -> dict[str, int]:
        """How many there are of each stage."""
        return dict(collections.Counter(stage for stage, _, _ in self.there()))


class Noting:
    """A client that notes the ids of the runs that it changes otherwise than by ``log_batch``."""

    CHANGING = ("set_terminated", "update_run", "set_tag", "delete_tag", "log_inputs", "create_model_version")

    def __init__(self, inner: Any, changed: set[str]) -> None:
        self._inner, self._noted = inner, changed

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in self.CHANGING:
            return found

        def noted(*arguments: Any, **named: Any) -> Any:
            self._noted.update(one for one in arguments if isinstance(one, str))  # what is no run's id is no harm
            return found(*arguments, **named)

        return noted


def deleted(run: Run | None) -> bool:
    return run is not None and run.info.lifecycle_stage == LifecycleStage.DELETED


def _found(to: Destination) -> dict[Identity, Run]:
    """A second run of one identity is deleted here.

    It comes about when the answer to its creation was lost, or when two machines write to one server at the same
    moment; the order of the search makes both keep the same one.
    """
    found: dict[Identity, Run] = {}
    for run in _all(to):
        stage, experiment, key = (run.data.tags.get(name, "") for name in OWNED)
        other = found.get((stage, experiment, key))
        if other is None or deleted(other):
            found[stage, experiment, key] = run
        elif not deleted(run):
            to.client.delete_run(run.info.run_id)
    return found


def _all(to: Destination) -> Iterator[Run]:
    token: str | None = None
    while True:
        page = to.client.search_runs([to.experiment_id], run_view_type=ViewType.ALL, max_results=PAGE, page_token=token)
        yield from (run for run in page if "holdout.stage" in run.data.tags)
        token = page.token
        if not token:
            return
