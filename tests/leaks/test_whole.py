"""A careless day with the whole pipeline: what was planted in the morning stands in the evening's report."""

import html
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.project import Run, change, make_project

pytestmark = [pytest.mark.processes, pytest.mark.ci, pytest.mark.timeout(900)]
GIT = "git -c user.name=a -c user.email=a@b"


def text(folder: Path) -> str:
    """The report as it is read."""
    page = (folder / "reports/report.html").read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]+>", " ", page)))


def write_leaking(path: Path) -> None:
    """300 rows of noise, of which one in 25 is a "yes", and a column that is only known once the answer is."""
    rng = np.random.default_rng(1)
    lines = [
        f"{rng.normal():.3f},{rng.normal():.3f},{'pq'[answer]},{('no', 'yes')[answer]}\n"
        for answer in (rng.random(300) < 0.04).astype(int)
    ]
    path.write_text("a,b,verdict,kind\n" + "".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def careless(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """A first run that is committed, another seed of the split to see what it gives, and git checkout."""
    folder = tmp_path_factory.mktemp("careless") / "day"
    run = make_project(folder, {"source": "file", "path": "raw/own.csv", "target": "kind"})
    (folder / "raw").mkdir()
    write_leaking(folder / "raw/own.csv")
    change(folder / "params.yaml", lambda values: values.update(experiments=["rates"]))
    run("dvc repro")
    assert "First look: no other model was ever scored on any of these rows." in text(folder)
    run(f"git add dvc.lock params.yaml reports/ledger.jsonl experiments && {GIT} commit -qm one")
    change(folder / "params.yaml", lambda values: values["split"].update(seed=77))
    run("dvc repro")
    run("git checkout -q . && dvc repro")
    return folder, run


def test_the_column_that_gives_the_target_away_is_an_alarm(careless: tuple[Path, Run], record_property: Any) -> None:
    folder, _ = careless
    record_property("planted", 1)
    assert "column verdict alone tells 100.0 % of the target" in text(folder)
    assert "The scores here will mislead while this alarm stands." in text(folder)
    record_property("caught", 1)


def test_two_rare_answers_show_no_learning(careless: tuple[Path, Run], record_property: Any) -> None:
    folder, _ = careless
    record_property("planted", 1)
    assert "is better than the most frequent class (4.65 %) on the 43 validation rows, by no more than chance" in text(
        folder
    )
    record_property("caught", 1)


def test_git_checkout_takes_no_look_back(careless: tuple[Path, Run], record_property: Any) -> None:
    folder, run = careless
    record_property("planted", 1)
    assert re.search(r"\d of the 43 test rows stood in other test sets that were opened", text(folder))
    assert "These are 2 looks" in text(folder)
    assert len(run("python -m pipeline.sealing.ledger --json").stdout.splitlines()) == 2
    record_property("caught", 1)
