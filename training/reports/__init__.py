"""Model cards and tables, rendered from measured metrics."""
