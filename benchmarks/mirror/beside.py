"""The mirror as a process of its own, beside whatever else goes on."""

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from benchmarks.pipeline import ROOT

EXPERIMENT = "many"


def environment(uri: str) -> dict[str, str]:
    """For the mirror and for who writes beside it; an empty ``uri`` is the project's own database."""
    kept = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    return {**kept, "PYTHONPATH": str(ROOT), **({"MLFLOW_TRACKING_URI": uri} if uri else {})}


class Beside:
    """While the block runs, the mirror does; then its CPU seconds, and the seconds of each of its passes, are known."""

    def __init__(self, folder: Path, uri: str, experiment: str = EXPERIMENT) -> None:
        self._folder, self._uri, self._experiment = folder, uri, experiment
        self.cpu, self.passes = 0.0, list[float]()

    def __enter__(self) -> "Beside":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.mirror.timed", "--follow"],
            cwd=self._folder,
            env=environment(self._uri),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(f"{self._experiment}\n".encode())
        self._process.stdin.flush()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.close()
        self.passes = [float(word) for word in stdout.read().split()]
        usage = os.wait4(self._process.pid, 0)[2]
        self._process.returncode = 0  # which nobody can ask for any more
        self.cpu = usage.ru_utime + usage.ru_stime
