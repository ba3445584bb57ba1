"""Numbers that are the same on every processor: functions, sums and products in one order, draws, eigenvectors."""
