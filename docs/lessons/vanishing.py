"""Many layers multiply many slopes (notes, section 4).

Claim: each layer multiplies the way back by φ′ and w; where both are below 1, the first layers hardly get a gradient.
Predict first: by which factor does it fall from layer to layer with logistic units, whose φ′ is 1/4 at most?

    python docs/lessons/vanishing.py      writes vanishing.svg; about 5 seconds
"""

from sklearn.datasets import load_digits

from pipeline.estimators import BackpropClassifier
from pipeline.reporting.style import band, color, drawing, logarithmic, save, stroke, whole

X, y = (rows[:500] for rows in load_digits(return_X_y=True))
ways = {"logistic": {}, "tanh": {}, "relu": {}, "tanh, σ = 0.5": {"initializer": "normal", "sigma": 0.5}}
with drawing(height=3.3) as ((axes,), svg):
    for i, (label, more) in enumerate(ways.items()):
        norms = []
        for seed in range(5):
            model = BackpropClassifier((30,) * 9, activation=label.partition(",")[0], epochs=1, patience=0, **more)
            model.set_params(optimizer="descent", learning_rate=1e-3, diagnostics=True, random_state=seed).fit(X, y)
            norms.append([model.history_[f"layer{layer}/gradient_norm"][0] for layer in range(1, 11)])
        print(f"{label}: first layer / last layer, by seed: {[f'{one[0] / one[-1]:.2g}' for one in norms]}")
        band(axes, range(1, 11), norms, color(i), label, stroke=stroke(i))
    logarithmic(axes)
    whole(axes.xaxis)
    axes.set(xlabel="layer, from the inputs on", ylabel="norm of the gradient")
    axes.legend()
save(__file__, svg, "Gradients by layer of a deep network")
