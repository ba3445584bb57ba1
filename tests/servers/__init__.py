"""Real servers on loopback for the tests of a remote of trials."""
