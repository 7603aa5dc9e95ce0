"""What Stripe says of an account, in plain words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as __

from .models import Seller

# Stripe's names of what it wants to know, by their beginnings; the first that fits. People's ids
# (`person_1Ab…`) stand where `representative` may stand.
_NEEDS = (
    ("external_account", __("The bank account that the money is paid out to")),
    ("tos_acceptance", __("Your agreement to Stripe's terms")),
    ("business_profile.url", __("Your website, or what you sell if you have none")),
    ("business_profile.mcc", __("What kind of business it is")),
    ("business_profile", __("What you sell")),
    ("business_type", __("Whether you sell as a person, a company or a club")),
    ("settlement_timing", __("How fast you are paid out")),
    ("company.verification", __("A document about the company")),
    ("company.tax_id", __("The company's tax or register number")),
    ("company.address", __("The company's address")),
    ("company.owners", __("Who owns the company")),
    ("company", __("Details of the company")),
    ("owners", __("Who owns the company")),
    ("directors", __("Who runs the company")),
)
_NEEDS_OF_A_PERSON = (
    ("verification", __("A photo of an identity card or passport")),
    ("dob", __("A date of birth")),
    ("address", __("A home address")),
    ("id_number", __("A tax or identity number")),
    ("ssn_last_4", __("A tax or identity number")),
    ("phone", __("A telephone number")),
    ("email", __("An e-mail address")),
    ("first_name", __("A person's name")),
    ("last_name", __("A person's name")),
    ("relationship", __("What the person does in the company")),
)
_SOMETHING_ELSE = __("Some more details")

_REASONS = {
    "requirements.past_due": __("Stripe is missing something that it needs by now."),
    "requirements.pending_verification": __(
        "Stripe is checking what you told it. That takes minutes, sometimes a few days; there is"
        " nothing to do until then."
    ),
    "action_required.requested_capabilities": __("Stripe wants you to finish its form."),
    "under_review": __("Stripe is looking at the account. It will write to you."),
    "platform_paused": __("The account is paused. Ask the people who run this site."),
    "rejected.fraud": __("Stripe has closed the account because it suspects a fraud."),
    "rejected.incomplete_verification": __(
        "Stripe has closed the account because it could not find out who you are."
    ),
    "rejected.terms_of_service": __("Stripe has closed the account because of its terms."),
    "rejected.listed": __("Stripe has closed the account: a name is on a list of sanctions."),
    "listed": __("Stripe is checking whether a name is on a list of sanctions."),
    "disconnected": __("The account was disconnected from this site in Stripe's dashboard."),
}
_CLOSED = ("rejected.",)


@dataclass(frozen=True)
class Standing:
    """Where a seller's account stands. `state`: new, unfinished, checking, stopped, closed, unpaid
    (payments arrive, but are not paid out) or ready."""

    state: str
    reason: str
    needs: list[str]
    checking: list[str]
    deadline: datetime | None

    @property
    def can_continue(self) -> bool:
        """Whether the owner can do something about it at Stripe."""
        return self.state in {"new", "unfinished", "stopped", "unpaid"}


def standing_of(seller: Seller) -> Standing:
    wants = seller.requirements
    due = wants.get("current_deadline")
    return Standing(
        state=_state(seller),
        reason=_reason(str(wants.get("disabled_reason") or "")),
        needs=needs_of(wants),
        checking=_words(wants.get("pending_verification") or []),
        deadline=datetime.fromtimestamp(due, UTC) if isinstance(due, int) else None,
    )


def needs_of(requirements: Mapping[str, Any]) -> list[str]:
    """What Stripe wants to know now, each thing once."""
    names = [*(requirements.get("past_due") or []), *(requirements.get("currently_due") or [])]
    return _words(names)


def _state(seller: Seller) -> str:
    reason = str(seller.requirements.get("disabled_reason") or "")
    if seller.stripe_account is None or seller.account_read_at is None:
        return "new"
    if seller.charges_enabled:
        return "ready" if seller.payouts_enabled else "unpaid"
    if reason.startswith(_CLOSED):
        return "closed"
    if reason == "requirements.pending_verification":
        return "checking"
    return "stopped" if seller.has_charged else "unfinished"


def _reason(code: str) -> str:
    if not code:
        return ""
    return str(_REASONS.get(code) or _("Stripe takes no payments for this account at the moment."))


def _words(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(_word(name) for name in names))


def _word(name: str) -> str:
    owner, _dot, rest = name.partition(".")
    for start, words in _NEEDS:
        if name == start or name.startswith((f"{start}.", f"{start}_")):
            return str(words)
    if rest and (owner in {"individual", "representative"} or owner.startswith("person_")):
        for start, words in _NEEDS_OF_A_PERSON:
            if rest.startswith(start):
                return str(words)
    return str(_SOMETHING_ELSE)
