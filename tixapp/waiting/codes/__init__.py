"""Secrets and signatures of waiting."""
