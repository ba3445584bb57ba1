"""The whole pipeline under strace: test rows are opened by prepare, split and evaluate, and by DVC to hash them."""

import collections
import re
import shutil
from pathlib import Path

import pytest

from tests.project import make_project

pytestmark = [
    pytest.mark.processes,
    pytest.mark.ci,
    pytest.mark.timeout(3000),
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]
TRACE = "strace -f -y -qq -s 300 --seccomp-bpf -e trace=execve,open,openat,openat2,clone,clone3,fork,vfork -o trace.log"
CALL = re.compile(r"(?P<pid>\d+) +(?:<\.\.\. )?(?P<name>\w+)[( ](?P<rest>.*)")
OPENED = re.compile(r"= \d+<(?P<path>/[^>]*)>$")
CHILD = re.compile(r"= (?P<pid>\d+)$")
COMMAND = re.compile(r"pipeline\.(?:stages\.(?P<stage>\w+)|tracking\.(?P<mirror>mirror))")
ROWS = ("raw", "data/prepared", "data/sealed", ".dvc/cache")
ALLOWED = {
    "prepare": {"raw", "data/prepared"},
    "split": {"data/prepared", "data/sealed"},
    "evaluate": {"data/sealed"},
    "dvc": set(ROWS),  # hashes deps and outs, and keeps the outs in its cache
}
TABLE = "a,b,kind\n" + "".join(f"{n % 17 / 7},{n * 5 % 23 / 3},{'xy'[n % 17 > 8]}\n" for n in range(120))


def opened(trace: str, folder: Path) -> dict[str, collections.Counter[str]]:
    """How often each stage, the mirror and DVC have opened files in places with rows, folders aside.

    A process is what its command line says, or what the process that started it is.
    """
    roles: dict[str, str] = {}
    found: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for line in trace.splitlines():
        call = CALL.match(line)
        if call is None:
            continue
        pid, name, rest = call["pid"], call["name"], call["rest"]
        if name == "execve" and (command := COMMAND.search(rest)):
            roles[pid] = command["stage"] or command["mirror"]
        elif name in ("clone", "clone3", "fork", "vfork") and (child := CHILD.search(rest)):
            roles.setdefault(child["pid"], roles.get(pid, "dvc"))
        elif (file := OPENED.search(rest)) and "O_DIRECTORY" not in rest and not Path(file["path"]).is_dir():
            for place in ROWS:
                if Path(file["path"]).is_relative_to(folder / place):
                    found[roles.get(pid, "dvc")][place] += 1
    return found


@pytest.mark.parametrize("launcher", ["basic", "two_workers"])
def test_nobody_else_opens_test_rows(tmp_path: Path, launcher: str) -> None:
    folder = tmp_path / "project"
    run = make_project(folder, {"source": "file", "path": "raw/own.csv", "target": "kind"})
    (folder / "raw").mkdir()
    (folder / "raw/own.csv").write_text(TABLE)
    run(f"{TRACE} dvc repro", HOLDOUT_LAUNCHER=launcher, HOLDOUT_TRACKING="on")
    found = opened((folder / "trace.log").read_text(errors="replace"), folder)
    print({role: dict(places) for role, places in found.items()})
    assert found["prepare"]["raw"] and found["split"]["data/sealed"] and found["evaluate"]["data/sealed"]
    assert {role: set(places) - ALLOWED.get(role, set()) for role, places in found.items()} == {
        role: set() for role in found
    }


def test_a_process_is_what_started_it(tmp_path: Path) -> None:
    trace = f"""\
1 execve("/bin/dvc", ["dvc", "repro"], 0x7 /* 9 vars */) = 0
1 openat(AT_FDCWD<{tmp_path}>, "raw/own.csv", O_RDONLY|O_CLOEXEC) = 3<{tmp_path}/raw/own.csv>
1 vfork() = 2
2 execve("/bin/python", ["python", "-m", "pipeline.stages.train", "experiment=a"], 0x7 /* 9 vars */) = 0
2 clone3({{flags=CLONE_VM}}, 88) = 3
3 openat(AT_FDCWD<{tmp_path}>, "data/prepared/X.npy", O_RDONLY|O_CLOEXEC <unfinished ...>
3 <... openat resumed>) = 4<{tmp_path}/data/prepared/X.npy>
3 openat(AT_FDCWD<{tmp_path}>, "data/sealed/test/X.npy", O_RDONLY) = -1 EACCES (Permission denied)
3 openat(AT_FDCWD<{tmp_path}>, "data/sealed", O_RDONLY|O_DIRECTORY) = 4<{tmp_path}/data/sealed>
"""
    assert opened(trace, tmp_path) == {"dvc": {"raw": 1}, "train": {"data/prepared": 1}}
