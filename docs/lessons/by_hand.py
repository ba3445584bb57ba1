"""A derivative is a product of two signals (notes, section 1).

Claim: ∂E/∂w = −(signal before w on the way forward) × (signal before w on the way back), for every weight.
Predict first: a weight that starts at a unit with y = 0, what is its derivative? And if its δ is 0?

    python docs/lessons/by_hand.py      writes by_hand.svg; about 2 seconds
"""

import numpy as np

from pipeline.nn.network import Architecture
from pipeline.reporting.style import color, drawing, marker, save
from pipeline.worked import Problem, drawn, work

sizes = (2, 2, 2)
network = Architecture(sizes, ("tanh", "tanh"), "squared_error")
found = work(Problem(network, drawn(sizes, seed=1), np.array([1.0, 0.5]), np.array([1.0, -1.0]), rate=0.1))
with drawing() as ((axes,), svg):
    for i, (delta, below, numeric) in enumerate(zip(found.delta, found.below, found.numeric, strict=True)):
        products = -np.outer(delta, below)  # −δ (units,) times [1 y] of the layer below: biases first
        print(f"layer {i + 1}: products\n{products.round(4)}\nslopes by differences of E\n{numeric.round(4)}")
        axes.plot(products.ravel(), numeric.ravel(), marker(i), color=color(i), label=f"weights of layer {i + 1}")
    axes.axline((0, 0), slope=1, linewidth=0.8)
    axes.set(xlabel="−δ · y, the product of the signals", ylabel="slope of E by differences")
    axes.legend()
save(__file__, svg, "Products of signals against slopes")
