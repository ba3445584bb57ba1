"""What is said of the changes that a command has made on disk."""

from tests.torture.synced import never_synced


def log(*changes: str) -> list[list[str]]:
    """``call path [source]``, one each."""
    words = [[*change.split(), ""][:3] for change in changes]
    return [[str(number), "1", *three] for number, three in enumerate(words, 1)]


WRITTEN = ("create /d/.a", "write /d/.a")


def test_a_file_that_is_synced_moved_and_its_folder_synced_is_on_the_disk() -> None:
    assert never_synced(log(*WRITTEN, "fsync /d/.a", "rename /d/a /d/.a", "fsync /d")) == []


def test_what_is_moved_before_it_is_synced_is_named() -> None:
    found = never_synced(log(*WRITTEN, "rename /d/a /d/.a", "fsync /d"))
    assert found == ["/d/.a was moved to /d/a before it was synced", "/d/a was written and not synced"]


def test_a_folder_in_which_something_was_put_is_named() -> None:
    found = never_synced(log(*WRITTEN, "fsync /d/.a", "rename /d/a /d/.a"))
    assert found == ["/d was not synced after a was put there"]


def test_all_files_of_a_folder_count_when_it_moves() -> None:
    found = never_synced(log("mkdir /d/.f", "create /d/.f/a", "write /d/.f/a", "exchange /d/f /d/.f", "fsync /d"))
    assert found[0] == "/d/.f/a was moved to /d/f before it was synced"
    assert "/d/f was not synced after a was put there" in found


def test_what_is_removed_again_or_of_no_matter_is_not_named() -> None:
    assert never_synced(log(*WRITTEN, "unlink /d/.a", "create /d/x.lock"), [".lock"]) == []


def test_what_is_left_out_goes_by_its_whole_path() -> None:
    renewed = log("create /d/.git/index.lock", "fsync /d/.git/index.lock", "rename /d/.git/index /d/.git/index.lock")
    assert never_synced(renewed) == ["/d/.git was not synced after index was put there"]
    assert never_synced(renewed, ["/.git/index"]) == []
