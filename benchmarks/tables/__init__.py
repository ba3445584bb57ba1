"""Ten real tables: ours beside what people use instead, on the same rows; see docs/benchmarks.md."""
