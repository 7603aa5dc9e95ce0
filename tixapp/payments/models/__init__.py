"""Money in and out: payments, refunds, disputes, and the ledger that says why each unit moved.

Payment  created ─→ processing ─→ succeeded ─→ disputed
            └───────────┴─→ failed | canceled
Refund   requested ─submit→ submitted ─→ succeeded
            └─reject→ rejected └─→ failed ─retry→ requested     a retry is a new key
"""

from .disputes import Dispute, DisputeStatus
from .ledger import EntryKind, LedgerEntry
from .payments import BOOKED_PAYMENTS, OPEN_PAYMENTS, Payment, PaymentStatus, session_key
from .refunds import Refund, RefundStatus

__all__ = [
    "BOOKED_PAYMENTS",
    "OPEN_PAYMENTS",
    "Dispute",
    "DisputeStatus",
    "EntryKind",
    "LedgerEntry",
    "Payment",
    "PaymentStatus",
    "Refund",
    "RefundStatus",
    "session_key",
]
