"""What has to be in memory of rows that stay on the disk while a network trains: refused before it is taken."""

import numpy as np

from pipeline.errors import HoldoutError
from pipeline.headroom import free_bytes
from pipeline.storage.parts import OpenData
from pipeline.training.hyperparameters import Hyperparameters

SMALL = 2**26  # bytes that are not asked about: to ask takes longer than a small training
PLACE = LOSS = 8  # bytes of a row's place in the epoch's order, and of what each network loses by it


def check_rows(settings: Hyperparameters, data: OpenData) -> None:
    """Refuse a trial for whose rows there is no memory.

    Raises:
        HoldoutError: says how much it takes at the least, how much is free, and what takes less.
    """
    if settings.validation.name != "hold_out":
        check_joined(data, f"validation={settings.validation.name}", "validation=hold_out", copies=2)
    rows = len(data.train) + len(data.validation)
    # The desired outputs and the network's.
    answers = 2 * data.card.outputs * np.dtype(settings.network.dtype).itemsize
    needed = rows * (PLACE + LOSS * settings.ensemble.members + answers)
    if needed > SMALL and needed > (free := free_bytes()):
        raise HoldoutError(
            f"settings: training on {rows:,} rows takes {_in_gib(needed)} beside the table, free are {_in_gib(free)}; "
            "use fewer (split.training_rows in params.yaml)"
        )


def check_joined(data: OpenData, asking: str, instead: str, copies: int) -> None:
    """Refuse what joins the open rows in memory, where they have no room there.

    Args:
        asking: the setting that does so; instead: one that leaves them on the disk; copies: of all of them at a time.
    """
    needed = copies * (data.train.X.nbytes + data.validation.X.nbytes)
    if needed > SMALL and needed > (free := free_bytes()):
        raise HoldoutError(
            f"settings: {asking} takes the open rows into memory, {_in_gib(needed)}, free are {_in_gib(free)}; use "
            f"{instead}, under which they stay on the disk"
        )


def _in_gib(number: int) -> str:
    return f"{number / 2**30:.1f} GiB"
