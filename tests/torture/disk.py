"""A file system in a file, whose power can be cut at the k-th change that processes make on it (Linux, as root)."""

import contextlib
import fcntl
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_name("cuts.c")
SIZE = 400 << 20  # bytes, of a sparse file; XFS takes no less than 300 MB
# ext4 as strict as it goes: no writing back of what a rename replaces, and no commit of the journal by the clock.
MAKE = {"ext4": ("mkfs.ext4", "-q", "-F"), "xfs": ("mkfs.xfs", "-q", "-f")}
OPTIONS = {"ext4": "loop,noauto_da_alloc,commit=300", "xfs": "loop"}
NEEDED = ("cc", "unshare", "mount", "umount")
SHARED = Path("/dev/shm")  # where confined stages may write too
SHUTDOWN, WITHOUT_FLUSHING_THE_LOG = 0x8004587D, struct.pack("=I", 2)  # as in cuts.c


def missing(kind: str) -> str | None:
    """Why there can be no such file system here; None if there can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs Linux and root, to mount file systems"
    tools = [tool for tool in (*NEEDED, MAKE[kind][0]) if shutil.which(tool) is None]
    if tools:
        return f"needs {', '.join(tools)}"
    if kind not in Path("/proc/filesystems").read_text(encoding="ascii").split():
        return f"the kernel has no {kind}"
    return None if Path("/dev/loop-control").exists() else "needs loop devices"


def build(folder: Path) -> Path:
    """Compile the library that counts and cuts into ``folder``."""
    target = folder / "cuts.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(target), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return target


class Disk:
    """An image, mounted at ``place`` while it is used; the process must have a mount namespace of its own.

    Args:
        kind: ext4 or xfs; library: from ``build``.
    """

    def __init__(self, folder: Path, kind: str, library: Path) -> None:
        self.kind, self._library = kind, library
        self.place, self._image = folder / kind, folder / f"{kind}.image"
        self._shared = SHARED / f"holdout-cuts-{kind}-{os.urandom(4).hex()}"
        self._log = self._shared.with_suffix(".log")
        self.place.mkdir(parents=True)
        self._mounted = False

    def make(self) -> None:
        """An empty file system, mounted."""
        with self._image.open("wb") as stream:
            stream.truncate(SIZE)
        subprocess.run([*MAKE[self.kind], str(self._image)], check=True, stdout=subprocess.DEVNULL)
        self.mount()

    def mount(self) -> None:
        """Mount it; after a cut, its journal is replayed."""
        command = ["mount", "-t", self.kind, "-o", OPTIONS[self.kind], str(self._image), str(self.place)]
        subprocess.run(command, check=True)
        self._mounted = True

    def unmount(self) -> None:
        if self._mounted:
            subprocess.run(["umount", str(self.place)], check=True)
        self._mounted = False

    def cut(self) -> None:
        """Cut its power, if nobody has done so, and mount it again."""
        with contextlib.suppress(OSError):
            folder = os.open(self.place, os.O_RDONLY)
            with contextlib.suppress(OSError):
                fcntl.ioctl(folder, SHUTDOWN, WITHOUT_FLUSHING_THE_LOG)
            os.close(folder)
        self.unmount()
        self.mount()

    def save(self, state: Path) -> None:
        """Keep what is on it now; it stays mounted."""
        self.unmount()
        _copy(self._image, state)
        self.mount()

    def load(self, state: Path) -> None:
        """Make it what ``save`` kept."""
        self.unmount()
        _copy(state, self._image)
        self.mount()

    def environment(self, at: int, logged: bool = False) -> dict[str, str]:
        """Variables for processes whose change number ``at`` meets the cut; 0 for none. Starts counting anew."""
        self._shared.write_bytes(bytes(16))
        facts = {"CUT_AT": str(at), "CUT_ROOT": str(self.place.resolve()), "CUT_SHARED": str(self._shared)}
        if logged:
            self._log.write_bytes(b"")
            facts["CUT_LOG"] = str(self._log)
        return {**facts, "LD_PRELOAD": str(self._library)}

    @property
    def count(self) -> int:
        """Changes since the last ``environment``."""
        return int(struct.unpack("=qq", self._shared.read_bytes())[0])

    @property
    def was_cut(self) -> bool:
        return bool(struct.unpack("=qq", self._shared.read_bytes())[1])

    def changes(self) -> list[list[str]]:
        """What was logged: number, process, call, path, and from where, if it was moved; in order."""
        lines = [line.split("\t") for line in self._log.read_text(encoding="utf-8", errors="replace").splitlines()]
        return sorted(lines, key=lambda line: int(line[0]))

    def remove(self) -> None:
        self.unmount()
        for path in (self._shared, self._log):
            path.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "--sparse=always", str(source), str(target)], check=True)
