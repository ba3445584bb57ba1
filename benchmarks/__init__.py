"""The engine against its peers and against itself, interleaved in one process on one core."""
