import json
import os
import subprocess
import threading
from pathlib import Path

import pytest

from pipeline.sealing import witness


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "params.yaml").write_text("a: 1\n", encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "begin")
    return folder


def test_what_must_not_be_forgotten_is_in_the_git_directory(repository: Path) -> None:
    assert witness.home(repository) == repository / ".git" / "holdout"
    (repository / "inside").mkdir()
    assert witness.home(repository / "inside") == repository / ".git" / "holdout"


def test_without_git_it_is_beside_the_store(tmp_path: Path) -> None:
    assert witness.home(tmp_path) == tmp_path / ".holdout"


def test_linked_work_trees_share_it(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", str(tmp_path / "linked"))
    assert witness.home(tmp_path / "linked") == repository / ".git" / "holdout"


@pytest.mark.parametrize("place", [".dvc/tmp/exps/tmpabc", ".dvc/tmp/exps/standalone/tmpabc"])
@pytest.mark.parametrize("inside", ["", "sub"])
def test_a_temporary_copy_of_dvc_uses_the_enclosing_projects(repository: Path, place: str, inside: str) -> None:
    copy = repository / place
    git(repository, "clone", "-q", ".", str(copy))
    (copy / inside).mkdir(exist_ok=True)
    assert witness.home(copy / inside) == repository / ".git" / "holdout"


def test_a_copy_made_in_a_linked_work_tree_uses_the_common_one(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", str(tmp_path / "linked"))
    copy = tmp_path / "linked/.dvc/tmp/exps/tmpabc"
    git(repository, "clone", "-q", ".", str(copy))
    assert witness.home(copy) == repository / ".git" / "holdout"


def test_a_submodule_has_its_own(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "outer")
    git(tmp_path / "outer", "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repository), "inner")
    assert witness.home(tmp_path / "outer" / "inner") == tmp_path / "outer/.git/modules/inner/holdout"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_where_the_git_directory_is_closed_it_is_beside_the_store(repository: Path) -> None:
    (repository / ".git").chmod(0o555)
    assert witness.home(repository) == repository / ".holdout"


def test_lines_are_chained_and_read_as_they_were_added(tmp_path: Path) -> None:
    path = tmp_path / "new" / "openings.jsonl"
    witness.append(path, {"a": 1}, {"a": "ä"})
    first = path.read_bytes()
    witness.append(path, {"a": None})
    assert path.read_bytes().startswith(first)
    assert witness.read(path) == ([{"a": 1}, {"a": "ä"}, {"a": None}], [])
    assert witness.read(tmp_path / "none") == ([], [])


def test_a_line_longer_than_what_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    for size in (1, 200_000, 65_536, 3):
        witness.append(path, {"a": "x" * size})
    assert [len(entry["a"]) for entry in witness.read(path).entries] == [1, 200_000, 65_536, 3]
    assert witness.read(path).faults == []


@pytest.mark.parametrize(
    ("change", "left", "named"),
    [
        (lambda lines: [lines[0].replace("1", "9", 1), *lines[1:]], [2, 3], "line 1 was changed"),
        (lambda lines: [lines[0], lines[2]], [1, 3], "before line 2 is missing"),
        (lambda lines: lines[1:], [2, 3], "before line 1 is missing"),
        (lambda lines: [lines[0], "[]", *lines[1:]], [1, 2, 3], "line 2 was changed"),
    ],
)
def test_what_was_changed_or_taken_away_is_named(change, left, named, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "records.jsonl"
    witness.append(path, {"a": 1}, {"a": 2}, {"a": 3})
    path.write_text("\n".join([*change(path.read_text(encoding="utf-8").splitlines()), ""]), encoding="utf-8")
    found = witness.read(path)
    assert [entry["a"] for entry in found.entries] == left
    assert named in found.faults[0]


def test_a_half_written_line_spoils_none_that_follow(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    witness.append(path, {"a": 1}, {"a": 2})
    path.write_bytes(path.read_bytes()[:-20])
    witness.append(path, {"a": 3})
    found = witness.read(path)
    assert [entry["a"] for entry in found.entries] == [1, 3]
    assert found.faults == ["records.jsonl line 2 was changed, or never finished"]


def test_several_writers_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    writers = [
        threading.Thread(target=lambda i=i: [witness.append(path, {"a": i, "b": j}) for j in range(5)])  # type: ignore[misc]
        for i in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = witness.read(path)
    assert len(found.entries) == 20
    assert found.faults == []
    assert all(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
