"""A trained model in use: rows as they come in, answers by name out."""
