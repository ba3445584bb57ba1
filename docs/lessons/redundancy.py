"""Copies of a row are worth something to online learning, nothing to batch learning (notes, section 4).

Claim: with 10 copies of each of 100 patterns, online learning needs a tenth of the passes; batch learning as many.
Predict first: how far apart are the two curves of batch learning?

    python docs/lessons/redundancy.py      writes redundancy.svg; about 7 seconds
"""

import numpy as np
from sklearn.datasets import load_digits

from pipeline.estimators import BackpropClassifier
from pipeline.reporting.style import band, color, drawing, logarithmic, save, stroke

X, y = (rows[:100] for rows in load_digits(return_X_y=True))
with drawing() as ((axes,), svg):
    for i, (way, (batch, rate)) in enumerate({"online": (1, 0.01), "batch": (0, 0.3)}.items()):
        for j, copies in enumerate((1, 10)):
            model = BackpropClassifier(30, optimizer="descent", learning_rate=rate, epochs=60, patience=0)
            rows = np.tile(X, (copies, 1)), np.tile(y, copies)
            curves = [model.set_params(batch_size=batch, random_state=k).fit(*rows).loss_curve_ for k in range(3)]
            reached = [int(np.argmax(np.array(curve) < 0.05)) + 1 if min(curve) < 0.05 else None for curve in curves]
            print(f"{way}, {copies} copies: passes to a loss of 0.05 by seed: {reached}")
            band(axes, range(1, 61), curves, color(i), f"{way}, {copies} × 100 rows", stroke=stroke(j))
    logarithmic(axes)
    axes.set(
        xlabel="passes over the rows", ylabel="training loss", xscale="log", xticks=(1, 10, 60), xticklabels=(1, 10, 60)
    )
    axes.legend()
save(__file__, svg, "Online and batch learning with copies")
