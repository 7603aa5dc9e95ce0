"""What a person does on Stripe's own pages, done by a program: against a stand-in only.

Demo data and the API's `simulate` use it. It presses the same buttons by the same requests as a
browser does, so the product needs no other way in.
"""

from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

from tixapp.core.db import refuse_inside_transaction
from tixapp.core.errors import Forbidden

from .stripe import StripeRefused, StripeUnavailable

# Paying answers once the product has taken the webhook, or after 10 seconds.
ANSWER_SECONDS = 20
REFUSED = 400
FORM = "application/x-www-form-urlencoded"


class NotAStandIn(Forbidden):
    """Payments are real here: nobody clicks for a person."""

    code = "not_simulated"


class StandIn:
    """Raises NotAStandIn at once if `api_base` is Stripe itself."""

    def __init__(self, api_base: str) -> None:
        _refuse_stripe(api_base)

    def onboard(self, link: str, *, business_name: str) -> None:
        """Follows an onboarding link and completes its form."""
        _refuse_stripe(link)
        refuse_inside_transaction()
        try:
            with urlopen(link, timeout=ANSWER_SECONDS) as page:  # noqa: S310 - checked above
                form = page.geturl()
        except URLError as fault:
            raise StripeUnavailable(str(fault)) from fault
        _press(form, action="complete", business_name=business_name)

    def pay(self, session_url: str, *, action: str, **fields: str) -> None:
        """Presses a button of the payment page: `pay`, `decline`, `delayed`, `cancel`."""
        _refuse_stripe(session_url)
        refuse_inside_transaction()
        _press(session_url, action=action, **fields)


def _press(address: str, **fields: str) -> None:
    """Posts the form. Where it leads is none of our business: it is a page of this very site."""
    parts = urlsplit(address)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=ANSWER_SECONDS)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, urlencode(fields), {"Content-Type": FORM})
        status = connection.getresponse().status
    except (OSError, HTTPException) as fault:
        raise StripeUnavailable(str(fault)) from fault
    finally:
        connection.close()
    if status >= REFUSED:
        raise StripeRefused(f"The page answered {status}.", None)


def _refuse_stripe(address: str) -> None:
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".")
    if (
        parts.scheme not in {"http", "https"}
        or host == "stripe.com"
        or host.endswith(".stripe.com")
    ):
        raise NotAStandIn("Payments are real here, so they cannot be simulated.")
