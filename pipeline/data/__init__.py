"""Rows and samples only: reading sources, checking, splitting, encoding and preprocessing them."""
