"""Weights and activations only: the notes' formulas on arrays."""
