"""What the stages publish: parts and cards of the data, results, the certificate, scores; and the store of trials."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.storage import digests, documents
from pipeline.storage.models import write_model
from pipeline.training.model import Model
from tests.bad_inputs import made
from tests.bad_inputs.case import RETRAINED, Case, Damage, in_file, removed
from tests.bad_inputs.projects import TRIAL
from tests.bad_inputs.settings_files import EXECUTE
from tests.reporting import published


def edited(path: str, **changes: Any) -> Damage:
    """A JSON file with other values; ``...`` takes a key away."""

    def damage(folder: Path) -> None:
        values = documents.read_json(folder / path)
        kept = {name: value for name, value in {**values, **changes}.items() if value is not ...}
        (folder / path).write_text(json.dumps(kept), encoding="utf-8")

    return damage


NESTED = "[" * 100_000
SPLIT, PREPARED, SEALED = "data/split", "data/prepared", "data/sealed/test"


def part(name: str, path: str, content: np.ndarray | bytes, *names: str, hostile: bool = False) -> Case:
    """An array of a part is damaged; the stage that reads the part says so."""
    stage, base = "train", "split"
    if path.startswith(PREPARED):
        stage = "split"
    elif path.startswith(SEALED):
        stage, base = "evaluate", "selected"
    whole = content if isinstance(content, bytes) else made.npy(content)
    return Case(name, in_file(path, whole), (path, *names), stage, base, hostile=hostile)


def card(name: str, damage: Damage | None = None, *names: str, hostile: bool = False, **changes: Any) -> Case:
    place = f"{SPLIT}/card.json"
    done = damage or edited(place, **changes)
    return Case(name, done, ("card.json", *changes, *names), "train", "split", hostile=hostile)


X, Y = np.ones((20, 3)), np.arange(20) % 2

PART_CASES = [
    Case("no X", removed(f"{SPLIT}/train/X.npy"), ("X.npy is missing",), "train", "split"),
    Case("no rows", removed(f"{SPLIT}/validation/rows.npy"), ("rows.npy is missing",), "train", "split"),
    part("no bytes", f"{SPLIT}/train/X.npy", b""),
    part("other bytes", f"{SPLIT}/train/y.npy", b"junk"),
    part("cut short", f"{SPLIT}/train/X.npy", made.npy(X)[:-8]),
    part("one dimension", f"{SPLIT}/train/X.npy", X[:, 0], "shape (20,)"),
    part("no columns", f"{SPLIT}/train/X.npy", X[:, :0], "shape (20, 0)"),
    part("text", f"{SPLIT}/train/X.npy", X.astype(str)),
    part("a column more than the card names", f"{SPLIT}/train/X.npy", np.ones((20, 4)), "card.json"),
    part("NaN", f"{SPLIT}/train/X.npy", np.full((20, 3), np.nan), "row 0"),
    part("fewer labels than rows", f"{SPLIT}/train/y.npy", Y[:-1], "shape (19,)"),
    part("a class that the card does not name", f"{SPLIT}/train/y.npy", Y + 1),
    part("a negative class", f"{SPLIT}/validation/y.npy", np.full(8, -1)),
    part("fractions for classes", f"{SPLIT}/train/y.npy", Y / 2),
    part("groups of text", f"{SPLIT}/train/groups.npy", Y.astype(str)),
    part("rows with fractions", f"{SPLIT}/train/rows.npy", Y / 2),
    part("prepared: another shape", f"{PREPARED}/X.npy", X[:, :2], "card.json"),
    part("prepared: NaN", f"{PREPARED}/X.npy", np.full((20, 3), np.nan), "row 0"),
    part("sealed: fewer labels than rows", f"{SEALED}/y.npy", Y[:3], "shape (3,)"),
    part("sealed: NaN", f"{SEALED}/X.npy", np.full((12, 3), np.nan), "row 0"),
    part("sealed: a class that the card does not name", f"{SEALED}/y.npy", np.full(12, 7)),
    part("other rows than were dealt", f"{SPLIT}/train/X.npy", X, "dvc checkout"),
    part("other classes than were dealt", f"{SPLIT}/validation/y.npy", np.arange(40) % 2, "dvc checkout"),
    part("pickled X", f"{SPLIT}/train/X.npy", made.pickled(), "pickle", hostile=True),
    part("pickled y", f"{SPLIT}/train/y.npy", made.pickled(), "pickle", hostile=True),
    part("prepared: pickled rows", f"{PREPARED}/rows.npy", made.pickled(), "pickle", hostile=True),
    part("sealed: pickled X", f"{SEALED}/X.npy", made.pickled(), "pickle", hostile=True),
    part("an archive by another name", f"{SPLIT}/train/X.npy", made.npz({"X.npy": X}), hostile=True),
    part("1e12 numbers declared", f"{SPLIT}/train/X.npy", made.declaring((10**6, 10**6)), hostile=True),
    part("1e12 labels declared", f"{SPLIT}/train/y.npy", made.declaring((10**12,), b"", "'<i8'"), hostile=True),
    part("1e12 rows of no columns", f"{SPLIT}/train/X.npy", made.declaring((10**12, 0)), hostile=True),
    Case(
        "select: 1e12 rows declared",
        in_file(f"{SPLIT}/validation/rows.npy", made.declaring((10**12,))),
        ("rows.npy",),
        "select",
        "results",
        hostile=True,
    ),
    card("no card", removed(f"{SPLIT}/card.json")),
    card("a card that is no JSON", in_file(f"{SPLIT}/card.json", "{")),
    card("a card that is a list", in_file(f"{SPLIT}/card.json", "[]")),
    card("a card without a task", task=...),
    card("another task", task="ranking"),
    card("features in one text", features="xyz"),
    card("no features", features=[]),
    card("classes that are numbers", classes=[1, 2]),
    card("no classes", classes=[]),
    card("an image of another size", image_shape=[2, 2]),
    card("an image of negative sizes", image_shape=[-1, -3]),
    card("rows with a fraction", rows=2.5),
    card("rows that are true", None, "rows is true", rows=True),
    card("hashes in a list", hashes=[]),
    card("an unknown fact", None, colour="red"),
    card("a card of 100,000 brackets", in_file(f"{SPLIT}/card.json", NESTED), hostile=True),
    card("a card with a tag of YAML", in_file(f"{SPLIT}/card.json", EXECUTE), hostile=True),
]

A1 = "experiments/alpha/results/trials/a1"
TABLE = "experiments/alpha/results/trials.csv"


def result(name: str, damage: Damage, *names: str, hostile: bool = False, stage: str = "select") -> Case:
    return Case(name, damage, names, stage, "results", hostile=hostile)


def planted(folder: Path) -> None:
    """A trial outside of the results that the table leads to."""
    shutil.copytree(folder / A1, folder / "planted/a1")
    in_file(TABLE, "key\n../../../../planted/a1\n")(folder)


def no_trials(folder: Path) -> None:
    for name in ("alpha", "beta"):
        in_file(f"experiments/{name}/results/trials.csv", "key\n")(folder)


RESULT_CASES = [
    result("no table", removed(TABLE), TABLE, "is missing"),
    result("a table without keys", in_file(TABLE, "status\nfinished\n"), TABLE),
    result("a table of other bytes", in_file(TABLE, bytes(range(256))), TABLE),
    result("a key twice", in_file(TABLE, "key\na1\na1\n"), TABLE, "a1"),
    result("no key in a line", in_file(TABLE, "status,key\nfinished\n"), TABLE),
    result("a key without a trial", in_file(TABLE, "key\nf00d\n"), "f00d", "is missing"),
    result("no trials", no_trials, "no trials at all"),
    result("no summary", removed(f"{A1}/summary.json"), "summary.json", "is missing"),
    result("no settings", removed(f"{A1}/settings.json"), "settings.json", "is missing"),
    result("no weights", removed("experiments/alpha/results/trials/a2/model.npz"), "model.npz"),
    result("a summary that is no JSON", in_file(f"{A1}/summary.json", "{"), "summary.json"),
    result("a summary that is a list", in_file(f"{A1}/summary.json", "[]"), "summary.json"),
    result("settings that are a list", in_file(f"{A1}/settings.json", "[]"), "settings.json"),
    result("no status", edited(f"{A1}/summary.json", status=...), "summary.json", "status"),
    result("a score in words", edited(f"{A1}/summary.json", score="good"), "summary.json", "score"),
    result("a NaN score", edited(f"{A1}/summary.json", score=float("nan")), "summary.json", "score is NaN"),
    result("a score that is true", edited(f"{A1}/summary.json", score=True), "summary.json", "score"),
    result("no count of weights", edited(f"{A1}/summary.json", parameters="many"), "summary.json", "parameters"),
    result("the summary of another trial", edited(f"{A1}/summary.json", key="a2"), "a1/summary.json", "key"),
    result("another metric", edited(f"{A1}/summary.json", metric="validation/mse"), "validation/mse"),
    result("metrics in a list", edited(f"{A1}/summary.json", metrics=[]), "summary.json", "metrics"),
    result("a key that leaves the folder", planted, TABLE, "../../../../planted/a1", hostile=True),
    result("an absolute key", in_file(TABLE, "key\n/etc\n"), TABLE, "/etc", hostile=True),
    result("a key of 200,000 letters", in_file(TABLE, f"key\n{'a' * 200_000}\n"), TABLE, hostile=True),
    result("a key with a NUL", in_file(TABLE, "key\na1\0\n"), TABLE, hostile=True),
    result("a summary of 100,000 brackets", in_file(f"{A1}/summary.json", NESTED), "summary.json", hostile=True),
    result(
        "a trial that is a link to itself",
        made.link(f"{A1}/summary.json", "summary.json"),
        "summary.json",
        hostile=True,
    ),
    result(
        "weights that are a link to an endless device",
        made.link("experiments/alpha/results/trials/a2/model.npz", "/dev/zero"),
        "model.npz",
        hostile=True,
    ),
]

PAPER = "models/selected/certificate.json"


def paper(name: str, damage: Damage | None = None, *names: str, hostile: bool = False, **changes: Any) -> Case:
    done = damage or edited(PAPER, **changes)
    return Case(name, done, (PAPER, *names), "evaluate", "selected", hostile=hostile)


def candidate(name: str, **changes: Any) -> Case:
    """The first candidate has other values."""

    def damage(folder: Path) -> None:
        values = documents.read_json(folder / PAPER)
        values["candidates"][0] |= changes
        documents.write_json(folder / PAPER, values)

    return paper(name, damage)


PAPER_CASES = [
    paper("no certificate", removed(PAPER), "is missing"),
    paper("no JSON", in_file(PAPER, "{"), "can't be read"),
    paper("a list", in_file(PAPER, "[]"), "incomplete"),
    paper("no bytes", in_file(PAPER, ""), "can't be read"),
    paper("no candidates", candidates=[]),
    paper("candidates that are a number", candidates=3),
    paper("no experiment", None, "experiment", experiment=...),
    paper("no metric", None, "metric", metric=...),
    paper("a metric that is a number", None, "metric is 3", metric=3),
    paper("no split", split=...),
    paper("another split", None, "split", split={}),
    paper("other weights", None, "model.npz", model_sha256="0" * 64),
    paper("another choice", None, "rule", chosen="a1"),
    paper("no count of rows", None, 'validation_rows is "many"', validation_rows="many"),
    paper("a count of rows that is true", None, "validation_rows is true", validation_rows=True),
    candidate("a score in words", score="good"),
    candidate("a score that is true", score=True),
    candidate("a NaN score", score=float("nan")),
    candidate("a better score slipped in", score=0.5),
    candidate("a candidate of no experiment", experiment=None),
    paper("100,000 brackets", in_file(PAPER, NESTED), hostile=True),
    paper("a link to itself", made.link(PAPER, "certificate.json"), hostile=True),
    paper("a tag of YAML", in_file(PAPER, EXECUTE), hostile=True),
]

METRICS, EVALUATION = "reports/metrics.json", "reports/evaluation.json"
CONFUSION, LEDGER = "reports/confusion.csv", "reports/ledger.jsonl"


def report(name: str, damage: Damage, *names: str, hostile: bool = False, stage: str = "report") -> Case:
    return Case(name, damage, names, stage, "evaluated", hostile=hostile)


HISTORY = "experiments/alpha/results/trials/a2/history.csv"
A2_SUMMARY = "experiments/alpha/results/trials/a2/summary.json"
REPORT_CASES = [
    report("no score", removed(METRICS), METRICS, "is missing"),
    report("a score that is a list", in_file(METRICS, "[]"), METRICS),
    report("an interval of one side", edited(METRICS, interval={"low": 0.1}), METRICS, "no high"),
    report("an interval of words", edited(METRICS, interval={"low": "0", "high": "1"}), METRICS, stage="summary"),
    report("no evaluation", removed(EVALUATION), EVALUATION, "is missing"),
    report("an interval that rests on nothing", edited(EVALUATION, evidence={}), EVALUATION, "evidence is {}"),
    report("a calibration of words", edited(EVALUATION, calibration="good"), EVALUATION, "calibration"),
    report("a score in words", edited(METRICS, **{"test/error": "low"}), METRICS),
    report(
        "a table of other classes", in_file(CONFUSION, 'true,predicted,rows\n"a","c",1\n'), CONFUSION, "line 2", "'c'"
    ),
    report("a table of indices", in_file(CONFUSION, "true,predicted,rows\n0,0,1\n"), CONFUSION, "line 2", "'0'"),
    report("a table of words", in_file(CONFUSION, "true,predicted,rows\na,a,many\n"), CONFUSION, "line 2", "'many'"),
    report("a table without columns", in_file(CONFUSION, "a\n1\n"), CONFUSION),
    report(
        "a number of 5,000 digits",
        in_file(CONFUSION, f"true,predicted,rows\na,a,1{'0' * 5000}\n"),
        CONFUSION,
        hostile=True,
    ),
    report(
        "more rows than 64 bits count",
        in_file(CONFUSION, f"true,predicted,rows\na,a,{10**30}\n"),
        CONFUSION,
        hostile=True,
    ),
    report("a ledger of other bytes", in_file(LEDGER, bytes(range(256))), LEDGER),
    report("a ledger of lists", in_file(LEDGER, "[]\n"), LEDGER, "line 1"),
    report(
        "a ledger of hashes in lists", in_file(LEDGER, '{"model_sha256": ["a"], "test_sha256": "b"}\n'), LEDGER, '["a"]'
    ),
    report("a count of rows that is true", edited(METRICS, n=True), METRICS, "n is true"),
    report("a history of words", in_file(HISTORY, "epoch,train/loss\n1,low\n"), HISTORY),
    report("a history without epochs", in_file(HISTORY, "train/loss\n0.5\n"), HISTORY, "epoch"),
    report("a history of 200,000 letters", in_file(HISTORY, f"epoch\n{'1' * 200_000}\n"), HISTORY, hostile=True),
    report("no such metric of the chosen trial", edited(A2_SUMMARY, metrics={}), A2_SUMMARY, "validation/error"),
    report("an experiment that is not in params.yaml", edited(PAPER, experiment="gamma"), "gamma/a2"),
]


def trial(name: str, change: Callable[[Path], object], hostile: bool = False) -> Case:
    """The stored trial (its folder) is damaged, and then asked for again."""

    def damage(folder: Path) -> None:
        (place,) = [path.parent for path in (folder / ".trials").glob("*/summary.json")]
        change(place)

    return Case(name, damage, (), "train", "trained", TRIAL, hostile, RETRAINED)


def foreign(folder: Path) -> None:
    """Weights of another network, certified by the summary, and a pickle in place of them."""
    (folder / "model.npz").write_bytes(made.pickled())
    edited("summary.json", model_sha256=digests.of_file(folder / "model.npz"))(folder)


def other_network(folder: Path) -> None:
    stored: Model = published.model(5)
    write_model(folder / "model.npz", stored)


def elsewhere(folder: Path) -> None:
    """The trial is a link to a folder that is not ours to change."""
    away = folder.parents[1] / "away"
    folder.rename(away)
    folder.symlink_to(away)
    (away / "summary.json").unlink()


def running(make: Callable[[Path], object]) -> Callable[[Path], object]:
    """The place where the trial will grow is taken, and the stored one is gone."""

    def damage(folder: Path) -> None:
        place = folder.parent / "running" / folder.name
        shutil.rmtree(folder)
        place.parent.mkdir(exist_ok=True)
        make(place)

    return damage


def beside_a_record(content: str) -> Callable[[Path], object]:
    """An earlier sweep has left ``content`` as its record, and the trial is damaged too."""

    def damage(folder: Path) -> None:
        in_file("sweeps/ad-hoc/left.json", content)(folder.parent)
        removed("summary.json")(folder)

    return damage


STORE_CASES = [
    trial("beside a record that is no JSON", beside_a_record("{")),
    trial("beside a record that is a list", beside_a_record("[]")),
    trial("beside a record of no sweep", beside_a_record('{"key": "../../x"}'), hostile=True),
    trial("beside a record of 100,000 brackets", beside_a_record(NESTED), hostile=True),
    trial("no summary", removed("summary.json")),
    trial("no settings", removed("settings.json")),
    trial("no history", removed("history.csv")),
    trial("no weights", removed("model.npz")),
    trial("a summary that is no JSON", in_file("summary.json", "{")),
    trial("a summary that is a list", in_file("summary.json", "[]")),
    trial("a summary of other bytes", in_file("summary.json", b"\xff\xfe")),
    trial("a summary without a score", edited("summary.json", score=...)),
    trial("a summary with more than a summary has", edited("summary.json", extra=1)),
    trial("a score in words", edited("summary.json", score="good")),
    trial("a score of null", edited("summary.json", score=None)),
    trial("a best epoch in words", edited("summary.json", best_epoch="last")),
    trial("metrics in a list", edited("summary.json", metrics=[1])),
    trial("a metric in words", edited("summary.json", metrics={"validation/error": "low"})),
    trial("the summary of another trial", edited("summary.json", key="0123456789abcdef")),
    trial("a failed trial", edited("summary.json", status="failed")),
    trial("settings that are a list", in_file("settings.json", "[]")),
    trial("a history of words", in_file("history.csv", "epoch,train/loss\n1,low\n")),
    trial("a history of nothing", in_file("history.csv", "")),
    trial("weights cut short", lambda folder: in_file("model.npz", (folder / "model.npz").read_bytes()[:100])(folder)),
    trial("weights of another network", other_network),
    trial("a summary of 100,000 brackets", in_file("summary.json", NESTED), hostile=True),
    trial("a pickle that the summary certifies", foreign, hostile=True),
    trial("a bomb in place of the weights", in_file("model.npz", made.zip_bomb("W1.npy", 8)), hostile=True),
    trial("a link to another folder", elsewhere, hostile=True),
    trial("a link where the trial will grow", running(lambda place: place.symlink_to("/etc")), hostile=True),
    trial("a file where the trial will grow", running(lambda place: place.write_text("x")), hostile=True),
]
