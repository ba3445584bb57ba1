"""From weights of zero only one number ever moves (notes, section 4).

Claim: one input, one output, tanh units, all weights 0: they remain 0 but for the bias of the output.
Predict first: what does the network answer in the end, for any x?

    python docs/lessons/zeros.py      writes zeros.svg; about 6 seconds
"""

import numpy as np

from pipeline.estimators import BackpropRegressor
from pipeline.reporting.style import SOFT, color, drawing, save, stroke

x = np.linspace(-1, 1, 50)[:, None]
y = np.sin(3 * x[:, 0]) + 0.5
with drawing(7.6, across=2) as ((left, right), svg):
    for i, initializer in enumerate(("zeros", "fan_in")):
        model = BackpropRegressor(8, activation="tanh", initializer=initializer, optimizer="descent", batch_size=1)
        model.set_params(preprocessing="none", learning_rate=0.1, random_state=0)
        fits = [model.partial_fit(x, y).coefs_ + model.intercepts_ for _ in range(60)]
        numbers = [np.concatenate([w.ravel() for w in fit]) for fit in fits]
        print(f"{initializer}: {np.count_nonzero(numbers[-1])} of {len(numbers[-1])} numbers have moved from 0")
        left.plot(range(1, 61), numbers, color=color(i), linestyle=stroke(i), linewidth=0.8)
        right.plot(x, model.predict(x), color=color(i), linestyle=stroke(i), label=initializer)
    right.plot(x, y, color=SOFT, linewidth=0.8, label="truth")
    left.set(xlabel="epoch", ylabel="every weight and bias")
    right.set(xlabel="x", ylabel="answer after 60 epochs")
    right.legend()
save(__file__, svg, "Weights that start at zero")
