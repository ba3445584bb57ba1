"""Absolute values make weights 0, squares make them small (notes, section 6).

Claim: L1 makes weights sparse, L2 only shrinks them. The notes' step of L1 (by sgn w) jumps over 0 and back.
Predict first: which share of the weights is exactly 0 with the notes' step, and with the proximal one?

    python docs/lessons/sparsity.py      writes sparsity.svg; about 6 seconds
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.utils import shuffle

from pipeline.estimators import BackpropClassifier
from pipeline.reporting.style import color, drawing, percent, save, stroke

X, y = shuffle(*load_digits(return_X_y=True), random_state=0)
ways = {"no penalty": {}, "L2, λ = 0.003": {"weight_decay": 0.003}, "L1 by sgn w, λ = 0.001": {"l1": 0.001}}
ways["L1, proximal step, λ = 0.001"] = {"l1": 0.001, "l1_step": "proximal"}
with drawing(height=3.3) as ((axes,), svg):
    for i, (label, penalty) in enumerate(ways.items()):
        model = BackpropClassifier(30, optimizer="descent", learning_rate=0.05, batch_size=10, epochs=40, patience=0)
        model.set_params(random_state=0, **penalty).fit(X[:900], y[:900])
        sizes = np.sort(np.abs(np.concatenate([w.ravel() for w in model.coefs_])))
        print(f"{label}: {np.mean(sizes == 0):.1%} exactly 0; held-out error {1 - model.score(X[900:], y[900:]):.2%}")
        axes.plot(np.linspace(0, 1, len(sizes)), sizes, color=color(i), linestyle=stroke(i), label=label)
    axes.set(xlabel="share of the weights", ylabel="|w| at most", ylim=(-1e-4, 2))
    axes.set_yscale("symlog", linthresh=1e-3)
    percent(axes.xaxis)
    axes.legend()
save(__file__, svg, "Sizes of the weights by penalty")
