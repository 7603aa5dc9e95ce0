"""Metadata: up to 50 pairs of strings that a caller attaches to an object."""

from typing import Any

from sandbox.stripe.errors import invalid

META_KEYS, META_KEY, META_VALUE = 50, 40, 500


def check_metadata(value: Any, param: str) -> dict[str, str]:
    """Up to 50 pairs of strings; an empty value asks to take the key out."""
    if not isinstance(value, dict):
        raise invalid("Invalid metadata: metadata must be a set of key-value pairs.", param)
    if len(value) > META_KEYS:
        raise invalid(
            f"Metadata can have at most {META_KEYS} keys, but you passed {len(value)}.", param
        )
    for key, text in value.items():
        inner = f"{param}[{key}]"
        if not isinstance(text, str):
            raise invalid("Metadata values must be strings, but this one is nested.", inner)
        if len(key) > META_KEY:
            raise invalid(
                f"Metadata keys can have up to {META_KEY} characters, but you passed in a key"
                f" that is"
                f" {len(key)} characters. Invalid key: {key}",
                inner,
            )
        if len(text) > META_VALUE:
            raise invalid(
                f"Metadata values can have up to {META_VALUE} characters, but you passed in a"
                f" value that"
                f" is {len(text)} characters. Invalid value: {text}",
                inner,
            )
    return dict(value)


def merged_metadata(
    held: dict[str, str] | None, change: Any, param: str = "metadata"
) -> dict[str, str]:
    """What Stripe keeps after `change`: keys added, replaced, or taken out by an empty value."""
    if change == "":
        return {}
    result = {k: v for k, v in {**(held or {}), **change}.items() if v != ""}
    if len(result) > META_KEYS:
        raise invalid(f"Metadata can have at most {META_KEYS} keys.", param)
    return result
