"""A real Slurm over the hosts: munge on each, slurmctld on the first, slurmd on all."""

import secrets
import shutil
from collections.abc import Sequence

from tests.torture.cluster.hosts import DISKS, SHARED, Host, wait_until

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "sinfo", "scontrol")
FOLDER = SHARED / "slurm"
SETTINGS = """\
ClusterName=namespaces
SlurmctldHost={head}({address})
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=cred_expire=10
StateSaveLocation={state}
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.%n.pid
SlurmdSpoolDir=/var/spool/slurmd
SlurmctldLogFile=/var/log/slurmctld.log
SlurmdLogFile=/var/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=15
MessageTimeout=10
KillWait=5
MinJobAge=300
SchedulerParameters=sched_interval=5,batch_sched_delay=1,requeue_delay=1
{nodes}
PartitionName=all Nodes={names} Default=YES MaxTime=60 State=UP
"""


def reason() -> str:
    """Why there can be no Slurm here; empty if there can."""
    missing = [name for name in PROGRAMS if shutil.which(name, path="/usr/sbin:/usr/bin") is None]
    return f"{', '.join(missing)} not found (Debian's slurm-wlm and munge have them)" if missing else ""


class Slurm:
    """A Slurm whose controller runs on the first host, which also trains."""

    launcher = "submitit_slurm"

    def __init__(self, hosts: Sequence[Host], cpus: int = 2) -> None:
        self.hosts, self.head = list(hosts), hosts[0]
        self.folder = DISKS / "shared/slurm"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        (self.folder / "state").mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        nodes = [f"NodeName={one.name} NodeAddr={one.address} CPUs={cpus} State=UNKNOWN" for one in hosts]
        facts = {"head": self.head.name, "address": self.head.address, "state": FOLDER / "state"}
        names = ",".join(host.name for host in hosts)
        (self.folder / "slurm.conf").write_text(SETTINGS.format(nodes="\n".join(nodes), names=names, **facts))

    def start(self) -> None:
        for host in self.hosts:
            host.start()
            self.start_node(host)
        self.start_controller()
        wait_until(lambda: self.idle() == len(self.hosts), f"{len(self.hosts)} idle nodes", 60)

    def start_node(self, host: Host) -> None:
        host.run(["mkdir", "-p", "/run/munge", "/var/lib/munge", "/var/log/munge", "/var/spool/slurmd"])
        host.run(["install", "-m", "400", str(FOLDER / "munge.key"), "/run/munge/key"])
        host.run(["munged", "--key-file=/run/munge/key", "--num-threads=1"])
        host.run(["slurmd", "-N", host.name], self.variables)

    def start_head(self) -> None:
        """What ran on the first host, after it was started again."""
        self.start_controller()
        self.start_node(self.head)

    def start_controller(self) -> None:
        self.head.run(["slurmctld"], self.variables)

    def kill_controller(self) -> None:
        self.head.run(["sh", "-c", "kill -9 $(cat /run/slurmctld.pid)"])

    def mend(self) -> None:
        """What Slurm leaves to its owner: to take back a node whose disk was full, and to let go of the jobs held."""
        for host in self.hosts:
            self.head.run(["scontrol", "update", f"NodeName={host.name}", "State=RESUME"], self.variables, status=None)
        held = self.head.run(["squeue", "--noheader", "--array", "--format=%i %r"], self.variables, status=None)
        for job in [line.split()[0] for line in held.splitlines() if "held" in line]:
            self.head.run(["scontrol", "release", job], self.variables, status=None)

    def stop(self) -> None:
        for host in self.hosts:
            host.kill()

    def idle(self) -> int:
        """How many nodes could take a job; 0 where the controller doesn't answer."""
        listed = self.head.run(["sinfo", "--noheader", "--Node", "--format=%T"], self.variables, status=None)
        return listed.split().count("idle")

    def queue(self) -> str:
        return self.head.run(["squeue", "--noheader", "--format=%i %T %N"], self.variables, status=None)

    @property
    def variables(self) -> dict[str, str]:
        """What a user of this Slurm has in the environment."""
        home = {"HOME": str(SHARED), "XDG_CACHE_HOME": str(SHARED / "cache")}
        return {"SLURM_CONF": str(FOLDER / "slurm.conf"), **home}
