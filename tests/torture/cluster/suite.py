"""A sweep on a cluster, a fault in its middle, the same command again: nothing is lost, and the bits are the same."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.torture.cluster.faults import Cluster, Fault, Sweeping, kill_command
from tests.torture.cluster.hosts import DISKS, SHARED, Host, Variables, wait_until
from tests.torture.cluster.swept import EXPERIMENT, SweptProject
from tests.torture.cluster.watching import Watch

COMMAND = ["dvc", "repro", "select"]
PATIENCE = 420.0  # seconds for a command on a cluster that is well
SHARE = 4  # a fault comes when one in so many trials is finished


@dataclass
class Result:
    """What came of one sweep.

    wrong: what should not be; starts, resumed, again: see ``Watch``; first: how the first command ended;
    hosts: how many trials each has finished.
    """

    name: str
    seconds: float = 0.0
    first: str = ""
    starts: int = 0
    resumed: int = 0
    again: int = 0
    hosts: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        hosts = ", ".join(f"{name} {count}" for name, count in sorted(self.hosts.items()))
        end = "; ".join(self.wrong) or "well"
        counts = f"{self.starts} starts, {self.resumed} from a checkpoint, {self.again} from the beginning again"
        return f"{self.name}: {end} ({self.first}; {counts}; finished by {hosts}; {self.seconds:.0f} s)"


class Suite:
    """Sweeps of one project on one cluster.

    Args:
        new: makes a cluster that has not been started, over hosts that have.
    """

    def __init__(self, new: Callable[[], Cluster], project: SweptProject, launcher: str | None = None) -> None:
        self.new, self.project, self.launcher = new, project, launcher
        self.expected: dict[str, str] = {}

    def alone(self, cluster: Cluster) -> None:
        """The same on one host by our own workers: what is to come out."""
        self.project.reset()
        cluster.head.run(COMMAND, self._variables(cluster, "workers"), self.project.place)
        self.expected = self.project.contents()

    def run(self, fault: Fault | None = None) -> Result:
        """One sweep, with a fault in it or undisturbed."""
        result = Result(fault.__name__ if fault else "undisturbed")
        self.project.reset()
        cluster = self.new()
        watch = Watch(self.project.stores)
        begin = time.monotonic()
        try:
            cluster.start()
            command = self._start(cluster)
            if fault:
                self._disturb(cluster, command, fault, result)
            result.first = self._end(cluster, command)
            before = self.project.finished()
            self._again(cluster, result, before)
        except (TimeoutError, RuntimeError, subprocess.SubprocessError) as error:
            result.wrong.append(f"{type(error).__name__}: {error}"[-2000:])
        finally:
            watch.close()
            cluster.stop()
        result.seconds = time.monotonic() - begin
        result.starts, result.resumed, result.again = watch.count, watch.resumed, watch.again()
        result.hosts = dict(self.project.hosts())
        return result

    def _start(self, cluster: Cluster) -> "subprocess.Popen[bytes]":
        variables = self._variables(cluster, self.launcher or cluster.launcher)
        return cluster.head.start_command(COMMAND, variables, self.project.place, DISKS / "command.log")

    def _disturb(self, cluster: Cluster, command: "subprocess.Popen[bytes]", fault: Fault, result: Result) -> None:
        enough = self.project.trials // SHARE
        wait_until(lambda: len(self.project.finished()) >= enough or command.poll() is not None, "trials", PATIENCE)
        if command.poll() is not None:
            raise RuntimeError(f"the command ended before the fault: {self._log()}")
        print(
            f"  {len(self.project.finished())} of {self.project.trials} trials finished: {fault.__name__}", flush=True
        )
        fault(Sweeping(cluster, command, self._beside))

    def _variables(self, cluster: Cluster, launcher: str) -> Variables:
        return {**cluster.variables, "HOLDOUT_LAUNCHER": launcher, "HOLDOUT_TRACKING": "off"}

    def _beside(self, host: Host) -> "subprocess.Popen[bytes]":
        words = ["python", "-m", "pipeline.stages.train", f"experiment={EXPERIMENT}", "hydra/launcher=workers"]
        shared = {"HOME": str(SHARED), "XDG_CACHE_HOME": str(SHARED / "cache"), "HOLDOUT_TRACKING": "off"}
        log = DISKS / "beside.log"
        return host.start_command(words, shared, self.project.place, log)

    def _end(self, cluster: Cluster, command: "subprocess.Popen[bytes]") -> str:
        """Wait for the first command; what it came to."""
        try:
            status = command.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            kill_command(command)
            return "the first command had not ended, and was ended by hand"
        return {0: "the first command ended well", -9: "the first command was killed"}.get(
            status, f"the first command ended with status {status}"
        )

    def _again(self, cluster: Cluster, result: Result, before: dict[str, dict[str, Any]]) -> None:
        """Run the command again, and hold what came of it against what should have."""
        status = self._start(cluster).wait(PATIENCE)
        if status:
            result.wrong.append(f"dvc repro fails afterwards with status {status}: {self._log()}")
            return
        found, after = self.project.contents(), self.project.finished()
        if found != self.expected:
            names = sorted({name for name, _ in found.items() ^ self.expected.items()})
            result.wrong.append(f"{len(names)} other outputs: {names[:5]}")
        result.wrong += [f"finished trial {key} was trained again" for key in before if after.get(key) != before[key]]
        left = [path for path in self.project.folder.rglob(".*.tmp-*") if ".dvc" not in path.parts]
        result.wrong += [f"{path} was left" for path in left]

    def _log(self) -> str:
        return (DISKS / "command.log").read_text()[-1500:]
