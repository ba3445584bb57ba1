"""The same formulas as pipeline.nn, compiled: one call trains many batches, with no Python between two steps.

In signatures ``float`` stands for a number of the arrays' own precision: Numba compiles one version for float32 and one
for float64, and looks at no annotation.
"""
