"""The sandbox as a whole: its state, its threads, and which part answers which address."""

import re
import threading
import traceback
from collections.abc import Callable

from sandbox.stripe import clock, idempotency, timers
from sandbox.stripe.accounts.shape import new_account
from sandbox.stripe.api import Api
from sandbox.stripe.config import Config
from sandbox.stripe.context import APPLICATION, PLATFORM
from sandbox.stripe.control.api import Controls
from sandbox.stripe.deliveries import Deliveries
from sandbox.stripe.errors import ApiError, unknown_url
from sandbox.stripe.http import Request, Response, json_response
from sandbox.stripe.idempotency import Running
from sandbox.stripe.ids import new_id
from sandbox.stripe.pages.checkout import CheckoutPages
from sandbox.stripe.pages.dashboard import DashboardPages
from sandbox.stripe.pages.onboarding import OnboardingPages
from sandbox.stripe.pages.render import message
from sandbox.stripe.store import Doc, Store

TICK = 1.0
Page = Callable[..., Response]


class App:
    def __init__(self, path: str, config: Config) -> None:
        self.store = Store(path)
        self.config = config
        found_platform(self.store)
        with self.store.transaction():
            idempotency.forget_old(self.store, clock.now(self.store))
        self.deliveries = Deliveries(self.store)
        self._api = Api(self.store, config, Running())
        self._controls = Controls(self.store, config, self.deliveries)
        self._pages = self._page_table()

    def start(self) -> None:
        self.deliveries.start()
        threading.Thread(target=self._tick, name="clock", daemon=True).start()

    def handle(self, request: Request) -> Response:
        try:
            response = self._dispatch(request)
        except ApiError as error:
            response = json_response(error.status, error.body(""))
        except Exception:  # a bug of the sandbox's own: say so, and keep serving
            traceback.print_exc()
            response = json_response(
                500, {"error": {"type": "api_error", "message": "The sandbox broke."}}
            )
        if request.method != "GET":
            self.deliveries.wake()
        return response

    def _dispatch(self, request: Request) -> Response:
        if request.path == "/v1" or request.path.startswith(("/v1/", "/v2/")):
            return self._api.handle(request)
        if request.path.startswith("/_sandbox"):
            return self._controls.handle(request)
        for method, pattern, page in self._pages:
            matched = pattern.fullmatch(request.path)
            if matched and request.method in {method, "HEAD" if method == "GET" else method}:
                return page(request, *matched.groups())
        if "text/html" in (request.header("Accept") or ""):
            return message("Nothing here", "The sandbox has no such page.", status=404)
        raise unknown_url(request.method, request.path)

    def _page_table(self) -> list[tuple[str, re.Pattern[str], Page]]:
        checkout = CheckoutPages(self.store, self.config, self.deliveries)
        onboarding = OnboardingPages(self.store, self.config)
        dashboard = DashboardPages(self.store, self.config)
        table: list[tuple[str, str, Page]] = [
            ("GET", "/", dashboard.show),
            ("GET", r"/c/pay/(\w+)", checkout.show),
            ("POST", r"/c/pay/(\w+)", checkout.act),
            ("GET", r"/c/pay/(\w+)/authenticate", checkout.show_authentication),
            ("POST", r"/c/pay/(\w+)/authenticate", checkout.act),
            ("GET", r"/setup/c/(\w+)/(\w+)", onboarding.open_link),
            ("GET", r"/setup/s/(\w+)/([\w-]+)", onboarding.show),
            ("POST", r"/setup/s/(\w+)/([\w-]+)", onboarding.act),
            ("GET", r"/express/(\w+)/(\w+)", dashboard.express),
            ("POST", r"/express/(\w+)/(\w+)", dashboard.refund),
            ("GET", r"/receipts/(\w+)", dashboard.receipt),
        ]
        return [(method, re.compile(pattern), page) for method, pattern, page in table]

    def _tick(self) -> None:
        """What is due happens even when nobody asks."""
        while True:
            if timers.run_due(self.store, self.config.public_url):
                self.deliveries.wake()
            threading.Event().wait(TICK)


def found_platform(store: Store) -> None:
    """The one platform account that every key belongs to, made at the first start."""
    if store.setting(PLATFORM):
        return
    with store.transaction():
        account_id = new_id("acct", 16)
        body = new_account(account_id, "standard", None, "US", 0)
        body |= {
            "business_profile": body["business_profile"] | {"name": "Sandbox platform"},
            "charges_enabled": True,
            "payouts_enabled": True,
            "details_submitted": True,
            "email": "platform@example.com",
        }
        store.insert(Doc("-", body, {"standing": "verified", "requested": {}}))
        store.set_setting(PLATFORM, account_id)
        store.set_setting(APPLICATION, new_id("ca", 32))
