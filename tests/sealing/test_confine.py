"""Confinement, each time in a real process: once confined, there is no way back."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import HoldoutError
from pipeline.sealing import landlock
from pipeline.sealing.boundaries import boundaries
from pipeline.sealing.confine import confine
from pipeline.storage import atomic
from tests.reporting import published

pytestmark = pytest.mark.processes
TEST_ROWS = "data/sealed/test/X.npy"
needs_landlock = pytest.mark.skipif(not landlock.available(), reason="this kernel has no Landlock")
MECHANISMS = [pytest.param("landlock", marks=needs_landlock), "audit"]
ALPHA, BETA, CACHE = "experiments/alpha/results/trials.csv", "experiments/beta/results/trials.csv", ".dvc/cache/x/1"
CARD, SPLIT, PREPARED = "data/split/card.json", "data/split/train/X.npy", "data/prepared/X.npy"
MODEL, METRICS, STORED = "models/selected/model.npz", "reports/metrics.json", ".trials/k/model.npz"
PLACES = (TEST_ROWS, PREPARED, SPLIT, CARD, ALPHA, BETA, CACHE, MODEL, METRICS, STORED, "params.yaml")
READABLE = {
    "prepare": {PREPARED},
    "split": {PREPARED, SPLIT, CARD, TEST_ROWS},
    "train": {SPLIT, CARD},
    "train@alpha": {SPLIT, CARD, ALPHA},
    "check": {SPLIT, CARD},
    "select": {SPLIT, CARD, ALPHA, BETA, MODEL},
    "baselines": {SPLIT, CARD, MODEL},
    "evaluate": {SPLIT, CARD, MODEL, METRICS, TEST_ROWS},
    "report": {SPLIT, CARD, ALPHA, BETA, MODEL, METRICS},
    "courier": set(),
}
OPEN = {"params.yaml", STORED}
WRITABLE: dict[str, set[str]] = {
    "prepare": {PREPARED, SPLIT, CARD, TEST_ROWS},  # all that is made of the rows: prepare has them all
    "split": {PREPARED, SPLIT, CARD, TEST_ROWS},
    "check": {METRICS},
    "train": set(),
    "train@alpha": {ALPHA},
    "select": {MODEL},
    "baselines": {METRICS},
    "evaluate": {METRICS},
    "report": {METRICS},
    "courier": set(),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pipeline").mkdir()
    return published.complete(tmp_path)


def run(folder: Path, stage: str, code: str, mechanism: str = "") -> subprocess.CompletedProcess[str]:
    """Run ``code`` in the project after confine(stage), as a stage does; ``stage`` may have words of a command line."""
    name, *words = stage.split()
    lines = ["def main():", "    from pipeline.sealing.confine import confine", f"    confine({name!r}, {words!r})"]
    lines += [f"    {line}" for line in code.splitlines()]
    lines += ["from pipeline.console import run_stage", "run_stage(main)", "print('done')"]
    environment = {**os.environ, "HOLDOUT_CONFINE": mechanism, "PYTHONPATH": str(published.ROOT)}
    command = [sys.executable, "-c", "\n".join(lines)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def refused(result: subprocess.CompletedProcess[str]) -> bool:
    """Whether the process ended with one line that names a refusal."""
    lines = [line for line in result.stderr.splitlines() if not line.startswith("note: ")]
    return result.returncode == 1 and len(lines) == 1 and "A stage reads only what dvc.yaml declares" in lines[0]


@pytest.mark.parametrize("stage", READABLE)
def test_a_stage_may_read_what_dvc_yaml_declares_and_nothing_else(folder: Path, stage: str) -> None:
    bounds = boundaries(stage, folder)
    assert {path for path in PLACES if not bounds.refuses(folder / path)} == READABLE[stage] | OPEN


@pytest.mark.parametrize("stage", WRITABLE)
def test_a_stage_may_write_its_outs_and_what_all_work_in(folder: Path, stage: str) -> None:
    bounds = boundaries(stage, folder)
    assert {path for path in PLACES if not bounds.refuses_to_write(folder / path)} == WRITABLE[stage] | {STORED}


def test_the_courier_writes_a_remote_that_is_a_folder_and_none_beside_it(folder: Path, tmp_path: Path) -> None:
    bounds = boundaries("courier", folder, [str(tmp_path / "kept")])
    assert not bounds.refuses_to_write(tmp_path / "kept/ab/x.zip")
    assert bounds.refuses_to_write(tmp_path / "beside/x.zip")
    for url in ("s3://bucket/kept", "sftp://host/kept"):
        assert boundaries("courier", folder, [url]).refuses_to_write(Path("/kept/x.zip"))


@pytest.mark.parametrize("remote", ["", "data", "data/sealed", ".."])
def test_a_remote_around_what_is_closed_is_refused(folder: Path, remote: str) -> None:
    with pytest.raises(HoldoutError, match="allowed: a folder for trials alone"):
        boundaries("courier", folder, [str(folder / remote)])


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("stage", ["train@alpha", "evaluate", "courier"])
def test_what_it_may_read_is_what_it_can_read(folder: Path, stage: str, mechanism: str) -> None:
    for path in PLACES:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    code = f"""
for path in {PLACES!r}:
    try:
        open(path, 'rb').close()
        print(path)
    except PermissionError:
        pass
"""
    result = run(folder, stage, code, mechanism)
    assert set(result.stdout.split()) == READABLE[stage] | OPEN | {"done"}, result


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_refused_read_ends_as_one_line(folder: Path, mechanism: str) -> None:
    result = run(
        folder,
        "select",
        "from pipeline.storage import parts, places\nparts.read_part(places.SEALED_TEST)",
        mechanism,
    )
    assert refused(result), result
    assert "data/sealed/test" in result.stderr


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_declared_outs_that_dvc_links_into_its_cache_are_readable(folder: Path, mechanism: str) -> None:
    cached = folder / ".dvc" / "cache" / "files" / "md5" / "00" / "1"
    cached.parent.mkdir(parents=True)
    rows = folder / "data" / "split" / "train" / "X.npy"
    rows.rename(cached)
    rows.symlink_to(cached)
    assert run(folder, "train", "open('data/split/train/X.npy', 'rb')", mechanism).stdout == "done\n"
    sealed = folder / TEST_ROWS
    sealed.rename(cached.with_name("2"))
    sealed.symlink_to(cached.with_name("2"))
    assert refused(run(folder, "train", f"open({TEST_ROWS!r}, 'rb')", mechanism))


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_guarded_place_that_appears_later_is_closed(folder: Path, mechanism: str) -> None:
    code = "import os\nos.makedirs('data/sealed/later')\nopen('data/sealed/later/y', 'w').close()\n"
    assert refused(run(folder, "train", code + "open('data/sealed/later/y')", mechanism))


def test_a_hard_link_made_beforehand_is_outside_what_confinement_can_see(folder: Path) -> None:
    """Known limit: the link is a file of its own place. DVC's hard links are in its cache, which is closed."""
    os.link(folder / TEST_ROWS, folder / "pipeline" / "linked")
    assert run(folder, "train", "open('pipeline/linked', 'rb')").stdout == "done\n"


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_stage_still_works_on_its_own_places(folder: Path, mechanism: str) -> None:
    code = """
import os, tempfile
from pathlib import Path
os.makedirs('.trials/running/k'); Path('.trials/running/k/h').write_text('1')
os.replace('.trials/running/k', '.trials/k'); assert Path('.trials/k/h').read_text() == '1'
from pipeline.storage import atomic
with atomic.replacing(Path('experiments/alpha/results')) as temporary:
    (temporary / 'trials').mkdir(parents=True); (temporary / 'trials.csv').write_text('x')
assert Path('experiments/alpha/results/trials.csv').read_text() == 'x'
with tempfile.TemporaryFile('w+') as stream: stream.write('x')
with tempfile.NamedTemporaryFile('w+') as stream: open(stream.name).read()
import json, sqlite3, decimal
"""
    result = run(folder, "train@alpha", code, mechanism)
    assert result.stdout == "done\n", result.stderr


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_the_ad_hoc_stage_can_publish_by_writing_alone(folder: Path, mechanism: str) -> None:
    code = """
from pathlib import Path
from pipeline.storage import atomic
with atomic.replacing(Path('experiments/new/results')) as temporary:
    temporary.mkdir(); (temporary / 'trials.csv').write_text('x')
"""
    result = run(folder, "train experiment=new", code, mechanism)
    assert result.stdout == "done\n", result.stderr
    assert (folder / "experiments" / "new" / "results" / "trials.csv").read_text(encoding="utf-8") == "x"


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_the_stages_run_confined_one_after_the_other(folder: Path, mechanism: str) -> None:
    environment = {**os.environ, "HOLDOUT_CONFINE": mechanism, "PYTHONPATH": str(published.ROOT)}
    for stage in ("select", "evaluate", "report"):
        command = [sys.executable, "-m", f"pipeline.stages.{stage}"]
        result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
    assert (folder / "reports" / "report.html").exists()


def test_the_users_own_source_file_is_closed_after_prepare(folder: Path) -> None:
    params = folder / "params.yaml"
    text = params.read_text(encoding="utf-8").replace("mnist5k", "file").replace("pipeline/data/bundled.py", "own.csv")
    params.write_text(text, encoding="utf-8")
    source = folder / "own.csv"
    source.touch()
    assert boundaries("train", folder).refuses(source)
    assert not boundaries("prepare", folder).refuses(source)


@pytest.mark.parametrize("place", ["home", "config", "closed"])
def test_matplotlib_works_in_a_new_home_without_a_word(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, place: str
) -> None:
    """On a new machine it has no folder yet, and a confined stage can't make one: its list of fonts would be lost."""
    home = tmp_path_factory.mktemp("home")
    if place == "closed":
        (home / ".config").write_text("no folder")
    environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(published.ROOT)}
    environment["XDG_CONFIG_HOME"] = str(home / "own") if place == "config" else ""
    for name in ("MPLCONFIGDIR", "XDG_CACHE_HOME"):
        environment.pop(name, None)
    code = "from pipeline.sealing.confine import confine; confine('report'); import matplotlib.font_manager as f"
    code += "; import matplotlib; print(matplotlib.get_configdir())"
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 0 and "atplotlib" not in found.stderr, found.stderr
    assert Path(found.stdout.strip()).is_dir()  # there the next time, too


def test_an_unknown_mechanism_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDOUT_CONFINE", "of")
    with pytest.raises(HoldoutError, match="allowed are landlock, audit, off"):
        confine("train")


@pytest.mark.parametrize("stage", ["prepare", "split", "train", "select", "evaluate", "report"])
def test_every_stage_begins_by_sweeping_what_dead_processes_left(folder: Path, stage: str) -> None:
    name = f".selected.tmp-{atomic.HOST}-{2**22 + 1}"
    for place in ("models", "data/sealed", "experiments/alpha"):
        (folder / place / name).mkdir(parents=True)
        (folder / place / name / "model.npz").write_text("half")
    assert run(folder, stage, "pass").returncode == 0
    assert not list(folder.rglob(name))
