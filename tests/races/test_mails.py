"""Several workers at one queue of letters."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import sqlalchemy as sa
from flask import Flask

from tests.fixtures.app import DbSession
from tests.fixtures.mailbox import Mailbox
from tixapp.core.db import transaction
from tixapp.mails.actions import Words, write_mail
from tixapp.mails.jobs import send_due_mails
from tixapp.mails.models import Mail, MailStatus

WORKERS = 4


def test_four_workers_send_each_letter_once(
    app: Flask, committed: DbSession, now: datetime, mailbox: Mailbox
) -> None:
    keys = [f"greeting:{number}" for number in range(20)]
    with transaction():
        for key in keys:
            write_mail(key, "bob@example.com", Words("Hello", "Hello\n", "<p>Hello</p>"), now=now)
    together = Barrier(WORKERS)

    def work() -> int:
        with app.app_context():
            together.wait()
            return send_due_mails()

    with ThreadPoolExecutor(WORKERS) as pool:
        sent = sum(future.result() for future in [pool.submit(work) for _ in range(WORKERS)])
    assert sent == 20
    assert Counter(letter.key for letter in mailbox.letters) == Counter(keys)
    assert set(committed.scalars(sa.select(Mail.status))) == {MailStatus.SENT}
