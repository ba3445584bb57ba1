"""python -m pipeline.trials push | fetch | remote: what a person asks of a remote of trials, and what is said of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.console import say
from pipeline.errors import HoldoutError
from pipeline.storage.places import TRIALS
from pipeline.trials.archives import KEY
from pipeline.trials.dispatch import SETTING, VARIABLE, Channel, named
from pipeline.trials.folder import DAMAGED, FAILED, as_it_stands
from pipeline.trials.remote import hidden, parsed

SHOWN = 3  # trials that a line names


def _opened(remote: str | None) -> tuple[str, Channel]:
    """The remote as a person reads it, and a channel to it; HoldoutError if none is named."""
    url = remote or named()
    if url is None:
        raise HoldoutError(
            f"no remote is named: pass --remote URL, set {SETTING} in params.yaml, or {VARIABLE} in the environment"
        )
    parsed(url)
    return hidden(url), Channel(url)


def push(beginnings: list[str], remote: str | None) -> None:
    """Send the trials whose keys begin so, in place of what is there; without any, all that the remote lacks."""
    where, channel = _opened(remote)
    here = _here()
    try:
        there = set() if beginnings else set(channel.ask({"keys": None})["keys"])
        keys = [key for key in _chosen(here, beginnings, str(TRIALS)) if key not in there]
        for key in keys:
            channel.tell({"push": key})
        found = channel.last()
    finally:
        channel.close()
    beside = "" if beginnings else f"; {_count(set(here) & there)} there already"
    say(f"{_count(found['done'])} sent to {where}{beside}")
    _refuse(found["left"], "sent")


def fetch(beginnings: list[str], remote: str | None) -> None:
    """Bring the trials whose keys begin so; without any, all that the store lacks."""
    where, channel = _opened(remote)
    here = set(_here())
    try:
        there = channel.ask({"keys": None})["keys"]
        chosen = _chosen(there, beginnings, where)
        found = channel.ask({"fetch": [key for key in chosen if key not in here]})
    finally:
        channel.close()
    say(f"{_count(found['done'])} fetched from {where}; {_count(here & set(chosen))} here already")
    _refuse(found["left"], "fetched")


def show(remote: str | None) -> None:
    """What is there, here, and in both."""
    where, channel = _opened(remote)
    try:
        there: Mapping[str, int] = channel.ask({"keys": None})["keys"]
    finally:
        channel.close()
    here = set(_here())
    say(f"{where}: {_count(there)}, {sum(there.values()) / 1e6:.3g} MB")
    say(f"here too: {len(here & set(there))}")
    say(f"only there: {len(set(there) - here)}; `python -m pipeline.trials fetch` brings them")
    say(f"only here: {len(here - set(there))}; `python -m pipeline.trials push` sends them")


def _here() -> list[str]:
    """The keys of the store's trials that others could use: finished or diverged."""
    names = sorted(path.name for path in TRIALS.iterdir()) if TRIALS.is_dir() else []
    found = [as_it_stands("", TRIALS / name) for name in names if KEY.fullmatch(name)]
    return [trial.key for trial in found if trial.status not in (FAILED, DAMAGED)]


def _chosen(keys: Iterable[str], beginnings: list[str], where: str) -> list[str]:
    """Those that begin so, of which each beginning must have one; all without any."""
    keys = list(keys)
    for beginning in beginnings:
        if not any(key.startswith(beginning) for key in keys):
            raise HoldoutError(f"{where}: no trial with a key that starts with {beginning!r}")
    return [key for key in keys if not beginnings or key.startswith(tuple(beginnings))]


def _refuse(left: Mapping[str, Any], what: str) -> None:
    if left:
        listed = "; ".join(f"{key}: {reason}" for key, reason in list(left.items())[:SHOWN])
        more = f"; and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
        raise HoldoutError(f"{_count(left)} not {what} ({listed}{more})")


def _count(keys: Iterable[str]) -> str:
    number = len(list(keys))
    return f"{number} trial{'' if number == 1 else 's'}"
