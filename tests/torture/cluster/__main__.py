"""``python -m tests.torture.cluster``: all faults on Slurm and on Ray, over three hosts; ``--small`` is CI's."""

import argparse
import os
import shutil
import sys

from tests.torture.cluster import hosts, rayed, slurm
from tests.torture.cluster.faults import FAULTS, ON_A_SHARED_DISK, Cluster
from tests.torture.cluster.hosts import DISKS, OWN, SHARED, Host
from tests.torture.cluster.suite import Result, Suite
from tests.torture.cluster.swept import SIZES, SweptProject

UNDISTURBED = "undisturbed"
NAMES = ("one", "two", "three")
KINDS = ("slurm", "ray")
REASONS = {"slurm": slurm.reason, "ray": rayed.reason}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture.cluster", description=__doc__)
    parser.add_argument("--on", choices=KINDS, help="only this one")
    parser.add_argument("--faults", help=f"only these, with commas: {UNDISTURBED}, {', '.join(FAULTS)}")
    parser.add_argument("--trials", type=int, choices=(4, 16, 64), default=64, help="of the sweep")
    parser.add_argument("--launcher", help="instead of the cluster's own")
    parser.add_argument("--epochs", type=int, default=80, help="of a trial")
    parser.add_argument("--halved", action="store_true", help="by successive halving: trials pause and go on elsewhere")
    parser.add_argument("--small", action="store_true", help="one host, four trials, undisturbed")
    parser.add_argument("--shell", action="store_true", help="no sweep: a shell on the first host, in the project")
    options = parser.parse_args()
    kinds = [options.on] if options.on else list(KINDS)
    if os.environ.get(hosts.INSIDE):
        return inside(options)
    if reason := hosts.reason():
        print(f"skipped: {reason}")
        return 0
    statuses = []
    for kind in kinds:
        if reason := REASONS[kind]():
            print(f"{kind} skipped: {reason}")
        else:
            words = [word for word in sys.argv[1:] if word not in ("--on", *KINDS)]
            statuses.append(hosts.within_namespaces("tests.torture.cluster", ["--on", kind, *words]))
    return max(statuses, default=0)


def inside(options: argparse.Namespace) -> int:
    """All sweeps on one kind of cluster; prints what came of each, and the counts."""
    machines = hosts.make_hosts(NAMES[:1] if options.small else NAMES)
    project = project_of(options)
    suite = Suite(lambda: cluster_of(options.on, machines), project, options.launcher)
    first = cluster_of(options.on, machines)
    for host in machines:
        host.start()
    project.prepare(first.head, first.variables)
    if options.shell:
        project.reset()
        first.stop()
        first.start()
        return first.head.shell(first.variables, project.place)
    suite.alone(first)
    first.stop()
    spread_machine_code(machines)
    results = []
    for name in chosen(options):
        results.append(suite.run(FAULTS.get(name)))
        print(results[-1], flush=True)
    return told(options.on, results, project.trials)


def chosen(options: argparse.Namespace) -> list[str]:
    """The names of the sweeps, by what happens in their middle."""
    possible = [name for name in FAULTS if options.on == "slurm" or name not in ON_A_SHARED_DISK]
    if options.faults:
        return [str(name) for name in options.faults.split(",")]
    return [UNDISTURBED] if options.small else [UNDISTURBED, *possible]


def spread_machine_code(machines: list[Host]) -> None:
    """What the first host has compiled: the others have its processor."""
    first, *others = (host.disk / "cache/holdout" for host in machines)
    for other in others if first.is_dir() else ():
        shutil.copytree(first, other, dirs_exist_ok=True)


def project_of(options: argparse.Namespace) -> SweptProject:
    size = SIZES[4 if options.small else options.trials]
    if options.on == "slurm":
        return SweptProject(DISKS / "shared/project", SHARED / "project", size, options.epochs, [], options.halved)
    first, *others = (DISKS / name / "project" for name in (NAMES[:1] if options.small else NAMES))
    return SweptProject(first, OWN / "project", size, options.epochs, others, options.halved)


def cluster_of(kind: str, machines: list[Host]) -> Cluster:
    return slurm.Slurm(machines) if kind == "slurm" else rayed.RayCluster(machines)


def told(kind: str, results: list[Result], trials: int) -> int:
    """Print the counts; the status of the program."""
    bad = sum(bool(result.wrong) for result in results)
    print(f"{kind}: sweeps of {trials} trials that ended well: {len(results) - bad} of {len(results)}")
    starts, resumed, again = (sum(getattr(one, name) for one in results) for name in ("starts", "resumed", "again"))
    print(f"{kind}: {starts} starts, {resumed} from a checkpoint, {again} from the beginning again")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
