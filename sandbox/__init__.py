"""Everything tixapp needs on one machine: PostgreSQL, Redis, mail and a Stripe stand-in."""
