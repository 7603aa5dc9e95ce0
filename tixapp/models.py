"""Every table, so that migrations and the audit see all of them."""

from tixapp.accounts import models as accounts
from tixapp.core import facts, trail
from tixapp.door import models as door
from tixapp.events import models as events
from tixapp.inventory import codes
from tixapp.inventory import models as inventory
from tixapp.mails import models as mails
from tixapp.orders import models as orders
from tixapp.payments import models as payments
from tixapp.payments import payouts
from tixapp.sellers import models as sellers
from tixapp.selling import messages_to_buyers as messages
from tixapp.tallies import models as tallies
from tixapp.tickets import models as tickets
from tixapp.waiting import models as waiting
from tixapp.webhooks import models as webhooks

__all__ = [
    "accounts",
    "codes",
    "door",
    "events",
    "facts",
    "inventory",
    "mails",
    "messages",
    "orders",
    "payments",
    "payouts",
    "sellers",
    "tallies",
    "tickets",
    "trail",
    "waiting",
    "webhooks",
]
