"""Waiting: the list after a sale and the room before it, a package for each kind of file."""
