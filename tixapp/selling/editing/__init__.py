"""What the pages of the event editor fill in, compare and check."""
