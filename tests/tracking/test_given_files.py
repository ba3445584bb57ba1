"""What MLflow keeps in a folder is on the disk before the mirror says that it is logged."""

import os
from pathlib import Path

import pytest

from pipeline.tracking.given_files import settle


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The paths that were synced, as the system has them."""
    found: set[str] = set()
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        found.add(os.path.realpath(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    return found


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="asks Linux for paths")
def test_files_and_all_folders_above_them_are_synced(tmp_path: Path, synced: set[str]) -> None:
    folder = tmp_path / "mlartifacts/4f/artifacts"
    (folder / "code").mkdir(parents=True)
    files = [folder / "model.npz", folder / "code/champion.py"]
    for path in files:
        path.write_bytes(b"1")
    settle(folder.as_uri())
    assert synced == {str(path) for path in (*files, folder / "code", folder, *folder.parents[:3])}


@pytest.mark.parametrize("uri", ["mlflow-artifacts:/1/4f/artifacts", "s3://bucket/4f", "file:///is/not/there"])
def test_what_lies_elsewhere_is_left_to_it(uri: str, synced: set[str]) -> None:
    settle(uri)
    assert not synced


def test_what_may_be_read_only_is_synced_and_what_may_not_stops_nothing(
    tmp_path: Path, synced: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DVC keeps files that it links so, and MLflow copies that; root, as tests often are, may write all the same."""
    folder = tmp_path / "shut/4f/artifacts"
    folder.mkdir(parents=True)
    (folder / "model.npz").write_bytes(b"1")
    opened = os.open

    def as_a_person(path: str | Path, flags: int, *more: int) -> int:
        if flags & os.O_WRONLY or Path(path).name == "shut":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags, *more)

    monkeypatch.setattr(os, "open", as_a_person)
    settle(folder.as_uri())
    assert synced == {str(path) for path in (folder / "model.npz", folder, folder.parent, tmp_path)}
