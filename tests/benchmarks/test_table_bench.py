"""The comparison on tables: its arithmetic, what it keeps, and that nobody who fails is left out."""

import gzip
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.tables import looks, running
from benchmarks.tables.dealt import Frames, Table, frames, ours, parts
from benchmarks.tables.kept import Kept, Try, identified, read_record, write_record
from benchmarks.tables.measures import measured
from benchmarks.tables.page import goals, left_out, lines
from benchmarks.tables.peers import BOOSTING, POINTS, Fitted, Peer, drawn
from benchmarks.tables.standing import by_try, comparable, stand
from benchmarks.tables.sweep import Sweep, tried
from benchmarks.tables.trying import alone


def result(table: str, split: int, contestant: str, score: float | None, **more: Any) -> dict[str, Any]:
    status = {"status": "failed", "reason": "no memory"} if score is None else {"status": "finished", "score": score}
    return {"table": table, "split": split, "contestant": contestant, "cpu_seconds": 1.0, **status, **more}


def test_error_rmse_and_log_loss() -> None:
    y, p = np.array([0, 1, 1]), np.array([[0.8, 0.2], [0.6, 0.4], [0.0, 1.0]])
    found = measured(y, p, classifies=True)
    assert found == {"score": pytest.approx(1 / 3), "log_loss": pytest.approx(-np.log([0.8, 0.4, 1]).mean())}
    assert measured(y, p, True, found=np.array([0, 1, 1]))["score"] == 0
    assert measured(np.array([1.0, 3.0]), np.array([1.0, 1.0]), False) == {"score": pytest.approx(np.sqrt(2))}
    with pytest.raises(ValueError, match="1 of 2 predicted numbers are not finite"):
        measured(np.array([1.0, 3.0]), np.array([1.0, np.nan]), False)


def test_ranks_wins_and_ratios_are_of_means_over_the_common_splits() -> None:
    scores = {"a": ([2, 4], [1, 1]), "b": ([3, 3], [2, 9]), "c": ([6, 6], [4])}  # c lacks split 2 of table u
    found = [
        result(table, split, name, score)
        for name, (t, u) in scores.items()
        for table, values in (("t", t), ("u", u))
        for split, score in enumerate(values, 1)
    ]
    standing = stand(by_try(found), ["t", "u"], ["a", "b", "c"], most=5)
    assert standing.splits == (2, 1)
    assert standing.scores.tolist() == [[3, 3, 6], [1, 2, 4]]
    assert standing.ranks.mean(axis=0).tolist() == [1.25, 1.75, 3]
    assert standing.wins.tolist() == [2, 1, 0]
    assert standing.ratios("b").tolist() == pytest.approx([np.sqrt(1 / 2), 1, 2])
    assert standing.better("a", "b") == 1


def test_who_fails_counts_as_the_worst_and_is_shown() -> None:
    found = by_try([result("t", 1, "a", 2.0), result("t", 1, "b", None), result("t", 1, "Holdout", 1.0)])
    assert comparable(found, ["t"], ["a", "b", "Holdout", "untried"]) == ["a", "b", "Holdout"]
    standing = stand(found, ["t"], ["a", "b", "Holdout"], most=1)
    assert standing.scores.tolist() == [[2, 2, 1]]
    assert "| t (1) | 2 | 2 (f) | **1** |" in lines(standing, "test")


def test_what_is_not_tried_yet_is_said() -> None:
    tried = [("t", "a"), ("t", "b"), ("u", "a"), ("u", "b"), ("v", "a"), ("v", "c")]
    found, tables, names = (
        by_try(result(table, 1, name, 1.0) for table, name in tried),
        ["t", "u", "v"],
        ["a", "b", "c"],
    )
    standing = stand(found, tables, comparable(found, tables, names), most=5)
    assert (standing.names, standing.tables) == (("a", "b"), ("t", "u"))
    assert left_out(tables, names, found, standing) == [
        "- c is left out: tried on 1 tables so far.",
        "- v is left out: not tried yet by b.",
    ]


def test_the_goals_are_told_with_what_came_of_them() -> None:
    scores = {"HistGradientBoosting, tuned": 2.0, "MLP, tuned": 3.0, "RealMLP-TD": 0.5, "Holdout": 1.0}
    standing = stand(by_try(result("t", 1, *pair) for pair in scores.items()), ["t"], [*scores], most=1)
    assert [line.partition("): ")[2] for line in goals(standing)] == ["on 1 of 1.", "2.00 against 1.00.", "0.500."]


def test_a_kept_result_is_found_again_by_all_that_decides_it(tmp_path: Path) -> None:
    kept, facts = Kept(tmp_path), {"settings": {}, "seed": 1}
    one = identified("t", 1, "a", "x 1", facts)
    assert kept.get(one) is None
    kept.put(one, {"status": "finished", "score": 1.0})
    assert Kept(tmp_path).get(one)["score"] == 1.0  # type: ignore[index]
    for other in (identified("t", 1, "a", "x 2", facts), identified("t", 1, "a", "x 1", {**facts, "seed": 2})):
        assert kept.get(other) is None


def test_half_a_file_is_no_result(tmp_path: Path) -> None:
    kept, one = Kept(tmp_path), identified("t", 1, "a", "x 1", {})
    kept.put(one, {"status": "finished", "score": 1.0})
    (file,) = tmp_path.iterdir()
    file.write_text(file.read_text()[:20])
    assert kept.get(one) is None


def test_the_record_stands_in_for_the_folder(tmp_path: Path) -> None:
    one = identified("t", 1, "MLP, tuned", "x 1", {})
    facts = {"status": "finished", "score": 0.25, "cpu_seconds": 3.0, "date": "2026-11-26", "reason": ""}
    first = Kept(tmp_path / "here").put(one, facts)
    write_record(tmp_path / "record.csv", [first])
    assert read_record(tmp_path / "record.csv")[0]["split"] == 1
    there = Kept(tmp_path / "there", tmp_path / "record.csv")
    assert there.get(one)["score"] == 0.25  # type: ignore[index]
    assert there.recorded_versions("MLP, tuned") == "x 1"


@pytest.mark.processes
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_try_fails_alone_and_tells_why() -> None:
    def wrong() -> dict[str, Any]:
        raise ValueError("no such\n thing")

    def killed() -> dict[str, Any]:
        os.kill(os.getpid(), signal.SIGKILL)
        return {}

    assert alone(lambda: {"score": 1.0}) == {"status": "finished", "reason": "", "score": 1.0}
    assert alone(wrong)["reason"] == "ValueError: no such thing"
    found = alone(killed)
    assert (found["status"], found["reason"]) == ("failed", "ended by SIGKILL")
    assert found["cpu_seconds"] >= 0


def test_searches_start_with_the_defaults_and_repeat_themselves() -> None:
    points = list(drawn(BOOSTING, 559))
    assert (len(points), points[0]) == (POINTS, {})
    assert points == list(drawn(BOOSTING, 559)) != list(drawn(BOOSTING, 560))
    assert all(8 <= point["max_leaf_nodes"] <= 64 for point in points[1:])


def made(folder: Path) -> Table:
    """A table of 70 rows with a level that few rows have."""
    rng = np.random.default_rng(0)
    rows = [f"{x:.3f},{'rare' if i % 35 == 0 else 'usual'},{'yes' if x > 0 else 'no'}" for i, x in
            enumerate(rng.standard_normal(70))]  # fmt: skip
    (folder / "made.csv").write_text("\n".join(["x,kind,answer", *rows]) + "\n")
    (folder / "made.csv.gz").write_bytes(gzip.compress((folder / "made.csv").read_bytes()))
    return Table("made", folder, "answer", "classification", 70)


def test_all_get_the_same_rows(tmp_path: Path) -> None:
    table = made(tmp_path)
    theirs, own = frames(table, 2, tmp_path / "prepared"), ours(table, 2, tmp_path / "prepared", test=True)
    assert [len(part) for part in parts(table, 2, tmp_path / "prepared")] == [50, 10, 10]
    assert own.test is not None
    for name, part in (("train", own.train), ("validation", own.validation), ("test", own.test)):
        assert theirs.X[name]["x"].to_numpy() == pytest.approx(part.X[:, 0].astype(float), abs=1e-6)
        assert theirs.y[name].tolist() == part.y.tolist()


def test_without_the_test_part_there_are_no_test_rows(tmp_path: Path) -> None:
    assert ours(made(tmp_path), 1, tmp_path / "prepared", test=False).test is None


@pytest.mark.processes
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_only_what_is_missing_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(rows: Frames, classifies: bool, split: int) -> Fitted:
        with (tmp_path / "fits").open("a") as stream:
            stream.write(f"{split}\n")
        if split == 2:
            raise MemoryError
        return Fitted(lambda X: np.tile([0.25, 0.75], (len(X), 1)))

    monkeypatch.setattr(running, "PEERS", {"fake": Peer((), fit, {})})
    monkeypatch.setattr(running, "versions", lambda packages: "fake 1")
    kept, looked, said = Kept(tmp_path / "kept"), list[Try](), list[str]()
    bench = running.Bench([made(tmp_path)], 2, ["fake"], Sweep("baseline"), "test", kept, tmp_path / "prepared")
    bench.run(["fake"], looked.append, said.append)
    assert [found["status"] for found in bench.results()] == ["finished", "failed"]
    next((tmp_path / "kept").glob("made-1-*.json")).write_text("{")  # killed while it was written
    bench.run(["fake"], looked.append, said.append)
    assert (tmp_path / "fits").read_text().split() == ["1", "2", "1"]
    assert [one.split for one in looked] == [1, 2, 1]
    assert "split 2 made fake: failed: MemoryError" in said[1]


def test_a_sweep_is_the_jobs_of_its_experiment_and_words_change_them() -> None:
    assert len(Sweep("baseline").jobs()) == 8
    (one, two) = Sweep("baseline", ("network.hidden=[7]", "optimizer.learning_rate=0.1,0.2")).settings()
    assert (one.network.hidden, two.optimizer.learning_rate) == ((7,), 0.2)


def test_ours_is_chosen_by_validation_as_the_project_chooses(tmp_path: Path) -> None:
    words = ("network.hidden=[3]", "optimizer.learning_rate=1e-9,0.3", "stopping.epochs=8", "seed=1")
    rows = ours(made(tmp_path), 1, tmp_path / "prepared", test=True)
    found = tried(Sweep("baseline", words), rows)
    assert found["validation"] == min(found["trials"])
    assert "optimizer.learning_rate=0.3" in found["chosen"]
    assert 0 <= found["score"] <= 1
    assert "score" not in tried(Sweep("baseline", words), replace(rows, test=None))


def test_every_look_is_written_down(tmp_path: Path) -> None:
    for split, name in ((1, "Holdout"), (2, "Holdout"), (1, "MLP")):
        looks.note(tmp_path / "looks.csv", identified("t", split, name, "", {}), "seed=1" if name == "Holdout" else "")
    own, others = looks.table(tmp_path / "looks.csv").splitlines()[2:]
    assert own.endswith("| Holdout 2 | 1, 2 | seed=1 |")
    assert others.endswith("| MLP 1 | 1 |  |")
