"""What a piece of work in the sandbox knows: whose account, what time, which request."""

from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.stripe.errors import no_such, not_found
from sandbox.stripe.store import Doc, Json, Store

PLATFORM = "platform_account"
APPLICATION = "connect_application"


@dataclass(frozen=True)
class Scope:
    """One transaction's view: everything it makes belongs to `account`."""

    store: Store
    account: str
    now: int
    public_url: str
    request_id: str | None = None
    idempotency_key: str | None = None

    @property
    def platform(self) -> str:
        return str(self.store.setting(PLATFORM))

    @property
    def application(self) -> str:
        return str(self.store.setting(APPLICATION))

    @property
    def connected(self) -> bool:
        return self.account != self.platform

    def of(self, account: str) -> "Scope":
        """The same work, on another account."""
        return replace(self, account=account)

    def add(self, body: Json, hidden: Json | None = None) -> Doc:
        return self.store.insert(Doc(self.account, body, hidden or {}))

    def save(self, doc: Doc) -> None:
        self.store.save(doc)

    def find(self, kind: str, object_id: str) -> Doc | None:
        return self.store.find(object_id, kind=kind, account=self.account)

    def get(self, kind: str, object_id: str, param: str = "id") -> Doc:
        """The object a URL names. Raises 404 `resource_missing`."""
        found = self.find(kind, object_id)
        if found is None:
            raise not_found(kind, object_id, param)
        return found

    def named(self, kind: str, object_id: str, param: str) -> Doc:
        """The object a parameter names. Raises 400 `resource_missing`."""
        found = self.find(kind, object_id)
        if found is None:
            raise no_such(kind, object_id, param)
        return found


@dataclass(frozen=True)
class Call(Scope):
    """One API request whose parameters have been read."""

    params: Json = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)
    key_hint: str = ""

    def param(self, name: str, default: Any = None) -> Any:
        return self.params.get(name, default)
