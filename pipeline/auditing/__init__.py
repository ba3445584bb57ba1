"""What could make a score on these rows mean less than it seems, and what simple rules score on them."""
