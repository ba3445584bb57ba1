"""The laboratory of the notes' claims: each computed by this engine, and judged by a rule that was written before."""
