"""The content-addressed store of trials, finished or not, and the sweeps made of them."""

import sys

if sys.argv[:1] == ["-m"] and any(word.endswith("trials.courier") for word in sys.orig_argv):
    import importlib

    # By name, as a stage's launcher imports this room. From here on the courier is confined.
    importlib.import_module("pipeline.launcher").launch()
