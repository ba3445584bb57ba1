"""The mirror that copies the store of trials into MLflow: the only importer of mlflow; nothing reads it back."""

import sys

if sys.argv[:1] == ["-m"] and any(word.endswith(("tracking.mirror", "tracking.rebuild")) for word in sys.orig_argv):
    import importlib

    # By name, for a model that is served elsewhere comes without it. From here on the mirror is confined.
    importlib.import_module("pipeline.launcher").launch()
