"""The content-addressed store of trials, and the tables made from it."""
