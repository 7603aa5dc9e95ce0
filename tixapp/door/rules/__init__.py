"""What follows from what, without a database: lines of a phone's log, and what stands of them."""
