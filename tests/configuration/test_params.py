"""params.yaml: what is allowed, and one clear line for what is not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.configuration.params import PLACEHOLDER, load_params
from pipeline.errors import HoldoutError

GOOD: dict[str, Any] = {
    "data": {"source": "iris", "path": PLACEHOLDER, "labels": PLACEHOLDER, "target": None, "task": None},
    "split": {"ratio": [5, 1, 1], "seed": 559, "stratify": True},
    "experiments": ["baseline", "l2-decay"],
}


def write(folder: Path, **changes: Any) -> Path:
    """params.yaml as GOOD, with ``section__key=value`` changed."""
    values = {name: dict(value) if isinstance(value, dict) else value for name, value in GOOD.items()}
    for key, value in changes.items():
        section, _, name = key.partition("__")
        if name:
            values[section][name] = value
        else:
            values[section] = value
    path = folder / "params.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


def test_good_values_come_back_typed(tmp_path: Path) -> None:
    params = load_params(write(tmp_path))
    assert params.data.path == () and params.data.labels == ()
    assert params.split.ratio == (5, 1, 1)
    assert params.experiments == ("baseline", "l2-decay")


def test_the_repository_params_are_good() -> None:
    assert load_params(Path(__file__).parents[2] / "params.yaml").experiments


def test_a_project_has_the_usual_name_or_its_own(tmp_path: Path) -> None:
    assert load_params(write(tmp_path)).project == "holdout"
    assert load_params(write(tmp_path, project="Flowers-2_b")).project == "Flowers-2_b"


def test_a_path_and_a_numeric_column_name(tmp_path: Path) -> None:
    one = load_params(write(tmp_path, data__source="file", data__path="a.npy", data__target=4)).data
    assert (one.path, one.labels, one.target) == (("a.npy",), (), ("4",))
    two = load_params(write(tmp_path, data__source="file", data__path="a", data__labels="b")).data
    assert (two.path, two.labels) == (("a",), ("b",))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"data__source": "mnist5"}, ["data.source", "is mnist5,", "did you mean mnist5k"]),
        ({"data__source": ["iris"]}, ["data.source", "allowed"]),
        ({"data__source": "file"}, ["data.path", "file or folder"]),
        ({"data__path": 3}, ["data.path", "3"]),
        ({"data__labels": ["a", "b"]}, ["data.labels", "pipeline/data/bundled.py"]),
        ({"data__labels": None}, ["data.labels", "is null,", "pipeline/data/bundled.py"]),
        ({"data__task": "classify"}, ["data.task", "is classify,", "regression"]),
        ({"data__target": 1.5}, ["data.target", "1.5"]),
        ({"data__targt": "y"}, ["unknown key data.targt", "did you mean data.target"]),
        ({"data": None}, ["data is null", "a section"]),
        ({"splits": {}}, ["unknown key splits", "did you mean split"]),
        ({"split__ratio": [5, 1]}, ["split.ratio", "[5, 1]", "three positive"]),
        ({"split__ratio": [5, -1, 1]}, ["split.ratio", "-1"]),
        ({"split__ratio": [5, 0, 1]}, ["split.ratio"]),
        ({"split__ratio": [5, float("nan"), 1]}, ["split.ratio", "nan"]),
        ({"split__ratio": [5, float("inf"), 1]}, ["split.ratio", "inf"]),
        ({"split__ratio": [5, True, 1]}, ["split.ratio", "[5, true, 1]"]),
        ({"split__ratio": "5:1:1"}, ["split.ratio", "'5:1:1'"]),
        ({"split__seed": -1}, ["split.seed", "-1", "0 or greater"]),
        ({"split__seed": 1.5}, ["split.seed", "1.5"]),
        ({"split__seed": True}, ["split.seed", "true"]),
        ({"split__stratify": "yes please"}, ["split.stratify", "true or false"]),
        *(({"project": name}, ["project is", "letters, digits"]) for name in ("a b", "", "-x", "ä", 7, "x" * 65)),
        ({"experiments": []}, ["experiments", "at least one"]),
        ({"experiments": ["../up"]}, ["experiments", "is ../up,"]),
        ({"experiments": ["-x"]}, ["experiments", "is -x,"]),
        ({"experiments": ["a\n"]}, ["experiments"]),
        ({"experiments": ["a", "a"]}, ["experiments", "a 2 times"]),
    ],
)
def test_mistakes_get_one_line(tmp_path: Path, changes: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(HoldoutError) as caught:
        load_params(write(tmp_path, **changes))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(tmp_path / "params.yaml"))
    assert all(word in message for word in words), message
