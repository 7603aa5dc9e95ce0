"""What we ask Stripe to tell us is what we act on, in the sandbox and in the instructions."""

from pathlib import Path

from sandbox.webhooks import EVENTS
from tixapp.webhooks.handlers import HANDLERS

DOCS = Path(__file__).resolve().parents[2] / "docs" / "payments.md"


def test_the_sandbox_sends_what_has_a_handler() -> None:
    assert set(EVENTS) == set(HANDLERS)


def test_the_instructions_name_every_event() -> None:
    text = DOCS.read_text()
    assert [kind for kind in HANDLERS if f"`{kind}`" not in text] == []
