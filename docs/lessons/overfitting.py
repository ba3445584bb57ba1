"""A network goes on learning its training rows when it has nothing more to learn from them (notes, section 5).

Claim: on few rows the training cost falls smoothly to 0, while cost and error of rows held out turn or stand still.
Predict first: which turns earlier, the cost or the error of the rows held out?

    python docs/lessons/overfitting.py      writes overfitting.svg; about 6 seconds
"""

from sklearn.datasets import load_digits
from sklearn.utils import shuffle

from pipeline.estimators import BackpropClassifier
from pipeline.reporting.style import color, drawing, percent, save, stroke

X, y = shuffle(*load_digits(return_X_y=True), random_state=0)
model = BackpropClassifier(50, optimizer="descent", learning_rate=0.1, batch_size=10, epochs=300, patience=0)
model.set_params(random_state=0).fit(X[:100], y[:100], X_val=X[100:], y_val=y[100:])
with drawing(7.6, across=2) as (panels, svg):
    for axes, name in zip(panels, ("loss", "error"), strict=True):
        curves = [model.history_[f"{part}/{name}"] for part in ("train", "validation")]
        for i, (label, curve) in enumerate(zip(("100 training rows", "1,697 rows held out"), curves, strict=True)):
            axes.plot(model.history_["epoch"], curve, color=color(i), linestyle=stroke(1 - i), label=label)
        least = min(range(len(curves[1])), key=curves[1].__getitem__)
        print(f"{name}: least at epoch {least + 1} with {curves[1][least]:.4f}, at the end {curves[1][-1]:.4f}")
        axes.set(xlabel="epoch", ylabel=name)
    percent(panels[1].yaxis)
    panels[0].legend()
save(__file__, svg, "Cost and error of few training rows")
