"""What goes wrong in the middle of a sweep, and what whoever looks after the cluster does about it."""

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import psutil

from tests.torture.cluster.hosts import Host

CUT = 60.0  # seconds without a network
AWAY = 20.0  # seconds until somebody starts what was killed


class Cluster(Protocol):
    """Slurm or Ray over hosts."""

    hosts: list[Host]
    head: Host
    launcher: str

    @property
    def variables(self) -> dict[str, str]: ...
    def start(self) -> None: ...
    def start_node(self, host: Host) -> None: ...
    def start_head(self) -> None: ...
    def start_controller(self) -> None: ...
    def kill_controller(self) -> None: ...
    def mend(self) -> None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True)
class Sweeping:
    """A sweep that goes on: ``command`` on the head of the cluster; ``beside`` starts another one on a host."""

    cluster: Cluster
    command: "subprocess.Popen[bytes]"
    beside: "Callable[[Host], subprocess.Popen[bytes]]"


# Does it, and mends the cluster as its owner would.
Fault = Callable[[Sweeping], None]


def node(sweeping: Sweeping) -> None:
    """kill -9 of all processes of a host that trains; it starts again."""
    host = sweeping.cluster.hosts[1]
    host.kill()
    time.sleep(AWAY)
    host.start()
    sweeping.cluster.start_node(host)


def head(sweeping: Sweeping) -> None:
    """kill -9 of all processes of the host with the controller and `dvc repro`; it starts again."""
    sweeping.cluster.head.kill()
    sweeping.command.wait()
    time.sleep(AWAY)
    sweeping.cluster.head.start()
    sweeping.cluster.start_head()


def submitter(sweeping: Sweeping) -> None:
    """kill -9 of `dvc repro` and what it started on its host; what Slurm or Ray started goes on."""
    kill_command(sweeping.command)


def kill_command(command: "subprocess.Popen[bytes]") -> None:
    """kill -9 of a command on a host and all below it; not of what entered the host, which buries it."""
    with suppress(psutil.Error):
        for process in psutil.Process(command.pid).children(recursive=True):
            with suppress(psutil.Error):
                process.kill()
    command.wait()


def controller(sweeping: Sweeping) -> None:
    """kill -9 of slurmctld, or of Ray's head."""
    sweeping.cluster.kill_controller()
    time.sleep(AWAY)
    sweeping.cluster.start_controller()


def network(sweeping: Sweeping) -> None:
    """A host without a network for a minute."""
    sweeping.cluster.hosts[2].cut()
    time.sleep(CUT)
    sweeping.cluster.hosts[2].cut(off=False)
    sweeping.cluster.mend()


def disk(sweeping: Sweeping) -> None:
    """A host's own disk is full, until somebody makes room."""
    host = sweeping.cluster.hosts[1]
    host.run(["sh", "-c", "cat /dev/zero >/srv/filler"], status=None)
    time.sleep(CUT)
    host.run(["rm", "/srv/filler"])
    sweeping.cluster.mend()


def together(sweeping: Sweeping) -> None:
    """The same experiment is trained on another host too, by its own workers, over the same store."""
    other = sweeping.beside(sweeping.cluster.hosts[1])
    if status := other.wait():
        raise RuntimeError(f"the second sweep ended with status {status}")


FAULTS = {fault.__name__: fault for fault in (node, head, submitter, controller, network, disk, together)}
ON_A_SHARED_DISK = {"together"}
