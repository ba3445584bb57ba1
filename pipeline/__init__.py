"""Holdout: a reproducible experiment pipeline for networks trained by backpropagation."""
