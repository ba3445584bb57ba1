"""A setting that is named wrongly is told with the one that is meant, wherever it stands."""

from pathlib import Path

import pytest

from pipeline.configuration import spelling
from pipeline.errors import HoldoutError

CONF = Path(__file__).parents[2] / "conf"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("optimizer.lr=0.1", "optimizer.lr: there is no such setting; did you mean optimizer.learning_rate?"),
        ("lr=0.1", "lr: there is no such setting; did you mean optimizer.learning_rate?"),
        ("++optimizer.momentun=0.1", "optimizer.momentun: there is no such setting; did you mean optimizer.momentum?"),
        ("optimizr.batch_size=1", "optimizr.batch_size: there is no such setting; did you mean optimizer.batch_size?"),
        ("epochs=3", "did you mean schedule.epochs or stopping.epochs?"),
        ("-m units=[3],[4]", "units: there is no such setting; did you mean network.hidden?"),
        ("networks=deep", "networks: there is no such setting; did you mean network?"),
        ("sede=1", "did you mean seed?"),
        ("regularizer.qqq=1", "there is no such setting; regularizer has l2, l1"),
        ("qqq=1", "there is no such setting; there are allow_failed, augmentation"),
        ("optimizer=adm", "optimizer=adm: did you mean adam? conf/optimizer/ has adam, adamw"),
        ("-m optimizer=adam,sgd", "optimizer=adam,sgd: did you mean descent? conf/optimizer/ has adam, adamw"),
        ("experiment=nothing", "experiment=nothing: conf/experiment/ has auto, baseline"),
    ],
)
def test_the_one_that_is_meant_is_named(words: str, message: str) -> None:
    with pytest.raises(HoldoutError) as caught:
        spelling.check([words.split()], CONF)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "words",
    [
        "network.hidden=[30] optimizer.learning_rate=0.1",
        "-m network.hidden=[30],[50] optimizer=adam,descent",
        "experiment=regularization hydra/launcher=two_workers allow_failed=true checkpoint_seconds=1",
        "experiment=null seed=1,2",
        "+weighting.classes.rose=3 weighting.classes={'a.b': 2}",
        "optimizer={name: adam}",
        "network.hidden.0=5",
        "",
    ],
)
def test_settings_that_are_there_pass(words: str) -> None:
    spelling.check([words.split() if "{" not in words else [words]], CONF)


def test_a_sweep_in_a_file_is_told_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment/x.yaml").write_text("hydra: {sweeper: {params: {optimizer.lr: '0.1,0.2'}}}\n")
    with pytest.raises(HoldoutError, match=r"^conf/experiment/x\.yaml: optimizer\.lr: .* optimizer\.learning_rate\?$"):
        spelling.check([["experiment=x"]], tmp_path)
