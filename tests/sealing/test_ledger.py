import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipeline.errors import HoldoutError
from pipeline.sealing import entering, gathered, plumbing, witness
from pipeline.sealing.openings import REFERENCE, Openings
from pipeline.sealing.standing import judge
from tests.sealing.openers import begin, card, git, look, paper, rows, scores, standing


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = begin(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


def commits(name: str = REFERENCE) -> int:
    return int(git("rev-list", "--count", name))


def models() -> list[str]:
    return [entry["key"] for entry in gathered.gather().entries]


def test_each_opening_is_a_commit_a_chained_line_and_a_line_to_commit(project: Path) -> None:
    look("a")
    look("b")
    assert commits() == 2
    assert [entry["key"] for entry in witness.read(project / ".git/holdout/openings.jsonl").entries] == ["a", "b"]
    lines = [json.loads(line) for line in gathered.LEDGER.read_text(encoding="utf-8").splitlines()]
    assert [line["key"] for line in lines] == ["a", "b"]
    assert {"time", "model_sha256", "test_sha256", "score", "n", "commit", "recipe", "code"} <= set(lines[0])
    assert gathered.gather().faults == gathered.gather().notes == []


def test_its_commits_are_the_ledgers_own_whoever_makes_them(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    for name, value in {"user.name": "", "commit.gpgSign": "true", "gpg.program": "/bin/false"}.items():
        git("config", name, value)
    hook = project / ".git/hooks/reference-transaction"
    hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    look("a")
    hook.unlink()
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert git("log", "-1", "--format=%an %ae %cn", REFERENCE) == "Holdout ledger@holdout.invalid Holdout"
    assert git("status", "--porcelain") == "?? reports/"


def test_a_repository_of_another_user_takes_openings(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    look("a")
    monkeypatch.delenv("GIT_TEST_ASSUME_DIFFERENT_OWNER")
    assert commits() == 1


def test_where_git_fails_the_opening_is_kept_and_said_and_caught_up(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    look("a")
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith(f"note: {REFERENCE} can't be written (git for-each-ref: No such file")
    assert models() == ["a"]
    monkeypatch.undo()
    monkeypatch.chdir(project)
    look("b")
    assert commits() == 1
    assert models() == ["a", "b"]
    assert gathered.gather().faults == []


def test_without_git_a_chained_file_beside_the_store_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    look("a")
    gathered.LEDGER.unlink()
    look("b")
    assert standing("b").looks == 2
    assert len(gathered.LEDGER.read_text(encoding="utf-8").splitlines()) == 2
    assert (tmp_path / ".holdout/openings.jsonl").exists()
    assert entering.git_commit() is None


def peek_and_commit() -> None:
    look("a")
    git("add", "-A")
    git("commit", "-qm", "one look")
    look("b")


def undone_by_checkout() -> None:
    peek_and_commit()
    git("checkout", "-q", ".")


def undone_by_a_switch() -> None:
    git("branch", "other")
    peek_and_commit()
    git("commit", "-qam", "two looks")
    git("switch", "-q", "other")


def undone_by_a_stash() -> None:
    peek_and_commit()
    git("stash")
    git("stash", "drop")


def undone_by_a_reset() -> None:
    peek_and_commit()
    git("commit", "-qam", "two looks")
    git("reset", "-q", "--hard", "HEAD~2")


def undone_by_removing() -> None:
    peek_and_commit()
    gathered.LEDGER.unlink()
    gathered.LEDGER.parent.rmdir()


def undone_by_cleaning() -> None:
    peek_and_commit()
    git("clean", "-fdxq")
    git("checkout", "-q", ".")
    git("gc", "-q", "--prune=now")


def undone_on_the_reference() -> None:
    peek_and_commit()
    git("update-ref", "-d", REFERENCE)
    git("checkout", "-q", ".")


def undone_in_the_git_directory() -> None:
    peek_and_commit()
    for name in ("openings.jsonl", "openings.jsonl.lock"):
        (Path(".git/holdout") / name).unlink()
    git("checkout", "-q", ".")


UNDONE = [function for name, function in list(globals().items()) if name.startswith("undone_")]


@pytest.mark.parametrize("undo", UNDONE, ids=lambda undo: undo.__name__)
@pytest.mark.usefixtures("project")
def test_an_opening_is_not_undone(undo) -> None:  # type: ignore[no-untyped-def]
    undo()
    assert models() == ["a", "b"]
    look("c")
    assert standing("c").models == 3
    assert len(gathered.LEDGER.read_text(encoding="utf-8").splitlines()) == 3
    assert gathered.gather().faults == []


@pytest.mark.usefixtures("project")
def test_a_reference_that_was_cut_is_named_until_the_next_opening() -> None:
    look("a")
    look("b")
    assert standing("b").faults == ()
    git("update-ref", REFERENCE, f"{REFERENCE}~1")
    assert standing("b").faults == (
        f"{REFERENCE} lacks 1 opening recorded here: it was moved back, or git could not write it",
    )
    look("b")
    assert standing("b").faults == ()
    assert standing("b").models == 2


@pytest.mark.usefixtures("project")
def test_a_commit_that_takes_an_opening_back_is_named(project: Path) -> None:
    look("a")
    look("b")
    paths = git("ls-tree", "-r", "--name-only", REFERENCE, "openings").splitlines()
    tree = git("ls-tree", f"{REFERENCE}:openings").splitlines()
    (project / "less").write_text(tree[0] + "\n", encoding="utf-8")
    with (project / "less").open(encoding="utf-8") as stream:
        less = subprocess.run(
            ["git", "mktree"], stdin=stream, capture_output=True, text=True, check=True
        ).stdout.strip()
    (project / "less").write_text(f"040000 tree {less}\topenings\n", encoding="utf-8")
    with (project / "less").open(encoding="utf-8") as stream:
        root = subprocess.run(
            ["git", "mktree"], stdin=stream, capture_output=True, text=True, check=True
        ).stdout.strip()
    git("update-ref", REFERENCE, git("commit-tree", "-p", REFERENCE, "-m", "forged", root))
    assert len(paths) == 2
    assert standing("b").models == 2
    assert f"{REFERENCE} has a commit that takes back or changes 1 opening" in standing("b").faults


@pytest.mark.usefixtures("project")
def test_a_line_that_was_changed_is_named(project: Path) -> None:
    look("a")
    chain = project / ".git/holdout/openings.jsonl"
    assert standing("a").faults == ()
    chain.write_text(chain.read_text(encoding="utf-8").replace("0.25", "0.15"), encoding="utf-8")
    assert standing("a").faults == ("openings.jsonl line 1 was changed, or never finished",)


def test_linked_work_trees_write_the_same_ledger(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look("a")
    git("worktree", "add", "-q", str(project.parent / "linked"))
    monkeypatch.chdir(project.parent / "linked")
    look("b")
    assert standing("b").models == 2
    monkeypatch.chdir(project)
    git("worktree", "remove", "--force", str(project.parent / "linked"))
    assert models() == ["a", "b"]


@pytest.mark.parametrize("inside", ["", "part/of/it"])
def test_a_temporary_folder_of_dvc_writes_the_enclosing_projects(
    inside: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tmp1", "standalone/tmp2"):
        copy = project / ".dvc/tmp/exps" / name
        git("clone", "-q", ".", str(copy))
        (copy / inside).mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(copy / inside)
        look(name[-1])
        monkeypatch.chdir(project)
    git("clean", "-ffdxq")
    assert models() == ["1", "2"]
    assert commits() == 2


@pytest.mark.usefixtures("project")
def test_an_experiment_of_dvc_is_a_witness_too(project: Path) -> None:
    look("a")
    git("add", "-A")
    git("commit", "-qm", "an experiment")
    git("update-ref", "refs/exps/ab/cdef/name", "HEAD")
    git("reset", "-q", "--hard", "HEAD~1")
    git("update-ref", "-d", REFERENCE)
    (project / ".git/holdout/openings.jsonl").unlink()
    assert models() == ["a"]
    look("b")
    assert (models(), commits()) == (["a", "b"], 1)
    git("update-ref", "-d", REFERENCE)
    (project / ".git/holdout/openings.jsonl").unlink()
    gathered.LEDGER.write_text(gathered.LEDGER.read_text(encoding="utf-8").splitlines()[1] + "\n", encoding="utf-8")
    assert gathered.gather().notes == [
        "1 opening known from refs/exps/ab/cdef/name only, of another clone, or removed here"
    ]


@pytest.mark.usefixtures("project")
def test_lines_of_before_hashes_still_count() -> None:
    line = {"model_sha256": "m1", "test_sha256": "t1", "score": 0.5, "n": 10, "time": "2026-01-01T00:00:00+00:00"}
    gathered.LEDGER.parent.mkdir()
    gathered.LEDGER.write_text(json.dumps({**line, "commit": None}) + "\n", encoding="utf-8")
    look("a")
    gathered.LEDGER.unlink()
    assert [entry["model_sha256"] for entry in gathered.gather().entries] == ["m1", "a" * 64]


@pytest.mark.usefixtures("project")
def test_a_damaged_line_is_named() -> None:
    look("a")
    with gathered.LEDGER.open("a", encoding="utf-8") as stream:
        stream.write("{half")
    with pytest.raises(HoldoutError, match="line 2"):
        entering.prepare()


@pytest.mark.usefixtures("project")
def test_several_openings_at_once_are_all_on_the_reference() -> None:
    certificates = [paper(name) for name in "abcd"]
    threads = [
        threading.Thread(target=entering.record, args=(one, rows(0), card(), scores(rows(0), i / 10)))
        for i, one in enumerate(certificates)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(models()) == ["a", "b", "c", "d"]
    assert gathered.gather().faults == []
    assert len(models_of(REFERENCE)) == 4


def test_writers_that_share_no_lock_try_again(project: Path) -> None:
    def write(name: str) -> None:
        for number in range(3):
            entry = {"model_sha256": f"{name}{number}", "test_sha256": "t"}
            Openings(project / ".git").add([entry], {}, "one", "2026-01-01T00:00:00+00:00")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(models_of(REFERENCE)) == 9
    assert commits() == 9


def models_of(name: str) -> list[str]:
    return git("ls-tree", "--name-only", f"{name}:openings").splitlines()


def test_a_lock_that_a_killed_git_has_left_does_not_stay(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    look("a")
    (project / ".git" / f"{REFERENCE}.lock").touch()
    look("b")
    assert capsys.readouterr().err == ""
    assert commits() == 2


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are asked for their paths in /proc")
def test_all_that_the_reference_leads_to_is_on_the_disk(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's mktree syncs nothing: after a power cut the reference led to empty trees."""
    synced: set[str] = set()
    monkeypatch.setattr(os, "fsync", lambda file: synced.add(os.readlink(f"/proc/self/fd/{file}")))
    look("a")
    objects = project.resolve() / ".git" / "objects"
    named = git("rev-list", "--objects", REFERENCE).splitlines()
    assert len(named) >= 5  # a commit, three trees, an opening, and more
    for line in named:
        place = objects / line[:2] / line.split()[0][2:]
        assert {str(place), str(place.parent)} <= synced
    assert str((project.resolve() / ".git" / REFERENCE).parent) in synced


@pytest.mark.usefixtures("project")
def test_killed_before_the_reference_moves_the_opening_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(plumbing.Plumbing, "move", killed)
        with pytest.raises(KeyboardInterrupt):
            look("a")
    assert models() == ["a"]
    look("b")
    assert (sorted(models()), commits()) == (["a", "b"], 1)


def test_what_was_opened_before_git_was_begun_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    look("a", seed=1)
    begin(tmp_path)
    gathered.LEDGER.unlink()
    assert models() == ["a"]
    look("b", seed=1)
    assert (standing("b", seed=1).models, len(models_of(REFERENCE))) == (2, 2)
    assert standing("b", seed=1).faults == ()


@pytest.mark.usefixtures("project")
def test_lost_lines_are_put_back() -> None:
    look("a")
    before = gathered.LEDGER.read_bytes()
    gathered.restore()
    assert gathered.LEDGER.read_bytes() == before
    gathered.LEDGER.unlink()
    gathered.restore()
    assert gathered.LEDGER.read_bytes() == before


@pytest.mark.usefixtures("project")
def test_a_network_trained_once_more_on_all_open_rows_is_another_model() -> None:
    look("a")
    refit = {**paper("a"), "model_sha256": "b" * 64, "refit": {"rows": 120}}
    entering.record(refit, rows(0), card(), scores(rows(0), 0.3))
    assert standing("a").models == 2


def test_the_first_lines_of_this_project_are_of_one_network() -> None:
    path = Path(__file__).parents[2] / gathered.LEDGER
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    old = [line for line in lines if "recipe" not in line]
    newcomer = {**old[0], "model_sha256": "n", "recipe": "r", "code": "c"}
    found = judge(newcomer, newcomer["test_sha256"], newcomer["n"], [*old, newcomer], {})
    assert len({line["model_sha256"] for line in old}) > 1
    assert (found.models, found.looks) == (1, 1)
    other = {**newcomer, "score": 0.05}
    assert judge(other, other["test_sha256"], other["n"], [*old, other], {}).models == 2
