"""Targets on the asymptotes drive the weights on and on (notes, section 4).

Claim: with targets of ±1 tanh outputs saturate and their weights grow without end; with a guard interval they rest.
Predict first: of which of the three is the largest share of output units saturated at the end?

    python docs/lessons/saturation.py      writes saturation.svg; about 7 seconds
"""

from sklearn.datasets import load_digits

from pipeline.estimators import BackpropClassifier
from pipeline.reporting.style import color, drawing, percent, save, stroke

X, y = (rows[:300] for rows in load_digits(return_X_y=True))
ways = {"targets ±1": ("tanh", 0.0), "targets ±0.9": ("tanh", 0.1), "tanh v + 0.1 v, targets ±1": ("tanh_linear", 0.0)}
with drawing(7.6, across=2) as ((left, right), svg):
    for i, (label, (output, guard)) in enumerate(ways.items()):
        model = BackpropClassifier(20, output=output, guard=guard, loss="squared_error", optimizer="descent")
        model.set_params(learning_rate=0.1, batch_size=10, epochs=400, patience=0, diagnostics=True, random_state=0)
        history = model.fit(X, y).history_
        look = {"color": color(i), "linestyle": stroke(i), "label": label}
        left.plot(history["epoch"], history["layer2/weight_norm"], **look)
        right.plot(history["epoch"], history["layer2/saturated"], **look)
    left.set(xlabel="epoch", ylabel="norm of the output weights")
    right.set(xlabel="epoch", ylabel="output units saturated")
    percent(right.yaxis)
    right.legend(loc="center right")
save(__file__, svg, "Weights and saturation by targets")
