"""One thin module per stage of dvc.yaml: reads its inputs, calls the rooms below, writes its outputs."""

from pipeline import launcher

launcher.launch()  # first: what is imported from here on is confined
