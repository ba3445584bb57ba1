"""The README's commands, as they stand."""

import re
from pathlib import Path

import pytest

from tests.project import ROOT, change, make_project

pytestmark = [pytest.mark.ci, pytest.mark.processes]
ROWS = "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)\n5.1,3.5,1.4,0.2\n6.7,3.0,5.2,2.3\n"


def readme_commands() -> list[str]:
    """Every line of the README's shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    lines = [line.split("   #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


# Where the commands are run that this test does not run; what `make ui` starts is started by the next test.
ELSEWHERE = {
    "make repro": (".ci/run", "^make repro$"),
    "make test": (".ci/run", "^make test$"),
    "make verify": ("Makefile", r"^\tpython -m pipeline\.trials verify$"),
    "make ui": ("Makefile", r"^\tpython -m pipeline\.tracking\.ui$"),
}


@pytest.mark.timeout(1200)
def test_every_command_of_the_readme_runs_as_it_stands(tmp_path: Path) -> None:
    """In the README's order, on iris instead of the images; the rest are CI's or another test's."""
    folder = tmp_path / "readme"
    run = make_project(folder, {"source": "iris"}, small=False)
    ci = (ROOT / ".ci/run").read_text()
    for command in readme_commands():
        if command in ELSEWHERE:
            assert re.search(ELSEWHERE[command][1], (ROOT / ELSEWHERE[command][0]).read_text(), re.MULTILINE)
            continue
        if command.startswith("pip install"):
            assert command.replace("pip install", "pip install -q") in ci
            continue
        if command.startswith("mlflow models predict"):
            (folder / "rows.csv").write_text(ROWS)
            assert '"label"' in run(command).stdout
        elif command.startswith('python -c "from sklearn'):
            run(command)
            edit = {"source": "file", "path": "wines.csv", "target": "target"}
            change(folder / "params.yaml", lambda values: values.update(project="wines"))
            change(folder / "params.yaml", lambda values, edit=edit: values["data"].update(edit))
        else:
            run(command)
    assert "wines.csv" in (folder / "data/split/card.json").read_text()
