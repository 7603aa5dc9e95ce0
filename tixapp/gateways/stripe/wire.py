"""The SDK's way to the network: urllib3 by itself.

Its usual way is `requests`, which puts each call together for longer than the call takes. What
happens to a call is the same: timeouts, connections that are kept, certificates, a proxy named in
the environment, and which faults are worth another try; the SDK decides how often.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import stripe as sdk
import urllib3
from urllib3.exceptions import (
    ClosedPoolError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as TooSlow

# As many calls at once as a server has threads, and those of the sweeps; more are not kept open.
KEPT_OPEN = 24
PASSING = (TooSlow, ProtocolError, NewConnectionError, ProxyError, ClosedPoolError, OSError)


class Wire(sdk.HTTPClient):
    """One for all threads. `connect` and `answer`: how long each may take, in seconds."""

    name = "urllib3"

    def __init__(self, api_base: str, *, connect: float, answer: float) -> None:
        super().__init__()
        options: dict[str, Any] = {
            "maxsize": KEPT_OPEN,
            "timeout": urllib3.Timeout(connect=connect, read=answer),
            "retries": False,  # the SDK's business
            "ca_certs": sdk.ca_bundle_path,
            "cert_reqs": "CERT_REQUIRED",
        }
        proxy = _proxy_for(api_base)
        self._pools = (
            urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)
        )

    def request(  # type: ignore[override] # as the SDK's own clients: without `_usage`
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """The whole answer. Raises APIConnectionError, which says whether to try again."""
        try:
            answer = self._pools.urlopen(
                method.upper(), url, body=post_data, headers=headers, redirect=False
            )
        except Exception as fault:
            raise _told(fault) from fault
        return answer.data, answer.status, answer.headers

    def close(self) -> None:
        self._pools.clear()


def _told(fault: Exception) -> sdk.APIConnectionError:
    """A certificate that does not fit is not asked again: somebody may be in between."""
    passing = isinstance(fault, PASSING) and not isinstance(fault, SSLError)
    told = f"Stripe could not be reached ({type(fault).__name__}: {fault})"
    return sdk.APIConnectionError(told, should_retry=passing)  # type: ignore[no-untyped-call]


def _proxy_for(address: str) -> str | None:
    parts = urlsplit(address)
    if proxy_bypass(parts.netloc):
        return None
    return getproxies().get(parts.scheme)
