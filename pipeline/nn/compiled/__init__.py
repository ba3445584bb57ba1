"""The same formulas as pipeline.nn, compiled: one call trains many batches, with no Python between two steps."""
