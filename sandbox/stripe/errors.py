"""Stripe's errors, in Stripe's words and shape.

ApiError
├── refusals of a request's form: raised before anything happens, never stored under a key
└── refusals that depend on the state of things (`executed`): stored and replayed, as Stripe does
"""

from typing import Any

DOCS = "https://stripe.com/docs/error-codes/"


class ApiError(Exception):
    """An answer other than 2xx.

    `executed`: work on the request had begun. `keeps_effects`: what was written until then stays,
    as the failed attempt does when a card is declined.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        executed: bool = False,
        keeps_effects: bool = False,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.executed = executed
        self.keeps_effects = keeps_effects
        self.extra = extra or {}

    def body(self, log_url: str) -> dict[str, Any]:
        error: dict[str, Any] = {}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = DOCS + self.code.replace("_", "-")
        error["message"] = self.message
        if self.param is not None:
            error["param"] = self.param
        error["request_log_url"] = log_url
        error["type"] = self.kind
        return {"error": error | self.extra}


def invalid(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """A parameter that Stripe refuses on sight."""
    return ApiError(message, code=code, param=param)


def conflict(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """A request that was fine, but not in the state things are in."""
    return ApiError(message, code=code, param=param, executed=True)


def missing(param: str) -> ApiError:
    return invalid(f"Missing required param: {param}.", param, "parameter_missing")


def not_found(kind: str, wanted: str, param: str = "id") -> ApiError:
    """`kind` is Stripe's name of the object, as in "No such payment_intent: 'pi_1'"."""
    message = f"No such {kind}: '{wanted}'"
    return ApiError(message, status=404, code="resource_missing", param=param)


def no_such(kind: str, wanted: str, param: str) -> ApiError:
    """The same for an object named in a parameter, which Stripe answers with 400."""
    return invalid(f"No such {kind}: '{wanted}'", param, "resource_missing")


def not_simulated(what: str, param: str | None = None) -> ApiError:
    """Stripe would take this; the sandbox says so instead of pretending."""
    message = (
        f"The sandbox does not simulate {what}. Stripe knows it, so this is not a mistake of yours."
    )
    return invalid(message, param, "sandbox_not_simulated")


def unknown_url(method: str, path: str) -> ApiError:
    hint = " Please see https://stripe.com/docs or we can help at https://support.stripe.com/."
    if path.endswith("/"):
        hint = (
            " If you are trying to list objects, remove the trailing slash. If you are trying to"
            " retrieve an object, make sure you passed a valid (non-empty) identifier in your code."
            + hint
        )
    return ApiError(f"Unrecognized request URL ({method}: {path}).{hint}", status=404)


def account_invalid(key_hint: str, account: str) -> ApiError:
    return ApiError(
        f"The provided key '{key_hint}' does not have access to account '{account}' (or that"
        " account does not exist). Application access may have been revoked.",
        status=403,
        code="account_invalid",
    )


def rate_limited() -> ApiError:
    return ApiError(
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        status=429,
        code="rate_limit",
    )


def lock_timeout() -> ApiError:
    return ApiError(
        "This object cannot be accessed right now because another API request or Stripe process is"
        " currently accessing it. If you see this error intermittently, retry the request. If you"
        " see this error frequently and are making multiple concurrent requests to a single object,"
        " make your requests serially or at a lower rate.",
        status=429,
        code="lock_timeout",
    )


def broken() -> ApiError:
    return ApiError(
        "An error occurred with our connection to Stripe's servers. Please try again.",
        status=500,
        kind="api_error",
        executed=True,
    )
