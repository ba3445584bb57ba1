"""The stable form z of what one network says, or several together: losses and probabilities are computed from it.

For the cross-entropies it holds log-odds: link(z), softmax or logistic, is the average of the networks' probabilities,
and z is v_L itself where there is one network. For the squared error it is the average of their outputs y_L.

What computes is loaded when it is first used, for Numba takes long to load (see training.make_engine).
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from pipeline.arithmetic.totals import mean
from pipeline.nn import reference
from pipeline.nn.activations import uncompiled
from pipeline.nn.losses import LOSSES
from pipeline.nn.network import Architecture, Probe
from pipeline.training.determinism import side_by_side

Array = np.ndarray
CHUNK = 1024


def members(weights: Sequence[Array]) -> list[list[Array]]:
    """W_1 … W_L of each network, (m_l, m_{l−1}+1), as views of W_l with a leading axis or without one."""
    if weights[0].ndim == 2:
        return [list(weights)]
    return [list(own) for own in zip(*weights, strict=True)]


def readout_of(architecture: Architecture, weights: Sequence[Array], x: Array) -> Array:
    """z for the rows ``x`` (rows, m_0+1), (rows, m_L)."""
    return merged(architecture.loss, readouts_of(architecture, weights, x))


def readouts_of(architecture: Architecture, weights: Sequence[Array], x: Array) -> Array:
    """z of each network by itself, (networks, rows, m_L)."""
    networks = members(weights)
    result = np.empty((len(networks), len(x), architecture.sizes[-1]), x.dtype)
    side_by_side([partial(_fill, architecture, *pair, x) for pair in zip(networks, result, strict=True)])
    return result


def _fill(architecture: Architecture, weights: Sequence[Array], found: Array, x: Array) -> None:
    if uncompiled(architecture.activations):
        for start in range(0, len(x), CHUNK):
            rows = slice(start, start + CHUNK)
            found[rows] = reference.readout(architecture, weights, x[rows])
        return
    from pipeline.nn.compiled.measuring import readout

    found[...] = readout(architecture, weights, x)


def probed(architecture: Architecture, weights: Sequence[Array], x: Array, d: Array, importance: Array | None) -> Probe:
    """What goes on inside one network, with weights W_l (m_l, m_{l−1}+1), on rows x with d and factors (rows,)."""
    if uncompiled(architecture.activations):
        return reference.probed(architecture, weights, x, d, importance)
    from pipeline.nn.compiled import measuring

    return measuring.probed(architecture, weights, x, d, importance)


def merged(loss: str, found: Array) -> Array:
    """z of all networks together, (rows, m_L), by ``found`` (networks, rows, m_L) of each."""
    link = LOSSES[loss].link
    z: Array = found[0]
    if len(found) == 1:
        return z
    from pipeline.arithmetic.elementwise import softplus
    from pipeline.arithmetic.softmax import log_softmax, log_sum

    if link == "softmax":  # log of the mean of the probabilities, up to a constant
        z = log_sum(log_softmax(found))
    elif link == "logistic":
        z = log_sum(-softplus(-found)) - log_sum(-softplus(found))
    else:
        z = mean(found)
    return z.astype(found.dtype)


def outputs(loss: str, z: Array) -> Array:
    """y_L = link(z), (rows, m_L)."""
    from pipeline.arithmetic.elementwise import logistic
    from pipeline.arithmetic.softmax import softmax

    link = {"softmax": softmax, "logistic": logistic}.get(LOSSES[loss].link)
    return z.copy() if link is None else link(z).astype(z.dtype)


def log_probabilities(loss: str, z: Array, exclusive: bool) -> Array:
    """Logarithms of the classes' probabilities (rows, classes), finite as long as z is.

    Args:
        exclusive: whether a row is of one class, so that its probabilities sum to 1: logistic outputs are normalized.
    """
    from pipeline.arithmetic.elementwise import softplus
    from pipeline.arithmetic.softmax import log_softmax

    found = -softplus(-z) if LOSSES[loss].link == "logistic" else z
    return (log_softmax(found) if exclusive else found).astype(z.dtype)
