"""Holdout: a reproducible experiment pipeline for networks trained by backpropagation."""

import sys

if sys.argv[:1] == ["-m"]:  # so while Python looks for the module of `python -m pipeline.…`, a command
    from pipeline import extras

    extras.check()
