"""Which experiments are run for which data, and what is wrong with a file that says so."""

import dataclasses
import re
from pathlib import Path

import pytest
import yaml

from pipeline.configuration import auto
from pipeline.errors import HoldoutError
from pipeline.feed.schema import Schema

ROOT = Path(__file__).parents[2]
NUMBERS = Schema("classification", ("a", "b"), ("no", "yes"))
IMAGES = dataclasses.replace(NUMBERS, image_shape=(1, 2))
MIXED = dataclasses.replace(NUMBERS, kinds=("number", "category"), levels=((), ("x",)))


def never() -> Schema:
    raise AssertionError("nobody needs to know")


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        write(name, {"seed": 1})
    write("auto", {"experiments": {"tables": ["two", "one"], "images": ["one"]}})
    return Path("conf")


def write(name: str, values: object) -> None:
    Path("conf/experiment").mkdir(parents=True, exist_ok=True)
    Path(f"conf/experiment/{name}.yaml").write_text(yaml.safe_dump(values))


@pytest.mark.parametrize(("schema", "names"), [(NUMBERS, ["two", "one"]), (MIXED, ["two", "one"]), (IMAGES, ["one"])])
def test_the_data_choose(conf: Path, schema: Schema, names: list[str]) -> None:
    found = auto.lines(["--multirun", "experiment=auto", "seed=1,2"], conf, lambda: schema)
    assert found == [(name, ["--multirun", f"experiment={name}", "seed=1,2"]) for name in names]


@pytest.mark.parametrize(
    "line", ["experiment=one seed=2", "experiment=nowhere", "experiment=auto,one -m", "seed=3", ""]
)
def test_every_other_line_stays_as_it_is(conf: Path, line: str) -> None:
    ((_, words),) = auto.lines(line.split(), conf, never)
    assert words == line.split()


def test_a_project_without_such_a_file_is_fine(conf: Path) -> None:
    Path("conf/experiment/auto.yaml").unlink()
    assert auto.lines(["experiment=auto"], conf, never) == [("auto", ["experiment=auto"])]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"experiments": {"tables": ["one", "three"]}}, "experiments.tables is three, allowed: a list of names"),
        ({"experiments": {"tables": ["one", "three"]}}, "one, two"),
        ({"experiments": {"tables": ["auto"]}}, "experiments.tables is auto, allowed"),
        ({"experiments": {"tables": ["../one"]}}, "experiments.tables is ../one, allowed"),
        ({"experiments": {"tables": ["one", "one"]}}, "experiments.tables is one, allowed: a list of names"),
        ({"experiments": {"tables": "one"}}, "experiments.tables is one, allowed: a list of names"),
        ({"experiments": {"tables": []}}, "experiments.tables is [], allowed: a list of names"),
        ({"experiments": {"image": ["one"]}}, "unknown key experiments.image, allowed: tables, images"),
        ({"experiments": ["one"]}, "allowed: lists of experiments by kind of data, tables and images"),
        ({"experiments": {"images": ["one"]}}, "experiments has no tables, and these data are tables: name some"),
        ({"experiments": {"tables": ["one"]}, "seed": 2}, "unknown key seed, a file that names experiments"),
    ],
)
def test_a_mistake_is_one_line(conf: Path, values: object, said: str) -> None:
    write("auto", values)
    with pytest.raises(HoldoutError, match=re.escape(said)) as caught:
        auto.lines(["experiment=auto"], conf, lambda: NUMBERS)
    assert str(caught.value).startswith("conf/experiment/auto.yaml: ")
    assert "\n" not in str(caught.value)


def test_what_it_names_is_among_the_params_of_dvc_yaml(conf: Path) -> None:
    Path("dvc.yaml").write_text("params:\n- conf/experiment/one.yaml:\n")
    with pytest.raises(HoldoutError, match=r"tables names two, .* add the line `- conf/experiment/two.yaml:` to"):
        auto.candidates("auto", conf)


def test_the_shipped_file_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = auto.candidates("auto", Path("conf"))
    assert found == {"tables": ["tables"], "images": ["baseline", "momentum", "regularization"]}
