"""Data to try tixapp with: ten events, who sells them, who buys. Loaded on purpose only."""
