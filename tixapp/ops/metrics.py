"""/metrics for Prometheus: this process's counts, and what the database says of all."""

import hmac
from collections.abc import Iterator

import sqlalchemy as sa
from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from tixapp.core.clock import system_time
from tixapp.core.db import db
from tixapp.orders.models import Order, OrderStatus
from tixapp.waiting.queries.room import people_in_rooms
from tixapp.web.counters import registry
from tixapp.web.running import settings

from .queries import backlog

bp = Blueprint("metrics", __name__)


def _correction() -> float:
    return system_time.corrected.total_seconds()


Gauge(
    "tixapp_clock_corrected_seconds",
    "By how much this process's clock was put right by the database's.",
    registry=registry,
).set_function(_correction)


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """With METRICS_TOKEN set, for whoever sends it; in production never without."""
    running = settings()
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    wanted = running.metrics_token
    if wanted:
        if not hmac.compare_digest(sent.encode(), wanted.encode()):
            abort(404)
    elif running.is_production:
        abort(404)
    body = generate_latest(registry) + generate_latest(_Shared())
    return Response(body, mimetype=CONTENT_TYPE_LATEST)


class _Shared:
    """Gauges that are the same whichever process is asked. Three statements."""

    def collect(self) -> Iterator[Metric]:
        waiting = GaugeMetricFamily("tixapp_waiting", "Rows that wait for work.", labels=["kind"])
        given_up = GaugeMetricFamily("tixapp_given_up", "Rows nobody tries again.", labels=["kind"])
        now = backlog()
        for kind, due, failed in (
            ("reaction", now.facts + now.reactions, now.reactions_failed),
            ("webhook", now.events, now.events_failed),
            ("letter", now.mails, now.mails_failed),
        ):
            waiting.add_metric([kind], due)
            given_up.add_metric([kind], failed)
        yield waiting
        yield given_up
        yield GaugeMetricFamily("tixapp_active_holds", "Holds.", value=now.active_holds)
        yield GaugeMetricFamily("tixapp_in_line", "Waiting-list entries.", value=now.in_line)
        yield GaugeMetricFamily("tixapp_open_offers", "Offers of lists.", value=now.open_offers)
        yield _orders()
        yield _rooms()


def _rooms() -> Metric:
    """By what people do in all rooms that are not closed; as the control counted last."""
    family = GaugeMetricFamily("tixapp_rooms", "People in waiting rooms.", labels=["kind"])
    for kind, count in people_in_rooms().items():
        family.add_metric([kind], count)
    return family


def _orders() -> Metric:
    family = GaugeMetricFamily("tixapp_orders", "Orders by status.", labels=["status"])
    rows = db.session.execute(sa.select(Order.status, sa.func.count()).group_by(Order.status))
    counts = {row[0]: row[1] for row in rows}
    for status in OrderStatus:
        family.add_metric([status.value], counts.get(status, 0))
    return family
