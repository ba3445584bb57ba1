"""Breaks the k-th change that a process makes on disk: a library in C that is loaded before libc (Linux)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_name("faults.c")
KILL = "kill"
POSSIBLE = sys.platform == "linux" and shutil.which("cc") is not None


def build(folder: Path) -> Path:
    """Compile the library into ``folder``."""
    target = folder / "faults.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(target), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return target


class Faults:
    """One counted run after the other.

    Args:
        library: from ``build``; root: changes below it count.
    """

    def __init__(self, library: Path, root: Path) -> None:
        self._library, self._root = library, root
        self._count = library.with_name(f"count-{root.name}")

    def environment(self, at: int, how: str = KILL) -> dict[str, str]:
        """Variables for a process whose change number ``at`` breaks; 0 for none. Starts counting anew."""
        self._count.write_bytes(bytes(8))
        facts = {"FAULT_AT": str(at), "FAULT_HOW": how, "FAULT_ROOT": f"{self._root.resolve()}/"}
        return {**facts, "FAULT_COUNT": str(self._count), "LD_PRELOAD": str(self._library)}

    @property
    def count(self) -> int:
        """Changes since the last ``environment``."""
        return int.from_bytes(self._count.read_bytes(), sys.byteorder)


def without_faults() -> dict[str, str]:
    """The environment as it was."""
    return {name: value for name, value in os.environ.items() if not name.startswith("FAULT_") and name != "LD_PRELOAD"}
