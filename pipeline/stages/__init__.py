"""One thin module per stage of dvc.yaml: reads its inputs, calls the rooms below, writes its outputs."""

import sys

from pipeline import launcher, numerics

launcher.launch()  # first: what is imported from here on is confined
numerics.settle(numerics.wanted(sys.argv[1:]))
