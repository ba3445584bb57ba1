"""The mirror's own rules: it shows what was trained, and can neither show rows nor change what is sealed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.leaks.ways import PLACES
from tests.reporting import published

pytestmark = pytest.mark.processes
MAY = (
    "open('mlflow.db', 'w'); read('mlflow.db')",
    "open('mlflow.db-wal', 'w'); os.remove('mlflow.db-wal'); open('mlflow.db.lock', 'w')",
    "os.rename('mlflow.db', 'mlflow.db.before-rebuild'); sqlite3.connect('mlflow.db').execute('create table t (a)')",
    "os.makedirs('mlartifacts/1/artifacts'); shutil.copy('models/selected/model.npz', 'mlartifacts/1/artifacts')",
    "Path('.trials/shown.json').write_text('{}')",
    "read('experiments/alpha/results/trials.csv'); read('data/split/card.json'); read('reports/metrics.json')",
    "does('git', '--version'); open(OUTSIDE + '/new', 'w')",
)
MAY_NOT = (
    "read(P)",
    "read(T)",
    "read('data/split/train/X.npy')",
    "read('.trials/link')",
    "shutil.copy('.trials/link', 'mlartifacts/rows')",
    "open(LEDGER, 'a')",
    "open('dvc.yaml', 'a')",
    "os.replace('.trials/k', 'models/selected')",
    "open('models/selected/model.npz', 'r+b')",
)
RUNNER = """
from pipeline.sealing.boundaries import MIRROR
from pipeline.sealing.confine import hold
found = {"held": hold(MIRROR).kind}
for code in CODES:
    try:
        exec(code)
        found[code] = None
    except Exception as error:
        found[code] = repr(error)
print(json.dumps(found))
"""


def test_the_mirror_reads_results_and_no_rows_and_writes_its_own(tmp_path: Path) -> None:
    folder, outside = tmp_path / "project", tmp_path / "outside"
    for place in (folder, outside):
        place.mkdir()
    published.complete(folder)
    for path in ("models/selected/model.npz", "reports/metrics.json", ".trials/k/x", "reports/ledger.jsonl"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    (folder / ".trials/link").symlink_to(folder / "data/prepared/X.npy")
    code = f"{PLACES}OUTSIDE, CODES = {str(outside)!r}, {(*MAY, *MAY_NOT)!r}\n{RUNNER}"
    environment = {**os.environ, "HOLDOUT_CONFINE": "", "PYTHONPATH": str(published.ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.pop("held") == "audit hook"
    assert {code: error for code, error in found.items() if code in MAY and error} == {}
    assert [code for code in MAY_NOT if not str(found[code]).startswith("PermissionError")] == []
