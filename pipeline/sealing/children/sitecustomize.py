"""The audit hook that confines a stage where there is no Landlock, and each Python that it starts.

Python runs a module of this name at its start: the stage puts this folder on its children's path, and what they may
read and write into their environment. Python's own library only. It sees what Python's own functions open, move and
start; not what C++ opens (Arrow, Polars), and not what a program that is not Python does once it runs.
"""

import importlib
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

RULES = "HOLDOUT_AUDIT"  # the name in the environment
# What the rules are: places closed to reading and those open inside them; places where writing is refused, and those
# writable inside them, also by how their paths begin.
STAGE, GUARDED, OPEN, KEPT, WRITABLE, BEGINNING = "stage", "guarded", "open", "kept", "writable", "beginning"
APPENDED = "appended"  # files that may be written to, but not emptied, moved or removed
BARRED = "barred"  # programs that may not be started
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
WORDS = re.compile(r"""[\s'"()<>|;&=:,]+""")
PYTHON = re.compile(r"python[\d.]*(\.exe)?")
ALONE = re.compile(r"-[a-zA-Z]*[IES][a-zA-Z]*")  # options with which Python runs no such module
OPENERS = {"open", "open64", "openat", "openat64", "openat2", "fopen", "fopen64", "syscall"}


class Watch:
    """What is refused, by audit event of Python."""

    def __init__(self, rules: dict[str, Any]) -> None:
        self.stage = rules[STAGE]
        self.guarded, self.open, self.kept, self.writable, self.beginning = (
            tuple(rules[name]) for name in (GUARDED, OPEN, KEPT, WRITABLE, BEGINNING)
        )
        self.appended, self.barred = frozenset(rules[APPENDED]), frozenset(rules[BARRED])
        self.above = {os.path.dirname(place) for place in self.guarded}
        self.checks: dict[str, Callable[..., None]] = {
            "open": self.opens,
            "os.rename": self.moves,
            "os.link": self.links,
            "os.symlink": lambda source, target, folder=-1: self.write(target, folder),
            "os.remove": self.write,
            "os.rmdir": self.write,
            "os.mkdir": lambda path, mode=0, folder=-1: self.write(path, folder),
            "os.truncate": lambda path, length=0: self.write(path),
            "shutil.rmtree": self.write,
            "sqlite3.connect": lambda path: self.opens(_plain(path), "", os.O_RDWR),
            "subprocess.Popen": lambda program, words, folder, names: self.starts([program, *_all(words)], names),
            "os.system": lambda command: self.starts([command], None),
            "os.exec": lambda program, words, names: self.starts([program, *words], names),
            "os.posix_spawn": lambda program, words, names: self.starts([program, *words], names),
            "os.unsetenv": lambda name: self.keeps(name),
            "os.putenv": lambda name, value: self.keeps(name),
            "ctypes.dlsym": lambda library, name: self.calls(name),
        }

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        check = self.checks.get(event)
        if check is not None:
            check(*arguments)

    def opens(self, path: Any, mode: Any, flags: int) -> None:
        if not isinstance(path, str | bytes):
            return
        if mode is None:  # os.open, of folders too
            self.read_from_folder(_text(path))
        if flags & (os.O_WRONLY | os.O_RDWR) != os.O_WRONLY and not (mode is None and os.path.isdir(path)):
            self.read(path)
        if flags & WRITING and (flags & os.O_TRUNC or os.path.realpath(_text(path)) not in self.appended):
            self.write(path)

    def read(self, path: Any, folder: Any = -1) -> None:
        if self.closed(_real(_text(path), folder)):
            raise PermissionError(13, f"dvc.yaml doesn't let {self.stage} read it", _text(path))

    def read_from_folder(self, name: str) -> None:
        """A path relative to an open folder (dir_fd) comes without it: it is looked for around closed places."""
        if not os.path.isabs(name) and not os.path.lexists(name):
            for place in self.above:
                self.read(os.path.join(place, name))

    def write(self, path: Any, folder: Any = -1) -> None:
        if not isinstance(path, str | bytes):  # what is open already
            return
        place = _real(_text(path), folder)
        free = _within(place, self.writable) or place.startswith(self.beginning)
        if _within(place, self.kept) and not free:
            raise PermissionError(13, f"dvc.yaml doesn't let {self.stage} write it", _text(path))

    def closed(self, place: str) -> bool:
        return _within(place, self.guarded) and not _within(place, self.open)

    def moves(self, source: Any, target: Any, of: int = -1, to: int = -1) -> None:
        self.write(source, of)
        self.write(target, to)

    def links(self, source: Any, target: Any, of: int = -1, to: int = -1) -> None:
        self.read(source, of)
        self.moves(source, target, of, to)

    def starts(self, words: Sequence[Any], names: Any) -> None:
        """A child: Python is bound by this module, any other program by the paths that its command line names."""
        texts = [_text(word) for word in words if isinstance(word, str | bytes | os.PathLike)]
        for name in {part for text in texts for part in (text, *WORDS.split(text)) if part}:
            if name in self.barred or (name == texts[0] and os.path.basename(name) in self.barred):
                raise PermissionError(13, f"{self.stage} may not start it", name)
            if len(name) < 4096 and self.closed(_real(name, -1)):
                raise PermissionError(13, f"dvc.yaml doesn't let {self.stage} read it", name)
        program = os.path.basename(texts[0]) if texts else ""
        if PYTHON.fullmatch(program) and (any(map(ALONE.fullmatch, texts[1:3])) or (names and RULES not in names)):
            raise PermissionError(13, f"{self.stage} may start no Python that is not confined as it is", program)

    def keeps(self, name: Any) -> None:
        if _text(name) == RULES:
            raise PermissionError(13, f"{self.stage} may not change what its children are confined to", RULES)

    def calls(self, name: Any) -> None:
        if name in OPENERS:
            raise PermissionError(13, f"{self.stage} may not open files by ctypes", str(name))


def _text(path: Any) -> str:
    return os.fsdecode(path)


def _all(words: Any) -> Sequence[Any]:
    return [words] if isinstance(words, str | bytes | os.PathLike) else words


def _plain(path: Any) -> Any:
    """A database's name without what SQLite reads as options; one in memory has no file."""
    name = _text(path) if isinstance(path, str | bytes | os.PathLike) else ""
    if not name or name.startswith((":memory:", "file::memory:")):
        return None
    return name.removeprefix("file:").partition("?")[0] if name.startswith("file:") else name


def _real(name: str, folder: Any) -> str:
    if isinstance(folder, int) and folder >= 0 and not os.path.isabs(name):
        name = os.path.join(f"/proc/self/fd/{folder}", name)
    return os.path.realpath(name)


def _within(place: str, folders: tuple[str, ...]) -> bool:
    return any(place == folder or place.startswith(os.path.join(folder, "")) for folder in folders)


def put_in_force(rules: dict[str, Any]) -> None:
    """From here on; a hook can't be taken away again."""
    sys.addaudithook(Watch(rules))


def _go_on() -> None:
    """Run the module of this name that would have been run without us, if there is one."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [place for place in sys.path if os.path.abspath(place or ".") != here]
    sys.modules.pop("sitecustomize", None)
    try:
        importlib.import_module("sitecustomize")
    except ImportError:
        sys.modules["sitecustomize"] = sys.modules.get("sitecustomize") or type(sys)("sitecustomize")


if __name__ == "sitecustomize" and RULES in os.environ:
    put_in_force(json.loads(os.environ[RULES]))
    _go_on()
