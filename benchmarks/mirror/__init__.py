"""The mirror beside many trials at once: what it loses, how far it lags, and what it costs."""
