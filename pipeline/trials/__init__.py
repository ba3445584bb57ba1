"""The content-addressed store of trials, finished or not, and the sweeps made of them."""
