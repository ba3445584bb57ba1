"""Epochs: the training loop, stopping rules, metrics and the model that comes out."""
