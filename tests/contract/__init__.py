"""The Stripe sandbox, looked at from outside: through Stripe's SDK and by plain HTTP."""
