"""An activation is a function and its way back (notes, sections 2 and 4).

Claim: with φ and e φ′ written down, a unit of one's own trains at once; a wrong φ′ shows in the differences.
Predict first: φ(v) = v / (1 + |v|). What is φ′ as a function of y = φ(v)? Does it learn faster than tanh?

    python docs/lessons/new_activation.py      writes new_activation.svg; about 5 seconds
"""

import numpy as np
from sklearn.datasets import load_digits

from pipeline.check_activation import observations
from pipeline.estimators import BackpropClassifier
from pipeline.nn.activations import ACTIVATIONS, Activation
from pipeline.reporting.style import color, drawing, save

ways = {  # φ(v) into out; e times φ′(v) = (1 − |y|)² into e
    "forward": lambda v, out: np.divide(v, 1 + np.abs(v), out=out),
    "backward": lambda e, v, y: np.multiply(e, np.square(1 - np.abs(y)), out=e),
}
ACTIVATIONS["softsign"] = lambda: Activation("softsign", **ways, low=-1, high=1, guard=0.1, steepest=1)
print(*(f"{one.text} {'✗' if one.fault else '✓'}" for one in observations("softsign")), sep="\n")
X, y = (rows[:500] for rows in load_digits(return_X_y=True))
with drawing() as ((axes,), svg):
    for i, name in enumerate(("tanh", "softsign")):
        model = BackpropClassifier(30, activation=name, engine="numpy", epochs=30, patience=0)
        axes.plot(model.set_params(random_state=0).fit(X, y).loss_curve_, color=color(i), label=name)
    axes.set(xlabel="epoch", ylabel="training loss")
    axes.legend()
save(__file__, svg, "Training loss of tanh and softsign")
