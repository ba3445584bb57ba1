from pathlib import Path

import pytest

from pipeline.errors import HoldoutError
from pipeline.sealing import gathered
from pipeline.sealing.openings import REFERENCE
from pipeline.sealing.sharing import share
from tests.sealing.openers import begin, git, look, standing


def models() -> list[str]:
    return sorted(entry["key"] for entry in gathered.gather().entries)


@pytest.fixture
def clones(tmp_path: Path) -> tuple[Path, Path]:
    """Of a bare remote, two."""
    begin(tmp_path / "first")
    git("clone", "-q", "--bare", str(tmp_path / "first"), str(tmp_path / "remote.git"))
    git("remote", "add", "origin", str(tmp_path / "remote.git"), at=tmp_path / "first")
    git("clone", "-q", str(tmp_path / "remote.git"), str(tmp_path / "second"))
    return tmp_path / "first", tmp_path / "second"


def test_two_clones_know_each_others_openings(clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = clones
    monkeypatch.chdir(first)
    look("a")
    share("origin")
    monkeypatch.chdir(second)
    look("b")
    assert standing("b").models == 1
    share("origin")
    assert (models(), standing("b").models) == (["a", "b"], 2)
    parents = git("log", "-1", "--format=%P", REFERENCE).split()
    assert len(parents) == 2
    monkeypatch.chdir(first)
    look("c")
    share("origin")
    assert models() == ["a", "b", "c"]
    monkeypatch.chdir(second)
    share("origin")
    assert models() == ["a", "b", "c"]
    assert git("rev-parse", REFERENCE) == git("rev-parse", REFERENCE, at=first)
    assert standing("b").seen == 0
    assert gathered.gather().faults == []


def test_the_commands_of_the_page_do_the_same(clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = clones
    page = (Path(__file__).parents[2] / "docs/sharing.md").read_text(encoding="utf-8")
    fetch = "+refs/holdout/open*:refs/holdout/remotes/origin/open*"
    for command in (f"git config --add remote.origin.fetch '{fetch}'", f"git push origin {REFERENCE}"):
        assert command in page
    monkeypatch.chdir(second)
    git("config", "--add", "remote.origin.fetch", fetch)
    git("fetch", "-q")
    look("b")
    monkeypatch.chdir(first)
    look("a")
    git("push", "-q", "origin", REFERENCE)
    monkeypatch.chdir(second)
    git("fetch", "-q")
    assert models() == ["a", "b"]
    gathered.settle()
    git("push", "-q", "origin", REFERENCE)
    assert len(git("log", "-1", "--format=%P", REFERENCE).split()) == 2


def test_what_was_fetched_counts_before_it_is_joined_and_rows_are_known_again(
    clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = clones
    monkeypatch.chdir(first)
    look("a", seed=1)
    git("push", "-q", "origin", REFERENCE)
    monkeypatch.chdir(second)
    look("b", seed=2)
    git("fetch", "-q", "origin", "+refs/holdout/open*:refs/holdout/remotes/origin/open*")
    found = standing("b", seed=2)
    assert (found.unknown, found.looks) == (0, 1)
    assert found.notes == (
        "1 opening known from refs/holdout/remotes/origin/openings only, of another clone, or removed here",
    )


def test_the_committed_file_alone_reaches_a_clone(clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = clones
    monkeypatch.chdir(first)
    look("a")
    git("add", "-A")
    git("commit", "-qm", "looked")
    git("push", "-q", "origin", "main")
    monkeypatch.chdir(second)
    git("pull", "-q")
    assert standing("b").notes == ()
    look("b")
    assert (standing("b").models, standing("b").faults) == (2, ())


def test_a_remote_that_is_not_there_is_one_line(clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clones[0])
    with pytest.raises(HoldoutError, match="git fetch nowhere failed") as caught:
        share("nowhere")
    assert "\n" not in str(caught.value)


def test_without_git_there_is_nothing_to_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HoldoutError, match="no git repository"):
        share("origin")
