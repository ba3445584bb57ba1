"""A command whose processes together get no more memory than a limit, by one of the kernel's control groups."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

EVERY = 0.05  # seconds between two looks at what is in use
GROUPS = Path("/sys/fs/cgroup")


class Files(NamedTuple):
    """What a version of control groups calls its files: the limits, and memory that is no file's in memory.stat."""

    limits: tuple[str, ...]
    anonymous: str


VERSIONS = {
    GROUPS / "memory": Files(("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"), "total_rss"),
    GROUPS: Files(("memory.max",), "anon"),
}


class Spent(NamedTuple):
    """How a command ended; seconds it took, and the most bytes that were no file's at any look."""

    status: int
    seconds: float
    peak: int
    said: str


class Group:
    """A control group of so many bytes; swap is none of it."""

    def __init__(self, root: Path, files: Files, limit: int) -> None:
        self.folder, self._files = root / f"holdout-{os.getpid()}", files
        self.folder.mkdir()
        for name in files.limits:
            with contextlib.suppress(FileNotFoundError):
                (self.folder / name).write_text(str(limit))
        with contextlib.suppress(OSError):
            (self.folder / "memory.swap.max").write_text("0")

    def anonymous(self) -> int:
        """Bytes in use that are no file's."""
        facts = (line.split() for line in (self.folder / "memory.stat").read_text().splitlines())
        return next(int(value) for name, value in facts if name == self._files.anonymous)

    def run(self, words: list[str], cwd: Path, environment: dict[str, str]) -> Spent:
        """Run a command in the group, to its end."""
        inside = ["sh", "-c", f'echo $$ > {self.folder}/cgroup.procs && exec "$@"', "sh", *words]
        start, peak, ended = time.monotonic(), 0, threading.Event()

        def look() -> None:
            nonlocal peak
            while not ended.wait(EVERY):
                peak = max(peak, self.anonymous())

        watcher = threading.Thread(target=look)
        watcher.start()
        done = subprocess.run(inside, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
        ended.set()
        watcher.join()
        return Spent(done.returncode, time.monotonic() - start, peak, done.stdout + done.stderr)


@contextlib.contextmanager
def limited(limit: int) -> Iterator[Group]:
    """A group of ``limit`` bytes; ends the program where this user can't make one."""
    root = next(root for root in VERSIONS if root.is_dir())
    try:
        group = Group(root, VERSIONS[root], limit)
    except OSError as error:
        sys.exit(f"no control group can be made in {root} ({error.strerror}): run this as root, on Linux")
    try:
        yield group
    finally:
        for _ in range(100):  # a process that has just ended may still be in it
            try:
                group.folder.rmdir()
            except OSError:
                time.sleep(0.1)
            else:
                break
