"""``hydra.sweeper`` of a search: what Hydra composes for ``hydra/sweeper=random`` and the like (docs/decisions/0066).

It is a node of values with no ``_target_``, so that nothing is instantiated: the room of search looks the name up.
"""

from dataclasses import dataclass
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import II

GROUP, BASIC = "hydra/sweeper", "basic"


@dataclass
class Sweeper:
    """What the files in conf/hydra/sweeper set, each on this base.

    search: which one, a name in ``pipeline.search.named.SEARCHES``; trials: how many different ones at most; batch: how
    many are asked for at a time, whatever the number of workers; seed: of what is drawn; startup: trials before a
    search goes by scores.
    draw: how a search that stops trials early gets its candidates: random, sobol, or grid for all there are;
    min_epochs, reduction_factor: after so many epochs one in so many goes on, to so many times the epochs, and so on;
    max_epochs: of a trial that is not stopped; brackets: of halving, each begins a factor later.
    params: by setting its values, as a grid's or as ``interval(0.001,1)``; when: such params by the choice with which
    alone they are varied, ``optimizer=adam``.
    """

    search: str = ""
    trials: int = 20
    batch: int = 4
    seed: int = 1
    startup: int = 10
    draw: str = "random"
    min_epochs: int = 2
    reduction_factor: int = 3
    max_epochs: int = II("stopping.epochs")
    brackets: int = 1
    params: dict[str, Any] | None = None
    when: dict[str, Any] | None = None


ConfigStore.instance().store(group=GROUP, name="search", node=Sweeper, provider="holdout")
