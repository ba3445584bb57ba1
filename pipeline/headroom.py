"""How much memory a process can still take: less than the machine has, where a container or a control group says so."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil


class _Names(NamedTuple):
    """How a version of Linux's control groups calls its files; what is cached gives way when memory is needed."""

    limits: tuple[str, ...]
    used: str
    cached: tuple[str, ...]


NAMES = {
    "cgroup": _Names(("memory.limit_in_bytes",), "memory.usage_in_bytes", ("total_inactive_file", "total_active_file")),
    "cgroup2": _Names(("memory.max", "memory.high"), "memory.current", ("inactive_file", "active_file")),
}


def free_bytes(proc: Path = Path("/proc/self")) -> int:
    """Bytes that this process can take: what the machine has free, within the limits of all groups that it is in."""
    return min([psutil.virtual_memory().available, *_left_in_groups(proc)])


def _left_in_groups(proc: Path) -> Iterator[int]:
    for folder, names in _groups(proc):
        limits = [limit for name in names.limits if (limit := _number(folder / name)) is not None]
        used = _number(folder / names.used)
        if limits and used is not None:
            yield max(0, min(limits) - used + _cached(folder / "memory.stat", names.cached))


@functools.cache
def _groups(proc: Path) -> list[tuple[Path, _Names]]:
    """The folder of each group around this process, from the innermost outward, as it is when first asked for."""
    return list(_found(proc))


def _found(proc: Path) -> Iterator[tuple[Path, _Names]]:
    for kind, root, mount in _mounts(proc):
        path = _path(proc, kind)
        # In a container the path may be the host's, of which the mount shows a part: then the mount itself is ours.
        inside = path.relative_to(root) if path.is_relative_to(root) else Path()
        for folder in (mount / inside, *(mount / inside).parents):
            if folder.is_relative_to(mount):
                yield folder, NAMES[kind]


def _mounts(proc: Path) -> Iterator[tuple[str, Path, Path]]:
    """Kind, root and place of each hierarchy that may limit memory."""
    for line in _lines(proc / "mountinfo"):
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2) if after.count(" ") > 1 else ("", "", "")
        if kind == "cgroup2" or (kind == "cgroup" and "memory" in options.split(",")):
            yield kind, Path(before.split(" ")[3]), Path(before.split(" ")[4])


def _path(proc: Path, kind: str) -> Path:
    for line in _lines(proc / "cgroup"):
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(",") if kind == "cgroup" else not controllers:
            return Path(path)
    return Path("/")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:  # another system than Linux, or a folder that is closed to us
        return []


def _number(path: Path) -> int | None:
    """The file's number; None where there is none, or no limit (``max``)."""
    found = " ".join(_lines(path))
    return int(found) if found.isdigit() else None


def _cached(path: Path, names: tuple[str, ...]) -> int:
    facts = dict(line.split(" ", 1) for line in _lines(path) if " " in line)
    return sum(int(facts.get(name, 0)) for name in names)
