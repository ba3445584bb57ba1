"""Hosts made of namespaces: each with an address, a name, processes and a disk of its own, joined by a bridge.

All of it lives inside namespaces that the program itself runs in (see ``within_namespaces``), so that nothing of it is
left on the machine when the program ends or is killed: processes, interfaces, mounts, and disks, which are in memory.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from tests.project import ROOT

INSIDE = "HOLDOUT_CLUSTER"  # in the environment of who runs within the namespaces
DISKS = Path("/mnt")  # of all hosts, while they are made: a file system in memory
SHARED = Path("/home")  # on every host the same folder, as an NFS server's would be
OWN = Path("/srv")  # on every host another one
NETWORK = "10.66.0"
TOOLS = ("unshare", "nsenter", "ip", "mount")
PR_SET_PDEATHSIG = 1
Variables = Mapping[str, str]
NONE: Variables = {}
SPACES = ("--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc")
PATIENCE = 30.0  # seconds for a host to start
PROGRAMS = sorted({ROOT, Path(sys.prefix)})  # folders that each host sees where they are, but may not write to
# Process 1 of a host. Its arguments: name, address, its disk, and PROGRAMS.
START = f"""set -e
exec 2>"$3/start.log"
hostname "$1"
ip link set lo up
until ip link set eth0 up 2>/dev/null; do sleep 0.02; done
ip address add "$2"/24 dev eth0
mount --bind {DISKS}/hosts /etc/hosts
mount --bind {DISKS}/shared {SHARED}
mount --bind "$3" {OWN}
for folder in tmp run var/log var/lib var/spool; do
    mkdir -p {OWN}/root/$folder
    mount --bind {OWN}/root/$folder /$folder
done
chmod 1777 /tmp
mount -t tmpfs none /dev/shm
mkdir -p /run/lock
shift 3
number=0
for folder; do
    mkdir -p "$folder"
    mount --bind {DISKS}/program$number "$folder"
    mount -o remount,bind,ro "$folder"
    number=$((number + 1))
done
umount -l {DISKS}
touch /run/started
trap : TERM INT
sleep infinity & wait"""


def reason() -> str:
    """Why there can be no hosts here; empty if there can."""
    if sys.platform != "linux":
        return "namespaces are Linux's"
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        return f"{', '.join(missing)} not found"
    if os.geteuid() != 0:
        return "making hosts of namespaces takes root"
    trial = ["unshare", *SPACES, "sh", "-c", "mount -t tmpfs none /mnt && ip link add name try type bridge"]
    done = subprocess.run(trial, capture_output=True, text=True, check=False)
    return f"no namespaces here: {done.stderr.strip()}" if done.returncode else ""


def within_namespaces(module: str, words: Sequence[str]) -> int:
    """Run ``python -m module`` inside new namespaces, which end with it and with this process; its status."""
    command = ["unshare", *SPACES, "--propagation", "private", sys.executable, "-m", module, *words]
    process = subprocess.Popen(command, env={**os.environ, INSIDE: "1"}, preexec_fn=end_with_parent)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.kill()
        return 130


def end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Host:
    """A host that can be started, killed and started again; its disk outlives it.

    Attributes:
        name: its name, by which the others reach it; address: in ``NETWORK``; disk: where it lies outside of the host.
    """

    def __init__(self, number: int, name: str, megabytes: int) -> None:
        self.name, self.address = name, f"{NETWORK}.{number}"
        self.disk = DISKS / name
        self.disk.mkdir()
        _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", name, str(self.disk))
        self._link = f"v-{name}"
        self._process: subprocess.Popen[bytes] | None = None
        self._first = 0  # process 1 of the host, as it is called outside

    def start(self) -> None:
        shutil.rmtree(self.disk / "root", ignore_errors=True)  # /tmp, /run and /var/lib begin empty
        words = [self.name, self.address, str(self.disk), *map(str, PROGRAMS)]
        command = ["unshare", *SPACES, "bash", "-c", START, "start", *words]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL, preexec_fn=end_with_parent)
        outer = psutil.Process(self._process.pid)
        wait_until(lambda: bool(outer.children()), f"process 1 of {self.name}")
        self._first = outer.children()[0].pid
        _run("ip", "link", "add", "name", self._link, "type", "veth", "peer", "name", "eth0", "netns", str(self._first))
        _run("ip", "link", "set", self._link, "master", "bridge", "up")
        wait_until((self.disk / "root/run/started").exists, f"{self.name} to start")

    def kill(self) -> None:
        """What a power cut does to its processes: all are gone at once. What they wrote stays: see ``powercuts``."""
        if self._process is None:
            return
        os.kill(self._first, signal.SIGKILL)
        self._process.wait()
        self._process = None
        subprocess.run(["ip", "link", "delete", self._link], check=False, stderr=subprocess.DEVNULL)  # else later

    def cut(self, off: bool = True) -> None:
        """Pull the network cable, or put it back."""
        _run("ip", "link", "set", self._link, "down" if off else "up")

    @property
    def running(self) -> bool:
        return self._process is not None

    def start_command(
        self, command: Sequence[str], variables: Variables = NONE, folder: Path = OWN, log: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Run a command on the host, in ``folder`` of it; ``log`` (outside of it) takes what it prints."""
        with (log or Path(os.devnull)).open("ab") as stream:
            return subprocess.Popen(
                self._entered(folder, command),
                env=self.environment(variables),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )

    def run(
        self, command: Sequence[str], variables: Variables = NONE, folder: Path = OWN, status: int | None = 0
    ) -> str:
        """Run a command on the host to its end; what it printed.

        Raises:
            RuntimeError: it ended with another status; with None, any will do.
        """
        words, every = self._entered(folder, command), self.environment(variables)
        done = subprocess.run(words, env=every, capture_output=True, text=True, check=False)
        if status is not None and done.returncode != status:
            raise RuntimeError(f"{self.name}: {' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def shell(self, variables: Variables, folder: Path) -> int:
        """A shell on the host, at this terminal; its status."""
        words = self._entered(folder, ["bash", *(["-i"] if sys.stdin.isatty() else [])])
        return subprocess.run(words, env={**self.environment(variables)}, check=False).returncode

    def _entered(self, folder: Path, command: Sequence[str]) -> list[str]:
        spaces = ["--mount", "--net", "--uts", "--ipc", "--pid"]
        inner = ["sh", "-c", 'cd "$0" && exec "$@"', str(folder), *command]
        return ["nsenter", "--target", str(self._first), *spaces, "--", *inner]

    def environment(self, variables: Variables) -> Variables:
        """Nothing but what a person has who has just logged in, with the program's Python first."""
        path = f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin"
        fixed = {"PATH": path, "HOME": str(OWN), "LANG": "C.UTF-8", "DVC_NO_ANALYTICS": "true"}
        return {**fixed, "XDG_CACHE_HOME": str(OWN / "cache"), "MLFLOW_DISABLE_TELEMETRY": "true", **variables}


def make_hosts(names: Sequence[str], megabytes: int = 512, shared_megabytes: int = 2048) -> list[Host]:
    """Hosts, not yet started, joined by a bridge, with a shared disk; one network, to be called once."""
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", "name", "bridge", "type", "bridge")
    _run("ip", "link", "set", "bridge", "up")
    _run("mount", "-t", "tmpfs", "-o", "size=64m", "disks", str(DISKS))
    (DISKS / "shared").mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={shared_megabytes}m", "shared", str(DISKS / "shared"))
    for number, program in enumerate(PROGRAMS):
        (DISKS / f"program{number}").mkdir()
        _run("mount", "--bind", str(program), str(DISKS / f"program{number}"))
    hosts = [Host(number, name, megabytes) for number, name in enumerate(names, 1)]
    lines = ["127.0.0.1 localhost", *(f"{host.address} {host.name}" for host in hosts)]
    (DISKS / "hosts").write_text("\n".join(lines) + "\n")
    return hosts


def wait_until(look: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Raises TimeoutError if ``what`` hasn't happened after so many seconds."""
    end = time.monotonic() + seconds
    while not look():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(0.05)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
