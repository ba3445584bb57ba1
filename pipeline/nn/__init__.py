"""Weights and activations only: the notes' formulas on arrays, no files and no rows."""
