"""Faults on demand: what goes wrong with the next requests or deliveries that fit a rule."""

from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from random import SystemRandom
from typing import Any

from sandbox.stripe.errors import invalid
from sandbox.stripe.ids import new_id
from sandbox.stripe.store import Store

SETTING = "faults"
_dice = SystemRandom()
API_ACTIONS = {
    "429", "lock_timeout", "500_before", "500_after", "drop_before", "drop", "slow", "slow_after",
}  # fmt: skip
WEBHOOK_ACTIONS = {"lose", "delay", "duplicate", "reorder"}


@dataclass
class Fault:
    """`count` times, on API requests (`method`, `path`) or on deliveries (`type`).

    `chance` is how likely it is to hit one that fits.
    """

    action: str
    method: str = "*"
    path: str = "*"
    type: str = "*"
    account: str = "*"
    count: int = 1
    chance: float = 1.0
    seconds: float = 2.0
    times: int = 2
    remember: bool = True
    used: int = 0
    since: float = 0.0
    id: str = field(default_factory=lambda: new_id("fault", 8))

    @property
    def about_webhooks(self) -> bool:
        return self.action in WEBHOOK_ACTIONS


def add(store: Store, wanted: dict[str, Any]) -> Fault:
    """Inside a transaction. Raises ApiError for a rule that makes no sense."""
    allowed = set(Fault.__dataclass_fields__) - {"id", "used", "since"}
    if wanted.get("action") not in API_ACTIONS | WEBHOOK_ACTIONS:
        known = ", ".join(sorted(API_ACTIONS | WEBHOOK_ACTIONS))
        raise invalid(f"Unknown action. Known are: {known}.", "action")
    for name, value in wanted.items():
        if name not in allowed:
            raise invalid(f"A fault has no '{name}'. It has: {', '.join(sorted(allowed))}.", name)
        _check(name, value)
    fault = Fault(**wanted)
    _save(store, [*listed(store), fault])
    return fault


def _check(name: str, value: Any) -> None:
    default = Fault.__dataclass_fields__[name].default
    wanted = type(default) if isinstance(default, bool | int | float) else str
    good = type(value) is wanted or (wanted is float and type(value) is int)
    if not good:
        raise invalid(f"'{name}' must be of type {wanted.__name__}.", name)


def listed(store: Store) -> list[Fault]:
    return [Fault(**row) for row in store.setting(SETTING, [])]


def clear(store: Store, fault_id: str | None = None) -> None:
    """Inside a transaction. One rule, or all of them."""
    _save(store, [f for f in listed(store) if fault_id is not None and f.id != fault_id])


def _save(store: Store, faults: list[Fault]) -> None:
    store.set_setting(SETTING, [asdict(fault) for fault in faults])


def take_for_request(store: Store, method: str, path: str, account: str) -> Fault | None:
    """The rule that fits this request, used up by one."""

    def fits(fault: Fault) -> bool:
        return (
            not fault.about_webhooks
            and fault.method in {"*", method}
            and fnmatchcase(path, fault.path)
            and fnmatchcase(account, fault.account)
        )

    if not store.setting(SETTING):
        return None
    with store.transaction():
        return _take(store, fits)


def take_for_delivery(store: Store, kind: str, account: str, now: float) -> Fault | None:
    """The same for the first attempt to deliver an event; inside a transaction."""

    def fits(fault: Fault) -> bool:
        return (
            fault.about_webhooks
            and fnmatchcase(kind, fault.type)
            and fnmatchcase(account, fault.account)
        )

    return _take(store, fits, now) if store.setting(SETTING) else None


def _take(store: Store, fits: Any, now: float = 0.0) -> Fault | None:
    faults = listed(store)
    for fault in faults:
        if fits(fault) and (fault.chance >= 1 or _dice.random() < fault.chance):
            fault.used += 1
            fault.since = fault.since or now
            _save(store, [f for f in faults if f.used < f.count])
            return fault
    return None
