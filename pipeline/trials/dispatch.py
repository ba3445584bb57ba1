"""Starts the courier and speaks with it: what a sweep and the commands know of a remote of trials.

Training never waits for a remote that is away, and never fails with it: a line says what was left undone.
"""

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from pipeline.errors import HoldoutError
from pipeline.storage import documents
from pipeline.storage.places import PARAMS

SETTING = "trials_remote"  # of params.yaml
VARIABLE = "HOLDOUT_TRIALS_REMOTE"  # takes its place; empty or off: no remote
OFF = ("", "off")
LONGEST = 300.0  # seconds without a sign of life after which the courier is given up
ROOT = Path(__file__).resolve().parents[2]
LATER = "`python -m pipeline.trials push` sends them"
ERROR = "error: "  # what a command says of a mistake opens so


def named() -> str | None:
    """The remote of the project: what the environment says, else params.yaml; None without one."""
    if (found := os.environ.get(VARIABLE)) is not None:
        return None if found.strip().lower() in OFF else found
    value = documents.read_yaml(PARAMS).get(SETTING)
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise HoldoutError(f"{PARAMS}: {SETTING} is {value!r}, allowed: a URL as s3://bucket/folder, a folder, or null")
    return value


def folder_of(url: str) -> Path | None:
    """Where on this machine the remote is, if it is a folder."""
    if "://" not in url:
        return Path(url).absolute()
    return Path(unquote(urlsplit(url).path)) if url.startswith("file:") else None


class Channel:
    """A courier that runs, and the channel to it."""

    def __init__(self, url: str) -> None:
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  ``close`` closes it
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.trials.courier", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C stops the training; what is finished is sent all the same
        )
        self._rest = b""

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request; HoldoutError if there is none."""
        self.tell(request)
        return self._answer()

    def tell(self, request: dict[str, Any]) -> None:
        """Hand on a request that isn't answered."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended, which the next answer says
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()

    def last(self) -> dict[str, Any]:
        """End it; what became of the trials that were pushed."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            return self._answer()
        finally:
            self.close()

    def close(self) -> None:
        """Let go of it, whatever it is at."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()

    def _answer(self) -> dict[str, Any]:
        while "going" in (found := self._heard()):
            pass
        if "trouble" in found:
            raise HoldoutError(found["trouble"])
        return found

    def _heard(self) -> dict[str, Any]:
        """The next line of the courier."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        while b"\n" not in self._rest:
            if not select.select([descriptor], [], [], LONGEST)[0]:
                raise HoldoutError(f"no answer within {LONGEST:.0f} s")
            if not (part := os.read(descriptor, 1 << 16)):
                raise HoldoutError(self._reason())
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        found: dict[str, Any] = json.loads(line)
        return found

    def _reason(self) -> str:
        self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").split("\n")
        lines = [line.strip() for line in said if line.strip()]
        return lines[-1].removeprefix(ERROR) if lines else "the courier was killed"


class Carrier:
    """What a sweep asks of the remote, if there is one: to bring trials before it trains, and to take those it trained.

    None of it raises.
    """

    def __init__(self, channel: Channel | None) -> None:
        self._channel = channel
        self._sent: list[str] = []

    def bring(self, keys: Callable[[], Sequence[str]]) -> int:
        """Fetch what the remote has of these trials, which the store lacks; returns how many came."""
        if self._channel is None or not (wanted := keys()):
            return 0
        try:
            found = self._channel.ask({"fetch": list(wanted)})
        except HoldoutError as error:
            _warn(f"{error}; trials are trained here")
            return 0
        for reason in list(found["left"].values())[:1]:
            _warn(f"{_count(found['left'])} not fetched ({reason}); trained here")
        return len(found["done"])

    def send(self, summary: Mapping[str, Any] | str) -> None:
        """What came of a trial; if it was trained here and has ended, it is sent while others train."""
        if self._channel is None or isinstance(summary, str):
            return
        if not summary.get("reused") and summary["status"] in ("finished", "diverged"):
            self._sent.append(summary["key"])
            self._channel.tell({"push": summary["key"]})

    def end(self) -> None:
        """Wait until all is sent, or can't be."""
        if self._channel is None:
            return
        try:
            left = self._channel.last()["left"]
        except HoldoutError as error:
            left = dict.fromkeys(self._sent, str(error))
        for reason in list(left.values())[:1]:
            _warn(f"{_count(left)} not sent ({reason}); nothing is lost: {LATER}")


NO_CARRIER = Carrier(None)


def _count(keys: Iterable[str]) -> str:
    number = len(list(keys))
    return f"{number} trial{'' if number == 1 else 's'}"


def _warn(text: str) -> None:
    print(f"warning: remote of trials: {text}", file=sys.stderr, flush=True)


_ahead: list[Channel] = []


def start_ahead() -> None:
    """Start the courier of a stage that is about to be confined, for it must not be confined to the same."""
    if (url := named()) is not None:
        _ahead.append(Channel(url))


@contextlib.contextmanager
def carried() -> Iterator[Carrier]:
    """The carrier of a sweep, while it goes on."""
    url = None if _ahead else named()
    carrier = Carrier(_ahead.pop() if _ahead else Channel(url) if url else None)
    try:
        yield carrier
    finally:
        carrier.end()
