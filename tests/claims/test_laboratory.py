"""The laboratory as a whole: strict settings, a page for each claim, stages that name all that decides its numbers."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rich.console import Console

from pipeline.claims import catalog, judging, material, publishing
from pipeline.claims.__main__ import verdicts
from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED, OUTCOMES, Judgment, graded
from pipeline.claims.trained import passes_to, run
from pipeline.data.sources import load_bundled
from pipeline.errors import HoldoutError
from pipeline.feed.parting import deal
from pipeline.imports import closure
from tests.project import ROOT

NAMES = sorted(path.stem for path in (ROOT / "conf/claims").glob("*.yaml"))
STAGES = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "claims").rglob("dvc.yaml"))]
# What a claim imports and no number can depend on, beside what tests/test_architecture.py names.
HARMLESS = ("console", "errors", "extras", "fields", "headroom", "launcher", "limits", "streams", "whereabouts")


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_each_claim_has_a_module_of_its_name_and_a_number_of_its_own() -> None:
    claims = [catalog.find(name) for name in catalog.names()]
    assert sorted(claim.name for claim in claims) == NAMES
    assert len({claim.place for claim in claims}) == len(claims)
    assert [claim.place for claim in claims] == sorted(claim.place for claim in claims)


def stages() -> list[dict[str, Any]]:
    return [stage for file in STAGES for stage in file["stages"].values()]


def test_the_stages_are_exactly_the_claims() -> None:
    assert sorted(name for stage in stages() for name in stage["foreach"]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_names_all_code_that_its_claim_imports(name: str) -> None:
    (stage,) = (stage["do"] for stage in stages() if name in stage["foreach"])
    deps = [ROOT / path.replace("${item}", name) for path in stage["deps"]]
    harmless = [ROOT / "pipeline/storage", *(ROOT / f"pipeline/{stem}.py" for stem in HARMLESS)]
    needed = [path for path in closure(f"pipeline.claims.{name}") if path.name != "__init__.py"]
    assert [path for path in needed if not {path, *path.parents} & {*deps, *harmless}] == []
    assert [path for path in deps if not path.exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_allowed_and_says_what_it_is(name: str) -> None:
    claim = catalog.find(name)
    assert [key for key, _, comment in catalog.described(claim) if not comment] == []
    assert sum(comment.startswith("verdict:") for *_, comment in catalog.described(claim)) > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_page_that_git_keeps_is_that_of_the_settings(name: str) -> None:
    claim = catalog.find(name)
    verdict = publishing.stated(claim)
    if verdict is None:
        pytest.skip("not computed yet")
    assert verdict.outcome in OUTCOMES
    page = Path(f"experiments/{name}/README.md").read_text(encoding="utf-8")
    assert page == publishing.page(claim, verdict), f"out of date: python -m pipeline.claims {name}"
    assert Path(f"experiments/{name}/figure.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 1\n", r"conf/claims/hand_example.yaml: seed is no setting of this claim, allowed: networks, "),
        ("networks: [[2]]\n", r"there is no activations, expected networks, "),
        (
            "networks: 3\nactivations: [tanh]\nseeds: [1]\nwithin: 1\nmost: 1\n",
            r"networks is 3, which this claim can't",
        ),
    ],
)
def test_settings_are_strict(text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("conf/claims").mkdir(parents=True)
    Path("conf/claims/hand_example.yaml").write_text(text)
    with pytest.raises(HoldoutError, match=message):
        catalog.settings_of(catalog.find("hand_example"))


def test_a_claim_that_is_not_there_is_told_with_the_one_that_is_meant() -> None:
    with pytest.raises(HoldoutError, match="hand_exampel: there is no such claim .did you mean hand_example"):
        catalog.find("hand_exampel")


def test_the_table_shows_a_claim_that_is_not_computed_yet() -> None:
    claim = catalog.find("hand_example")
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(verdicts([(claim, Judgment(CONFIRMED, "1 of 1. And more.")), (claim, None)]))
    text = console.export_text()
    assert "1 of 1 " in text and "And more" not in text
    assert "not computed yet" in text


def test_the_table_of_verdicts_is_that_of_the_pages() -> None:
    claims = [catalog.find(name) for name in catalog.names()]
    found = publishing.INDEX.read_text(encoding="utf-8")
    assert found == publishing.index(claims), "out of date: python -m pipeline.claims"


def test_a_figure_or_a_page_does_not_make_dvc_select_again() -> None:
    assert {"experiments/*/README.md", "experiments/*/figure.svg"} <= {*(ROOT / ".dvcignore").read_text().split()}


@pytest.mark.processes
def test_plain_dvc_knows_of_no_claim_and_a_page_is_no_dependency() -> None:
    def dvc(*words: str) -> str:
        done = subprocess.run([sys.executable, "-m", "dvc", *words], cwd=ROOT, capture_output=True, text=True)
        return done.stdout

    assert "claim" not in dvc("stage", "list", "--name-only")
    assert "claim@hand_example" in dvc("stage", "list", "--name-only", "claims/dvc.yaml")
    places = [f"experiments/hand_example/{name}" for name in ("README.md", "figure.svg")]
    assert dvc("check-ignore", *places, "experiments/tried.jsonl").split() == places


def test_no_digit_is_a_test_row_of_the_default_pipeline() -> None:
    rows, schema = (data := load_bundled("mnist5k")).rows, data.schema
    sealed = {rows.X[index].tobytes() for index in deal(rows, schema, (5, 1, 1), 559, True)[2]}
    given = material.digits(1000, 1, held_out=3286)
    assert given.held_out is not None
    shown = [row.tobytes() for part in (given.train, given.held_out) for row in part.X]
    assert len(shown) == 4286
    assert not sealed & {*shown}


def test_digits_are_the_same_for_the_same_seed() -> None:
    one, same, other = (material.digits(100, seed).train for seed in (1, 1, 2))
    assert np.array_equal(one.X, same.X)
    assert not np.array_equal(one.X, other.X)
    assert np.bincount(one.y).tolist() == [10] * 10


def test_a_training_gives_its_curves_the_same_each_time() -> None:
    X = np.random.default_rng(0).standard_normal((40, 3))
    on = material.classes(X[:30], (X[:30, 0] > 0).astype(int), (X[30:], (X[30:, 0] > 0).astype(int)))
    one, same = (run({"network.hidden": (4,)}, on, 1, 5) for _ in range(2))
    assert one.curves == same.curves
    assert {"train/loss", "validation/error"} <= one.curves.keys()
    assert [len(curve) for curve in one.curves.values()] == [5] * len(one.curves)


@pytest.mark.parametrize(
    ("curve", "passes"), [([1.0, 0.1], 1), ([10.0, 1.0, 0.01], 2.5), ([10.0, 1.0, 0.5], np.inf), ([np.nan], np.inf)]
)
def test_passes_to_a_target_are_counted_between_epochs(curve: list[float], passes: float) -> None:
    assert passes_to(curve, 1.0 if passes == 1 else 0.1) == pytest.approx(passes)


def test_the_rules_tests_tell_chance_from_effect() -> None:
    rng = np.random.default_rng(1)
    ones, noise = rng.normal(0, 1, 12), rng.normal(0, 1, 12)
    assert judging.smaller(ones - 3, ones) == 2**-12
    assert judging.smaller(ones, noise) > 0.05
    assert judging.smaller(ones, ones) == 1
    middle, low, high = judging.ratio([2.0, 2.2, 1.8], [1.0, 1.0, 1.0])
    assert 1.8 <= low < middle < high <= 2.2
    assert judging.more_often(9, 10, 0.5) < 0.05 < judging.more_often(6, 10, 0.5)
    assert judging.more_than(9, 0, 10) < 0.01 < judging.more_than(5, 3, 10)


def test_the_first_grade_that_holds_is_the_verdict() -> None:
    found = [graded(*held, "").outcome for held in ((True, True), (False, True), (False, False))]
    assert found == [CONFIRMED, LIMITED, NOT_CONFIRMED]
