"""Folds use every row for validation, and cost a training each (notes, section 5).

Claim: the mean over K folds varies less from one dealing of the rows to the next than one held-out part does.
Predict first: which of the four is too pessimistic, and why?

    python docs/lessons/folds.py      writes folds.svg; about 7 seconds
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.utils import shuffle

from pipeline.estimators import BackpropClassifier
from pipeline.reporting.style import color, drawing, marker, percent, save

X, y = shuffle(*load_digits(return_X_y=True), random_state=0)
model = BackpropClassifier(20, optimizer="momentum", batch_size=10, epochs=10, patience=0, random_state=0)
truth = 1 - model.fit(X[:200], y[:200]).score(X[200:], y[200:])  # trained on all 200 rows, on 1,597 others
with drawing() as ((axes,), svg):
    for i, (folds, used) in enumerate(((5, 1), (2, 2), (5, 5), (10, 10))):  # hold-out is one of five folds
        cuts = [StratifiedKFold(folds, shuffle=True, random_state=k).split(X[:200], y[:200]) for k in range(6)]
        errors = [1 - np.mean(cross_val_score(model, X[:200], y[:200], cv=list(cut)[:used])) for cut in cuts]
        print(f"{used} of {folds} folds: {np.mean(errors):.2%} ± {np.std(errors, ddof=1):.2%}; in truth {truth:.2%}")
        axes.plot([f"{used} of {folds}"] * 6, errors, marker(i), color=color(i), alpha=0.7)
    axes.axhline(truth, linewidth=0.8, linestyle="--")
    axes.set(xlabel="folds used (dashed: 1,597 other rows)", ylabel="error found, six dealings")
    percent(axes.yaxis)
save(__file__, svg, "Hold-out and folds over six dealings")
