"""Searches against one another, and a grid, at equal numbers of trained epochs."""
