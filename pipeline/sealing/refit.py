"""The model that is published: the chosen trial's own, or, if that is wished, one fitted to all open rows."""

import hashlib
import io
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import HoldoutError
from pipeline.sealing.ranking import Ranking, held_out
from pipeline.storage.models import check_model, read_model, write_model
from pipeline.storage.parts import OpenData
from pipeline.training.model import Model
from pipeline.trials.refitting import refit_of


@dataclass(frozen=True)
class Fitted:
    """refit: what the certificate says of the other training, None if there was none; said: the same for people."""

    model: Model
    refit: dict[str, Any] | None = None
    said: str = ""
    source: Path | None = None

    def write(self, path: Path) -> None:
        """The chosen trial's own file is copied as it is."""
        if self.source is None:
            write_model(path, self.model)
        else:
            shutil.copyfile(self.source, path)


def fitted(ranking: Ranking, data: OpenData) -> Fitted:
    """
    Raises:
        HoldoutError: the model is another data's, is one of all open rows already, or diverges when it is fitted again.
    """
    chosen = ranking.trials[0]
    model = read_model(chosen.model)
    check_model(chosen.model, model, data.card)
    if not ranking.how.refit:
        return Fitted(model, source=chosen.model)
    if not held_out(chosen):
        raise HoldoutError(
            f"params.yaml: selection.refit=true has no effect on {chosen.experiment}/{chosen.key}: its model is fitted "
            f"to all open rows already (validation.name={chosen.settings['validation']['name']}): set it to false"
        )
    from omegaconf import OmegaConf  # here, for the usual selection fits nothing again

    from pipeline.configuration.settings import from_config, resolve

    settings, epochs = resolve(from_config(OmegaConf.create(chosen.settings)), data.card), chosen.summary["best_epoch"]
    outcome = refit_of(model, settings, data, epochs)
    if outcome.model is None:
        raise HoldoutError(f"{chosen.experiment}/{chosen.key}, fitted to all open rows, {outcome.status}: "
                           f"{outcome.reason}; set selection.refit to false")  # fmt: skip
    rows = len(data.train) + len(data.validation)
    facts = {"epochs": epochs, "rows": rows, "of_model_sha256": chosen.summary["model_sha256"]}
    said = f"; fitted again to {rows} rows for {epochs} epochs"
    return Fitted(outcome.model, {**facts, "model_sha256": sha256_of(outcome.model)}, said)


def sha256_of(model: Model) -> str:
    """Of the bytes that ``write_model`` would write."""
    stream = io.BytesIO()
    np.savez(stream, **model.to_arrays())  # type: ignore[arg-type]
    return hashlib.sha256(stream.getvalue()).hexdigest()
