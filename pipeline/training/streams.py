"""Named random streams from one seed, so that turning one source of chance on leaves the others as they were."""

import numpy as np

# The position is part of the stream: append, never reorder.
STREAMS = ("initialization", "batches", "dropout", "augmentation", "sampling", "input_dropout")


def spawn(seed: int) -> dict[str, np.random.Generator]:
    """One generator per name in ``STREAMS``."""
    children = np.random.SeedSequence(seed).spawn(len(STREAMS))
    return {name: np.random.default_rng(child) for name, child in zip(STREAMS, children, strict=True)}
