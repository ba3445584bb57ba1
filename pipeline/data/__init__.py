"""Rows and columns only: reading files, checks, labels."""
