"""What the sandbox is told when it starts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """`api_keys`: the only keys it takes; none given, any `sk_test_…` will do."""

    public_url: str
    api_keys: frozenset[str] = frozenset()
