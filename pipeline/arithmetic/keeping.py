"""Where machine code is kept, so that only the first program that needs it compiles: one folder for each user.

Its name says all that the code comes from: the source of what is compiled, Numba, LLVM's wrapper and Python; Numba adds
processor and types to the name of a file. Where the program lies is no part of it, so that copies of it share the code.

What is loaded is run. So the folder has to be the user's own, and no other's to write to.
"""

import functools
import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, _CacheLocator

SECONDS = 15  # that compiling takes
PACKAGE = Path(__file__).parents[1]
ROOMS = ("arithmetic", "nn")  # whose functions are compiled
SOURCES = sorted(path for room in ROOMS for path in (PACKAGE / room).rglob("*.py"))


def version() -> str:
    """A hash of what machine code comes from, but for processor and types."""
    tools = f"{numba.__version__} {llvmlite.__version__} {sys.implementation.cache_tag}"
    digest = hashlib.sha256(tools.encode())
    for path in SOURCES:
        digest.update(b"\0" + path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def places() -> Iterator[Path]:
    """The user's cache, and a folder for what can't be kept there."""
    yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "holdout"
    yield Path(tempfile.gettempdir()) / f"holdout-compiled-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


def is_own(folder: Path) -> bool:
    """Whether this user, and no other, can write to the folder itself; a symlink is none."""
    found = folder.lstat()
    others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    own = not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not others)
    return stat.S_ISDIR(found.st_mode) and own and os.access(folder, os.W_OK | os.X_OK)


def folder() -> Path | None:
    """The first place that is the user's own, made where it is missing; None: nothing is kept."""
    name = version()
    for place in places():
        inner = place / name
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            for made in (place, inner):
                made.mkdir(mode=0o700, exist_ok=True)
            if is_own(place) and is_own(inner):
                return inner
        except OSError:
            continue
    return None


FOLDER = folder()


@functools.cache
def announce() -> None:
    """Say once in a process, to a person at a terminal, why training does not begin yet."""
    if sys.stderr is not None and sys.stderr.isatty():
        print(
            f"compiling once for this kind of training, about {SECONDS} s of a free core", file=sys.stderr, flush=True
        )


class _Folder(_CacheLocator):
    """What Numba asks for path, stamp and a part of the name: the folder is all three."""

    _py_file: str

    def get_cache_path(self) -> str:
        return str(FOLDER)

    def get_source_stamp(self) -> str:
        return FOLDER.name if FOLDER else ""

    def get_disambiguator(self) -> str:
        return self.get_source_stamp()

    def ensure_cache_path(self) -> None:
        """It was made, and looked at, before."""

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> "_Folder":
        found = cls()
        found._py_file = py_file
        return found


class _Results(CompileResultCacheImpl):
    _locator_classes: Any = (_Folder,)


class MachineCode(FunctionCache):
    """Numba's cache of one function, with a file of its own for each processor and types.

    Numba has one index for all of them, in which programs that compile at the same time can take each other's place.
    What can't be read is compiled again; what can't be written is not kept.
    """

    _impl_class = _Results

    def _load_overload(self, sig: Any, target_context: Any) -> Any:
        self._open(sig, target_context.codegen())
        found = None
        with suppress(Exception):  # half a file, or another format: unpickling raises anything
            found = super()._load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        if found is None:
            announce()
        return found

    def _save_overload(self, sig: Any, data: Any) -> None:
        self._open(sig, data.codegen)
        with suppress(OSError):
            self._cache_file.flush()  # else it would read what may be half a file
            super()._save_overload(sig, data)  # type: ignore[no-untyped-call]

    def holds(self, sig: Any, codegen: Any) -> bool:
        """Whether there is machine code for these types, whole or not."""
        self._open(sig, codegen)
        return Path(self._cache_file._index_path).exists()

    def _open(self, sig: Any, codegen: Any) -> None:
        key = self._index_key(sig, codegen)  # type: ignore[no-untyped-call]
        digest = hashlib.sha256(repr(key).encode()).hexdigest()[:24]
        name = f"{self._py_func.__module__.rpartition('.')[2]}.{self._py_func.__qualname__}-{digest}"
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file: Any = IndexDataCacheFile(self._cache_path, name, stamp)
