"""Parts that the whole page shares: its style, scripts and server functions."""
