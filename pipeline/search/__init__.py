"""Which settings are tried next: spaces of settings, and the searches that draw from them in batches."""
