from pathlib import Path

from pipeline.sealing.code import code_hash, hash_of, stages


def test_the_code_hash_is_of_what_select_declares_and_of_nothing_else(tmp_path: Path) -> None:
    declared = ["data/split", "pipeline/nn", "pipeline/stages/select.py"]
    inside, outside = ("pipeline/nn/losses.py", declared[2]), ("pipeline/reporting/plots.py", "data/split/a.py")
    for name in (*inside, *outside):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 0", encoding="utf-8")
    before = hash_of(declared, tmp_path)
    for name in outside:
        (tmp_path / name).write_text("x = 1", encoding="utf-8")
        assert hash_of(declared, tmp_path) == before
    for name in inside:
        (tmp_path / name).write_text("x = 1", encoding="utf-8")
        assert hash_of(declared, tmp_path) != before
        (tmp_path / name).write_text("x = 0", encoding="utf-8")


def test_each_stage_has_its_own_code() -> None:
    names = stages()
    assert names == ["prepare", "split", "check", "train", "select", "baselines", "evaluate", "report"]
    assert len({code_hash(name) for name in names}) == len(names)
