"""The same formulas, compiled: one call trains many batches, with no Python between two steps."""
