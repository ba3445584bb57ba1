"""Many small networks at once: leave-one-out, repeated folds and ensembles, on all cores; part of ``make bench``."""
