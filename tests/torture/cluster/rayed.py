"""A real Ray cluster over the hosts: its head on the first, no shared disk."""

import importlib.util
from collections.abc import Sequence

from tests.torture.cluster.hosts import OWN, Host, wait_until

PORT = 6379
# Where the stage train may write even when this checkout lies in /tmp, whose new entries are then closed to it.
FILES = OWN / "cache/ray"
ATTEMPTS = 4
# Ray takes a host for lost that hasn't answered so long; it doesn't end what the host may still do.
SETTINGS = {
    "RAY_health_check_initial_delay_ms": "2000",
    "RAY_health_check_period_ms": "2000",
    "RAY_health_check_timeout_ms": "5000",
    "RAY_health_check_failure_threshold": "3",
    "RAY_raylet_start_wait_time_s": "60",
    "RAY_worker_register_timeout_seconds": "240",
    "RAY_DISABLE_DOCKER_CPU_WARNING": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_metrics_collection": "0",
}


def reason() -> str:
    """Why there can be no Ray here; empty if there can."""
    return "" if importlib.util.find_spec("ray") else "Ray is not installed (pip install -e .[ray])"


class RayCluster:
    """A Ray cluster whose head is the first host, which also trains."""

    launcher = "ray"

    def __init__(self, hosts: Sequence[Host], cpus: int = 2) -> None:
        self.hosts, self.head, self.cpus = list(hosts), hosts[0], cpus

    def start(self) -> None:
        for host in self.hosts:
            host.start()
        self._start_ray()

    def start_controller(self) -> None:
        """Without its head no part of a Ray cluster is of use: all of it is started anew."""
        for process in [host.start_command(["ray", "stop", "--force"]) for host in self.hosts]:
            process.wait()
        self._start_ray()

    start_head = start_controller

    def _start_ray(self) -> None:
        for host in self.hosts:  # one after the other: a raylet gives up on its agents where many start at once
            self.start_node(host)
        wait_until(lambda: self.nodes() == len(self.hosts), f"{len(self.hosts)} nodes of Ray", 120)

    def start_node(self, host: Host) -> None:
        """Start Ray on a host; the first one is the head."""
        own = [f"--num-cpus={self.cpus}", "--object-store-memory=80000000", f"--node-ip-address={host.address}"]
        head = ["--head", f"--port={PORT}", "--include-dashboard=false", f"--temp-dir={FILES}"]
        way = head if host is self.head else [f"--address={self.head.address}:{PORT}"]
        log = host.disk / "ray-start.log"
        for _ in range(ATTEMPTS):
            if host.start_command(["ray", "start", "--disable-usage-stats", *way, *own], SETTINGS, log=log).wait() == 0:
                return
            host.run(["ray", "stop", "--force"], status=None)
        raise RuntimeError(f"ray start failed on {host.name}: {log.read_text()[-1500:]}")

    def kill_controller(self) -> None:
        self.head.run(["sh", "-c", "kill -9 $(pidof gcs_server)"])

    def mend(self) -> None:
        """What Ray leaves to its owner: a host that its head took for lost has ended itself, and is started anew."""
        for host in self.hosts[1:]:
            if not host.run(["pidof", "raylet"], status=None).strip():
                self.start_node(host)

    def stop(self) -> None:
        for host in self.hosts:
            host.kill()

    def nodes(self) -> int:
        """How many hosts the head knows to be alive; 0 where it doesn't answer."""
        listed = self.head.run(["ray", "status", f"--address={self.variables['RAY_ADDRESS']}"], status=None)
        return sum(line.lstrip().startswith("1 node_") for line in listed.splitlines())

    @property
    def variables(self) -> dict[str, str]:
        """What a user of this cluster has in the environment."""
        return {"RAY_ADDRESS": f"{self.head.address}:{PORT}", **SETTINGS}
