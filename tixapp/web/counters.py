"""Counts of this process, for /metrics. What many processes share is counted in the database."""

from prometheus_client import CollectorRegistry, Counter, Histogram

registry = CollectorRegistry()

requests = Histogram(
    "tixapp_request_seconds",
    "How long answers took, by kind of page.",
    ["endpoint", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=registry,
)
refusals = Counter(
    "tixapp_refusals_total",
    "What was refused, by code; sold_out among them is an attempt to buy what is gone.",
    ["code"],
    registry=registry,
)
