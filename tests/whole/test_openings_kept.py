"""What undoes the files of a work tree, DVC's experiments above all, undoes no opening of the test set."""

import json
from pathlib import Path

import pytest

from tests.project import ROOT, runner
from tests.sealing.openers import begin

pytestmark = [pytest.mark.processes, pytest.mark.ci]
STAGE = """\
stages:
  evaluate:
    cmd: python -m tests.sealing.opened ${seed}
    params: [seed]
    outs: [models]
"""


def test_experiments_of_dvc_in_every_folder_leave_their_openings(tmp_path: Path) -> None:
    folder = begin(tmp_path / "project")
    run = runner(folder)

    def do(command: str) -> str:
        return run(command, PYTHONPATH=str(ROOT)).stdout

    def opened() -> str:
        lines = do("python -m pipeline.sealing.ledger --json").splitlines()
        return "".join(sorted(json.loads(line)["key"] for line in lines))

    def keep(message: str) -> None:
        do(f"git add -A && git -c user.name=a -c user.email=a@b commit -qm {message}")

    (folder / "params.yaml").write_text("seed: 1\n", encoding="utf-8")
    (folder / "dvc.yaml").write_text(STAGE, encoding="utf-8")
    do("dvc init -q && dvc config core.analytics false && dvc repro")
    keep("one")
    assert opened() == "1"
    do("dvc exp run --name here -S seed=2")
    assert opened() == "12"
    do("git checkout -q . && git clean -fdq")
    assert opened() == "12"
    do("dvc exp run --temp --name aside -S seed=3")
    assert opened() == "123"
    do("dvc exp run --queue --name sooner -S seed=4 && dvc exp run --queue --name later -S seed=5")
    do("dvc exp run --run-all")
    assert opened() == "12345"
    do("dvc exp apply here")
    assert opened() == "12345"
    do("git stash -u && git stash drop && dvc exp remove -A && rm -rf reports .dvc/tmp/exps && git gc -q --prune=now")
    assert opened() == "12345"
    do("git checkout -q . && dvc repro -f")
    assert opened() == "112345"
    assert (folder / "reports/ledger.jsonl").read_text(encoding="utf-8").count("\n") == 6
