"""What undoes the files of a work tree, DVC's experiments above all, undoes no opening of the test set."""

import subprocess
from pathlib import Path

import pytest

from tests.project import make_project

pytestmark = [pytest.mark.processes, pytest.mark.ci]
COUNT = "python -m pipeline.sealing.ledger --json"


def test_experiments_of_dvc_in_every_folder_leave_their_openings(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    run = make_project(folder, {"source": "iris"})
    quiet = {"HOLDOUT_TRACKING": "off", "PYTHONPATH": str(folder)}

    def do(command: str) -> subprocess.CompletedProcess[str]:
        return run(command, **quiet)

    def counted() -> int:
        return len(do(COUNT).stdout.splitlines())

    do("dvc repro")
    run("git add -A && git -c user.name=a -c user.email=a@b commit -qm done")
    assert counted() == 1
    do("dvc exp run --name here -S split.seed=1")
    assert counted() == 2
    do("git checkout -q . && git clean -fdq")
    assert counted() == 2
    do("dvc exp run --temp --name aside -S split.seed=2")
    assert counted() == 3
    do("dvc exp run --queue --name later -S split.seed=3")
    do("dvc queue start && dvc queue logs later --follow")
    do("while dvc queue status | grep -q 'Running\\|Queued'; do sleep 1; done")
    assert counted() == 4
    do("dvc exp apply here")
    do("dvc exp remove -A")
    do("git stash -u && git stash drop && rm -rf reports .dvc/tmp/exps")
    assert counted() == 4
    done = do("dvc repro --force --single-item evaluate && dvc repro && python -m pipeline.reporting.summary")
    assert "of the 22 test rows stood in other test sets that were opened" in done.stdout
    assert (folder / "reports/ledger.jsonl").read_text().count("\n") == 5
