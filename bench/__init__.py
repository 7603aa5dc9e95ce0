"""How fast and how dear: load against the real processes. `make bench`."""
