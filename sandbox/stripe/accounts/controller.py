"""Who answers for a connected account: the older `type`, or `controller` in its parts."""

from sandbox.stripe.errors import invalid
from sandbox.stripe.store import Json

BY_TYPE = {
    "standard": ("account", "stripe", "stripe", "full"),
    "express": ("application_express", "application", "stripe", "express"),
    "custom": ("application_custom", "application", "application", "none"),
}


def read(params: Json) -> tuple[str, Json]:
    """The account's type and controller. Raises ApiError for what Stripe does not offer."""
    kind, wanted = params.get("type"), params.get("controller")
    if kind and wanted:
        raise invalid(
            "You may only specify one of these parameters: type, controller.", "controller"
        )
    if kind:
        return kind, _shape(*BY_TYPE[kind])
    wanted = wanted or {}
    payer = wanted.get("fees", {}).get("payer", "account")
    losses = wanted.get("losses", {}).get("payments", "stripe")
    collects = wanted.get("requirement_collection", "stripe")
    dashboard = wanted.get("stripe_dashboard", {}).get("type", "full")
    _check(payer, losses, collects, dashboard)
    return "none", _shape(payer, losses, collects, dashboard)


def _shape(payer: str, losses: str, collects: str, dashboard: str) -> Json:
    return {
        "fees": {"payer": payer},
        "is_controller": True,
        "losses": {"payments": losses},
        "requirement_collection": collects,
        "stripe_dashboard": {"type": dashboard},
        "type": "application",
    }


def _check(payer: str, losses: str, collects: str, dashboard: str) -> None:
    if losses == "application" and payer != "application":
        raise invalid(
            "When `controller[losses][payments]` is `application`, `controller[fees][payer]`"
            " must be"
            " `application`.",
            "controller[fees][payer]",
        )
    if dashboard == "express" and (payer, losses) != ("application", "application"):
        raise invalid(
            "When `controller[stripe_dashboard][type]` is `express`, `controller[fees][payer]` and"
            " `controller[losses][payments]` must be `application`.",
            "controller[stripe_dashboard][type]",
        )
    if collects == "application" and (dashboard != "none" or losses != "application"):
        raise invalid(
            "When `controller[requirement_collection]` is `application`,"
            " `controller[stripe_dashboard][type]` must be `none` and"
            " `controller[losses][payments]` must"
            " be `application`.",
            "controller[requirement_collection]",
        )
    if dashboard == "full" and losses == "application":
        raise invalid(
            "When `controller[stripe_dashboard][type]` is `full`,"
            " `controller[losses][payments]` must be"
            " `stripe`.",
            "controller[losses][payments]",
        )
