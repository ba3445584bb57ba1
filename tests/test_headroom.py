"""What may be taken is what the machine has and every control group around the process leaves."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline import headroom
from pipeline.headroom import free_bytes

MIB = 1 << 20
AVAILABLE = 1000 * MIB


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headroom.psutil, "virtual_memory", lambda: SimpleNamespace(available=AVAILABLE))


def write(folder: Path, files: dict[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(f"{content}\n")


def process(tmp_path: Path, groups: str, *mounts: tuple[str, str, str]) -> Path:
    """A /proc/self in the groups, with (kind, root, options) mounted at tmp_path/kind."""
    lines = [f"35 31 0:32 {root} {tmp_path / kind} rw - {kind} cgroup rw,{options}" for kind, root, options in mounts]
    write(tmp_path / "proc", {"cgroup": groups, "mountinfo": "\n".join(["1 1 0:1 / / rw - ext4 /dev/sda rw", *lines])})
    return tmp_path / "proc"


def test_without_groups_it_is_what_the_machine_has(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "none") == AVAILABLE
    assert free_bytes(process(tmp_path, "0::/")) == AVAILABLE


def test_version_2_counts_both_limits_of_every_group_around(tmp_path: Path) -> None:
    proc = process(tmp_path, "0::/user/job", ("cgroup2", "/", "nsdelegate"))
    inner, outer = tmp_path / "cgroup2/user/job", tmp_path / "cgroup2/user"
    stat = f"anon {90 * MIB}\ninactive_file {30 * MIB}\nactive_file {10 * MIB}"
    write(inner, {"memory.max": "max", "memory.high": 512 * MIB, "memory.current": 130 * MIB, "memory.stat": stat})
    assert free_bytes(proc) == 422 * MIB
    write(outer, {"memory.max": 300 * MIB, "memory.current": 200 * MIB, "memory.stat": ""})
    assert free_bytes(proc) == 100 * MIB
    write(outer, {"memory.current": 400 * MIB})
    assert free_bytes(proc) == 0


def test_version_1_counts_its_limit(tmp_path: Path) -> None:
    groups = "9:name=systemd:/\n4:cpu,memory:/job\n0::/elsewhere"
    proc = process(tmp_path, groups, ("cgroup", "/", "memory"), ("cgroup2", "/", ""))
    stat = f"inactive_file 1\ntotal_inactive_file {20 * MIB}\ntotal_active_file 0"
    files = {"memory.limit_in_bytes": 256 * MIB, "memory.usage_in_bytes": 100 * MIB, "memory.stat": stat}
    write(tmp_path / "cgroup/job", files)
    assert free_bytes(proc) == 176 * MIB


@pytest.mark.parametrize("root", ["/docker/0123", "/another"])
def test_in_a_container_the_mount_is_its_own_group(tmp_path: Path, root: str) -> None:
    proc = process(tmp_path, "0::/docker/0123", ("cgroup2", root, ""))
    write(tmp_path / "cgroup2", {"memory.max": 64 * MIB, "memory.current": 4 * MIB, "memory.stat": ""})
    assert free_bytes(proc) == 60 * MIB
