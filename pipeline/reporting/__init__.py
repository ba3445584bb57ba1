"""Statistics, plots, the HTML report and the terminal summary."""
