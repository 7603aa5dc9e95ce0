"""What holds when processes are killed and Stripe misbehaves."""
