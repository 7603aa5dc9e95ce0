"""The sales that are simulated: one as assumed, and what may go wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .world import Fault, World

AS_ASSUMED = "as assumed"


@dataclass(frozen=True)
class Scene:
    name: str
    world: World


def scenes(base: World) -> list[Scene]:
    """The first is the sale without faults."""
    faulty = [
        ("control dead for 10 minutes", Fault("control dead")),
        ("payments fail for 10 minutes", Fault("payment outage")),
        ("conversion halved for 10 minutes", Fault("conversion halved")),
        ("everyone returns at once", Fault("everyone returns", begins=900.0)),
        ("paused for 5 minutes", Fault("pause", lasts=300.0)),
        ("clocks 30 seconds apart", Fault("clock skew", begins=0.0, lasts=base.longest)),
    ]
    return [
        Scene(AS_ASSUMED, base),
        *(Scene(name, replace(base, fault=fault)) for name, fault in faulty),
        Scene("80 % do not come", replace(base, shows=0.2)),
        Scene(
            "fewer people than places", replace(base, people=base.places // 20, late=base.late // 2)
        ),
        Scene("10 million people", replace(base, people=10 * base.people)),
    ]
