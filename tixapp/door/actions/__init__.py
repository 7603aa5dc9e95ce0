"""What people and phones do at a door."""
