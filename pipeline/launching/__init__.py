"""A sweep's trials as jobs of Slurm or Ray: what is submitted, run there, and brought home."""

import sys

if sys.argv[:1] == ["-m"]:
    import importlib

    # By name, for a job's own process needs none of it. From here on a group of trials is confined as train is.
    importlib.import_module("pipeline.launcher").launch()
