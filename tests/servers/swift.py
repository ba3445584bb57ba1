"""An S3-compatible object store: OpenStack Swift with its S3 interface, all of it on loopback and in one folder.

One process each for proxy, accounts, containers and objects, one replica. Needs Debian's swift-proxy, swift-account,
swift-container and swift-object.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PYTHON = "/usr/bin/python3"  # whose packages Swift is among
KINDS = ("account", "container", "object")
BUCKET = "trials"
RUN = """
import sys
from swift.common import utils
utils.SWIFT_CONF_FILE = sys.argv[1]
from swift.common.wsgi import run_wsgi
sys.exit(run_wsgi(sys.argv[2], sys.argv[3]))
"""
COMMON = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
log_level = ERROR
"""
BACKEND = """[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
PROXY = """[pipeline:main]
pipeline = catch_errors cache s3api tempauth copy slo proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
"""


def missing() -> str | None:
    """Why it can't run here."""
    if not Path("/usr/bin/swift-proxy-server").exists() or not Path("/usr/bin/swift-object-server").exists():
        return "Swift is not installed: apt-get install swift-proxy swift-account swift-container swift-object"
    return None


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class Swift:
    """A running store. environment: with which S3 clients find it."""

    folder: Path
    ports: dict[str, int]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.ports['proxy']}",
            "AWS_ACCESS_KEY_ID": "test:tester",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def start(self, kind: str) -> None:
        log = (self.folder / f"{kind}.log").open("ab")
        command = [PYTHON, "-c", RUN, self.folder / "swift.conf", self.folder / f"{kind}.conf", f"{kind}-server"]
        with log:
            self.processes[kind] = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.folder, env={"PATH": os.environ["PATH"]}
            )
        wait_for(self.ports[kind], self.processes[kind])

    def kill(self, kind: str) -> None:
        """By SIGKILL, in the middle of whatever it does."""
        process = self.processes.pop(kind)
        process.send_signal(signal.SIGKILL)
        process.wait()


def wait_for(port: int, process: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


def _rings(folder: Path, ports: dict[str, int]) -> None:
    for kind in KINDS:
        builder = folder / f"{kind}.builder"
        for words in (
            ("create", "4", "1", "1"),
            ("add", f"r1z1-127.0.0.1:{ports[kind]}/one", "1"),
            ("rebalance",),
        ):
            subprocess.run(
                ["/usr/bin/swift-ring-builder", builder, *words], check=True, capture_output=True, cwd=folder
            )


def _configure(folder: Path, ports: dict[str, int]) -> None:
    (folder / "devices" / "one").mkdir(parents=True)
    (folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_prefix = p\nswift_hash_path_suffix = s\n")
    for kind, port in ports.items():
        common = COMMON.format(port=port, folder=folder, user="root")
        (folder / f"{kind}.conf").write_text(common + (PROXY if kind == "proxy" else BACKEND.format(kind=kind)))
    _rings(folder, ports)


@contextmanager
def running(folder: Path) -> Iterator[Swift]:
    """The store, with an empty bucket named BUCKET."""
    folder.mkdir(parents=True, exist_ok=True)
    ports = {kind: free_port() for kind in (*KINDS, "proxy")}
    _configure(folder, ports)
    swift = Swift(folder, ports)
    try:
        for kind in ports:
            swift.start(kind)
        yield swift
    finally:
        for kind in list(swift.processes):
            swift.kill(kind)
