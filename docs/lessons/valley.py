"""Momentum rolls along a valley in which descent crosses from side to side (notes, section 6).

Claim: momentum builds up speed along the valley's floor; with too much of it, the weights overshoot.
Predict first: which μ of 0, 0.5, 0.9 and 0.99 is nearest to the minimum after 60 steps?

    python docs/lessons/valley.py      writes valley.svg; about 5 seconds
"""

import numpy as np

from pipeline.estimators import BackpropRegressor
from pipeline.reporting.style import SOFT, color, drawing, marker, save

X = np.random.default_rng(0).normal(size=(200, 2)) * [1.0, 0.15]  # variances that differ make the valley
y = X @ [1.0, 1.0]  # no noise: the minimum is at w = (1, 1)
with drawing(height=3.6) as ((axes,), svg):
    one, two = np.meshgrid(np.linspace(-0.5, 2.5, 80), np.linspace(-0.5, 2.5, 80))
    E = 0.5 * np.mean((X[:, 0] * (one - 1)[..., None] + X[:, 1] * (two - 1)[..., None]) ** 2, axis=-1)
    axes.contour(one, two, E, levels=np.geomspace(1e-3, 2, 9), colors=SOFT, linewidths=0.5)
    for i, mu in enumerate((0.0, 0.5, 0.9, 0.99)):
        model = BackpropRegressor((), optimizer="momentum", momentum=mu, learning_rate=0.5, batch_size=0)
        model.set_params(preprocessing="none", initializer="zeros", bias_factor=0.0)
        path = [np.zeros(2), *(model.partial_fit(X, y).coefs_[0][:, 0].copy() for _ in range(60))]
        print(f"μ = {mu}: {np.linalg.norm(path[-1] - 1):.4f} from the minimum after 60 steps")
        axes.plot(*np.transpose(path), f"{marker(i)}-", markersize=3, linewidth=0.8, color=color(i), label=f"μ = {mu}")
    axes.set(xlabel="w₁", ylabel="w₂", xlim=(-0.5, 2.5), ylim=(-0.5, 2.5))
    axes.legend()
save(__file__, svg, "Paths down a valley by momentum")
