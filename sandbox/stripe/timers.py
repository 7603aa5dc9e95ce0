"""What happens by itself in time: sessions expire, late payments settle, money arrives."""

from collections.abc import Callable

from sandbox.stripe import clock
from sandbox.stripe.context import Scope
from sandbox.stripe.store import Store

Action = Callable[[Scope, str], None]
ACTIONS: dict[str, Action] = {}
BATCH = 200


def on(kind: str) -> Callable[[Action], Action]:
    """Registers what a timer does with the object it names; `Scope.account` is the platform."""

    def register(action: Action) -> Action:
        ACTIONS[kind] = action
        return action

    return register


def start(scope: Scope, kind: str, ref: str, at: int) -> None:
    scope.store.run("INSERT OR REPLACE INTO due VALUES (?, ?, ?)", (kind, ref, at))


def stop(scope: Scope, kind: str, ref: str) -> None:
    scope.store.run("DELETE FROM due WHERE kind = ? AND ref = ?", (kind, ref))


def run_due(store: Store, public_url: str) -> int:
    """Everything that is due, in order of time, each in its own transaction. Answers how many."""
    done = 0
    while True:
        now = clock.now(store)
        rows = store.rows(
            "SELECT kind, ref FROM due WHERE at <= ? ORDER BY at LIMIT ?", (now, BATCH)
        )
        if not rows:
            return done
        for kind, ref in rows:
            with store.transaction():
                if store.run("DELETE FROM due WHERE kind = ? AND ref = ?", (kind, ref)):
                    scope = Scope(store, str(store.setting("platform_account")), now, public_url)
                    ACTIONS[kind](scope, ref)
                    done += 1
