"""A mail server that delivers to nobody, and a page to read what it caught."""
