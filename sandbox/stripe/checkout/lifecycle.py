"""What happens to a session after it is made: a buyer pays, fails, waits, or time runs out."""

from sandbox.stripe import events, timers
from sandbox.stripe.context import Scope
from sandbox.stripe.payments import intents, methods
from sandbox.stripe.payments.methods import Payer
from sandbox.stripe.store import Doc, Json


def customer_details(
    email: str | None, address: Json | None = None, name: str | None = None
) -> Json:
    return {
        "address": address,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None if address is None else [],
    }


def branding(scope: Scope, wanted: Json) -> Json:
    base = {
        "background_color": "#ffffff",
        "border_style": "rounded",
        "button_color": "#0074d4",
        "display_name": seller_name(scope),
        "font_family": "default",
        "icon": None,
        "logo": None,
    }
    return base | {name: value for name, value in wanted.items() if value not in ("", None)}


def seller_name(scope: Scope) -> str:
    account = scope.store.find(scope.account, kind="account")
    body = account.body if account else {}
    profile = body.get("business_profile") or {}
    return str(profile.get("name") or body.get("email") or "Sandbox shop")


def _intent(scope: Scope, session: Doc, payer: Payer) -> Doc:
    """The session's PaymentIntent: made when paying starts, kept for later attempts."""
    body = session.body
    if body["payment_intent"]:
        return scope.get("payment_intent", body["payment_intent"])
    data = session.hidden["payment_intent_data"] | {
        "customer": body["customer"],
        "payment_method_types": body["payment_method_types"],
    }
    intent = intents.open_intent(scope, body["amount_total"], body["currency"], data, session.id)
    body["payment_intent"] = intent.id
    return intent


def pay(scope: Scope, session: Doc, payer: Payer, *, authenticated: bool = False) -> Doc:
    """Pays by card and completes the session. Answers the event of its completion."""
    if session.body["amount_total"]:
        intent = _intent(scope, session, payer)
        method = methods.add_card(scope, payer)
        intents.pay(scope, intent, method, authenticated=authenticated)
        session.body["payment_status"] = "paid"
    return _complete(scope, session, payer)


def pay_later(scope: Scope, session: Doc, payer: Payer) -> Doc:
    """Completes the session with a bank debit whose outcome is not known yet."""
    intent = _intent(scope, session, payer)
    method = methods.add_debit(scope, payer, session.body["currency"])
    intents.start_debit(scope, intent, method)
    return _complete(scope, session, payer)


def _complete(scope: Scope, session: Doc, payer: Payer) -> Doc:
    timers.stop(scope, "session_expires", session.id)
    session.body |= {
        "status": "complete",
        "url": None,
        "customer_details": customer_details(payer.email, payer.billing["address"], payer.name),
    }
    scope.save(session)
    return events.emit(scope, "checkout.session.completed", session.body)


def decline(scope: Scope, session: Doc, payer: Payer, reason: str = "generic_decline") -> None:
    """A card that is refused: the session stays open for another attempt."""
    intent = _intent(scope, session, payer)
    intents.decline(scope, intent, methods.add_card(scope, payer, "0002"), reason)
    scope.save(session)


def authenticate(scope: Scope, session: Doc, payer: Payer) -> None:
    """A card that wants 3-D Secure: the buyer is sent to the bank's page."""
    intent = _intent(scope, session, payer)
    url = f"{scope.public_url}/c/pay/{session.id}/authenticate"
    intents.ask_for_authentication(scope, intent, methods.add_card(scope, payer, "3155"), url)
    session.hidden["payer"] = {"email": payer.email, "name": payer.name}
    scope.save(session)


def fail_authentication(scope: Scope, session: Doc) -> None:
    intent = scope.get("payment_intent", session.body["payment_intent"])
    if intent.body["status"] == "requires_action":
        method = scope.get("payment_method", intent.body["payment_method"]).body
        intents.fail_authentication(scope, intent, method)


def payer_of(session: Doc) -> Payer:
    """The buyer who was sent to the bank's page."""
    return Payer(**session.hidden.get("payer", {"email": session.body["customer_email"]}))


def expire(scope: Scope, session: Doc) -> None:
    """Ends an open session: it can never be paid after this."""
    timers.stop(scope, "session_expires", session.id)
    session.body |= {"status": "expired", "url": None}
    scope.save(session)
    if session.body["payment_intent"]:
        intents.cancel(
            scope, scope.get("payment_intent", session.body["payment_intent"]), "expired"
        )
    events.emit(scope, "checkout.session.expired", session.body)


@timers.on("session_expires")
def _time_is_up(scope: Scope, session_id: str) -> None:
    session = scope.store.find(session_id, kind="checkout.session")
    if session is not None and session.body["status"] == "open":
        expire(scope.of(session.account), session)


@timers.on("debit_settles")
def _debit_settles(scope: Scope, intent_id: str) -> None:
    intent = scope.store.find(intent_id, kind="payment_intent")
    if intent is not None:
        settle_debit(scope.of(intent.account), intent, paid=True)


def settle_debit(scope: Scope, intent: Doc, *, paid: bool) -> None:
    """The outcome of a bank debit, told to its PaymentIntent and its session."""
    intents.settle_debit(scope, intent, paid=paid)
    session_id = intent.hidden.get("session")
    session = scope.find("checkout.session", session_id) if session_id else None
    if session is None:
        return
    if paid:
        session.body["payment_status"] = "paid"
        scope.save(session)
    outcome = "succeeded" if paid else "failed"
    events.emit(scope, f"checkout.session.async_payment_{outcome}", session.body)
