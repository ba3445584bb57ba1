"""The contestants: what people use instead, each as its own documentation would have it, doing the same mathematics.

Each is made from a cell and trains for one epoch in the order it is given; ``weights()`` shows what came of it.
"""

import warnings
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from scipy.linalg import blas

from benchmarks.cells import RATE, Cell

Array = np.ndarray


class Contestant(Protocol):
    def __init__(self, cell: Cell) -> None: ...

    def epoch(self, order: Array) -> None: ...

    def weights(self) -> list[Array]: ...


class PlainNumpy:
    """A textbook's NumPy: fresh arrays, one line per formula."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.W = [np.ascontiguousarray(w[:, 1:].T) for w in cell.weights]
        self.b = [w[:, 0].copy() for w in cell.weights]

    def epoch(self, order: Array) -> None:
        x_all, d_all, batch = self.cell.x[order], self.cell.d[order], self.cell.batch
        for start in range(0, len(order), batch):
            x, d = x_all[start : start + batch], d_all[start : start + batch]
            outputs = [x]
            for W, b in zip(self.W[:-1], self.b[:-1], strict=True):
                outputs.append(np.tanh(outputs[-1] @ W + b))
            v = outputs[-1] @ self.W[-1] + self.b[-1]
            e = np.exp(v - v.max(axis=1, keepdims=True))
            delta = (e / e.sum(axis=1, keepdims=True) - d) / len(x)
            for layer in range(len(self.W) - 1, -1, -1):
                y, W = outputs[layer], self.W[layer]
                slope_W, slope_b = y.T @ delta, delta.sum(axis=0)
                if layer:
                    delta = (delta @ W.T) * (1 - y**2)
                self.W[layer] = W - np.float32(RATE) * slope_W
                self.b[layer] = self.b[layer] - np.float32(RATE) * slope_b

    def weights(self) -> list[Array]:
        return [np.hstack([b[:, None], W.T]) for W, b in zip(self.W, self.b, strict=True)]


class ScikitLearn:
    """MLPClassifier.partial_fit, which is one epoch."""

    def __init__(self, cell: Cell) -> None:
        from sklearn.neural_network import MLPClassifier

        self.cell, self.labels = cell, cell.d.argmax(axis=1)
        classes = np.arange(cell.sizes[-1])
        self.model = MLPClassifier(
            cell.sizes[1:-1], activation="tanh", solver="sgd", alpha=0.0, batch_size=cell.batch,
            learning_rate_init=RATE, momentum=0.0, nesterovs_momentum=False, shuffle=False,
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.model.set_params(batch_size=len(classes))
            self.model.partial_fit(cell.x[: len(classes)], classes, classes=classes)
            self.model.set_params(batch_size=cell.batch)
        for W, b, w in zip(self.model.coefs_, self.model.intercepts_, cell.weights, strict=True):
            W[...], b[...] = w[:, 1:].T, w[:, 0]

    def epoch(self, order: Array) -> None:
        self.model.partial_fit(self.cell.x[order], self.labels[order])

    def weights(self) -> list[Array]:
        pairs = zip(self.model.coefs_, self.model.intercepts_, strict=True)
        return [np.hstack([b[:, None], W.T]) for W, b in pairs]


class Torch:
    """PyTorch, eager: the loop of its tutorials."""

    def __init__(self, cell: Cell) -> None:
        import torch

        torch.set_num_threads(1)
        self.torch, self.cell = torch, cell
        self.x, self.labels = torch.from_numpy(cell.x), torch.from_numpy(cell.d.argmax(axis=1))
        self.linear = [torch.nn.Linear(w.shape[1] - 1, w.shape[0]) for w in cell.weights]
        with torch.no_grad():
            for layer, w in zip(self.linear, cell.weights, strict=True):
                layer.weight.copy_(torch.from_numpy(w[:, 1:]))
                layer.bias.copy_(torch.from_numpy(w[:, 0]))
        hidden = [part for layer in self.linear[:-1] for part in (layer, torch.nn.Tanh())]
        self.model = torch.nn.Sequential(*hidden, self.linear[-1])
        self.loss = torch.nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=RATE)

    def epoch(self, order: Array) -> None:
        index = self.torch.from_numpy(order)
        x, labels, batch = self.x[index], self.labels[index], self.cell.batch
        for start in range(0, len(order), batch):
            self.optimizer.zero_grad()
            self.loss(self.model(x[start : start + batch]), labels[start : start + batch]).backward()
            self.optimizer.step()

    def weights(self) -> list[Array]:
        pairs = [(layer.bias.detach().numpy(), layer.weight.detach().numpy()) for layer in self.linear]
        return [np.hstack([b[:, None], W]) for b, W in pairs]


class Jax:
    """JAX: the epoch is one jitted scan over the batches, parameters donated.

    In the fastest of the forms that were tried: rows gathered batch by batch; weights as (units, inputs), but for one
    row at a time, where (inputs, units) is faster.
    """

    def __init__(self, cell: Cell) -> None:
        import jax
        import jax.numpy as jnp

        self.jax, self.cell = jax, cell
        self.x, self.d = jnp.asarray(cell.x), jnp.asarray(cell.d)
        self.parameters = [(jnp.asarray(_turned(w[:, 1:], cell)), jnp.asarray(w[:, 0])) for w in cell.weights]
        self.run = jax.jit(_jax_epoch(jax, jnp, cell), donate_argnums=0)

    def epoch(self, order: Array) -> None:
        self.parameters = self.jax.block_until_ready(self.run(self.parameters, self.x, self.d, order))

    def weights(self) -> list[Array]:
        return [np.hstack([np.asarray(b)[:, None], _turned(np.asarray(W), self.cell)]) for W, b in self.parameters]


def _turned(W: Any, cell: Cell) -> Any:
    """Between (units, inputs) and how JAX has it."""
    return W.T if cell.batch == 1 else W


def _jax_epoch(jax: Any, jnp: Any, cell: Cell) -> Callable[..., Any]:
    def loss(parameters: Any, x: Any, d: Any) -> Any:
        for W, b in parameters[:-1]:
            x = jnp.tanh(x @ inputs_first(W) + b)
        W, b = parameters[-1]
        return -(d * jax.nn.log_softmax(x @ inputs_first(W) + b)).sum(axis=1).mean()

    def inputs_first(W: Any) -> Any:
        return W if cell.batch == 1 else W.T

    def step(parameters: Any, x: Any, d: Any) -> Any:
        slopes = jax.grad(loss)(parameters, x, d)
        return jax.tree.map(lambda p, g: p - RATE * g, parameters, slopes), None

    def epoch(parameters: Any, x: Any, d: Any, order: Any) -> Any:
        batches = order.reshape(cell.updates, cell.batch)
        return jax.lax.scan(lambda found, rows: step(found, x[rows], d[rows]), parameters, batches)[0]

    return epoch


class Products:
    """No network: the matrix products of a step alone, through BLAS into buffers made once, each one whole."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        batch = cell.batch
        self.W = [np.asfortranarray(w) for w in cell.weights]
        self.y = [np.ones((batch, m + 1), np.float32) for m in cell.sizes[:-1]]
        self.v = [np.zeros((batch, m), np.float32) for m in cell.sizes[1:]]

    def epoch(self, order: Array) -> None:
        last = len(self.W) - 1
        for _ in range(self.cell.updates):
            for W, y, v in zip(self.W, self.y, self.v, strict=True):
                np.matmul(y, W.T, out=v)
            for layer in range(last, 0, -1):
                np.matmul(self.v[layer], self.W[layer][:, 1:], out=self.v[layer - 1])
            for W, y, v in zip(self.W, self.y, self.v, strict=True):
                blas.sgemm(1e-12, v.T, y.T, beta=1.0, c=W, trans_b=True, overwrite_c=True)

    def weights(self) -> list[Array]:
        return self.W


PEERS: dict[str, type[Contestant]] = {
    "scikit-learn": ScikitLearn,
    "PyTorch": Torch,
    "JAX": Jax,
    "NumPy": PlainNumpy,
}
