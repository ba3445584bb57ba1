"""What a command left unsynced, by the changes that it made on disk: a power cut right after it takes that back."""

from collections.abc import Iterable, Sequence
from pathlib import Path

CHANGES = ("create", "empty", "write", "writev", "pwrite", "pwrite64", "fwrite", "sendfile", "sendfile64")
CHANGES += ("ftruncate", "ftruncate64")  # of a file
MOVES = ("rename", "exchange", "link")
SYNCS = ("fsync", "fdatasync")


def never_synced(changes: Iterable[Sequence[str]], left_out: Sequence[str] = ()) -> list[str]:
    """In words, what was moved to its place before it was on disk, and what is not on disk at the end.

    Args:
        changes: as ``Disk.changes`` has them; left_out: parts of the paths that don't matter.
    """
    files: set[str] = set()
    entries: set[str] = set()
    found = []
    for _, _, call, path, source in changes:
        if call in CHANGES:
            files.add(path)
        if call in ("create", "mkdir", *MOVES):
            entries.add(path)
        if call in ("unlink", "rmdir"):
            files.discard(path)
            entries.discard(path)
        if call in MOVES:
            early = [one for one in files if _within(one, source)] if call != "link" else []  # git syncs after it
            found += [(one, f"{one} was moved to {path} before it was synced") for one in early]
            files, entries = ({_moved(one, source, path) for one in some} for some in (files, entries))
            entries.discard(source)
        if call in SYNCS:
            files.discard(path)
            entries = {one for one in entries if _folder(one) != path}
    found += [(one, f"{one} was written and not synced") for one in sorted(files)]
    found += [(one, f"{_folder(one)} was not synced after {Path(one).name} was put there") for one in sorted(entries)]
    return [text for path, text in found if not any(part in path for part in left_out)]


def _within(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")


def _moved(path: str, source: str, target: str) -> str:
    return target + path.removeprefix(source) if _within(path, source) else path


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
