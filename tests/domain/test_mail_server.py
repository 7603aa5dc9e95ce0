"""A mail server that is away, slow or in a bad mood: no letter is lost, and none goes out twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.fixtures.mail_server import HANG_UP, SILENCE, MailServer, mail_server, use_mail_port
from tests.fixtures.mailbox import Mailbox
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.mails.actions import Words, write_mail
from tixapp.mails.jobs import send_due_mails
from tixapp.mails.models import Mail, MailStatus

__all__ = ["mail_server"]

WORDS = Words("Hello", "Dear Bob\n", "<p>Dear Bob</p>")
CLOSED_PORT = 9  # the discard port: nobody listens
HOUR = timedelta(hours=1)
GREYLISTED = "451 4.7.1 greylisted, come back later"


def write(*addresses: str) -> None:
    with transaction():
        for address in addresses:
            write_mail(f"greeting:{address}", address, WORDS, now=clock.now())


def recipients(server: MailServer) -> list[str]:
    return [str(letter["To"]) for letter in server.letters]


def statuses() -> Iterable[MailStatus]:
    db.session.expire_all()
    return db.session.scalars(sa.select(Mail.status).order_by(Mail.id)).all()


@pytest.mark.parametrize(
    ("moment", "answer"),
    [
        ("hello", "421 too busy"),
        ("hello", HANG_UP),
        ("mail", "451 try later"),
        ("rcpt", GREYLISTED),
        ("rcpt", HANG_UP),
        ("data", "451 try later"),
        ("letter", "452 no room"),
        ("letter", "554 looks like junk today"),
    ],
)
def test_what_was_not_taken_goes_out_later_and_once(
    now: datetime, at, mail_server: MailServer, moment: str, answer: str
) -> None:
    write("bob@example.com")
    word = moment if moment in {"hello", "letter"} else moment.upper()
    mail_server.answers[word] = [answer]
    assert (send_due_mails(), mail_server.letters) == (0, [])
    assert send_due_mails() == 0  # not yet
    at(HOUR)
    assert (send_due_mails(), recipients(mail_server)) == (1, ["bob@example.com"])
    at(HOUR)
    assert (send_due_mails(), statuses()) == (0, [MailStatus.SENT])


def test_while_it_is_down_letters_wait_and_lose_one_try_at_the_most(
    app: Flask, now: datetime, at, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("bob@example.com", "carol@example.com")
    with monkeypatch.context() as down:
        use_mail_port(app, down, CLOSED_PORT)
        assert (send_due_mails(), statuses()) == (0, [MailStatus.QUEUED] * 2)
    assert list(db.session.scalars(sa.select(Mail.attempts).order_by(Mail.id))) == [1, 0]
    at(HOUR)
    assert send_due_mails() == 2
    assert sorted(recipients(mail_server)) == ["bob@example.com", "carol@example.com"]


@pytest.mark.parametrize("word", ["hello", "RCPT"])
def test_one_that_says_nothing_is_given_up_on(
    now: datetime, at, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setattr("tixapp.gateways.mail.TIMEOUT_SECONDS", 0.2)
    write("bob@example.com")
    mail_server.answers[word] = [SILENCE]
    assert (send_due_mails(), statuses()) == (0, [MailStatus.QUEUED])
    at(HOUR)
    assert (send_due_mails(), recipients(mail_server)) == (1, ["bob@example.com"])


@pytest.mark.parametrize("answer", ["421 too busy to say goodbye", HANG_UP, SILENCE])
def test_a_letter_that_was_taken_is_taken_however_the_server_parts(
    now: datetime, at, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr("tixapp.gateways.mail.TIMEOUT_SECONDS", 0.2)
    write("bob@example.com")
    mail_server.answers["QUIT"] = [answer]
    assert send_due_mails() == 1
    at(HOUR)
    assert (send_due_mails(), recipients(mail_server)) == (0, ["bob@example.com"])


def test_one_whose_answer_is_lost_comes_again_under_the_same_name(
    now: datetime, at, mail_server: MailServer
) -> None:
    """Nobody can know that it was taken: mail programs show the two as one."""
    write("bob@example.com")
    mail_server.answers["letter"] = [HANG_UP]
    assert send_due_mails() == 0
    at(HOUR)
    assert send_due_mails() == 1
    first, second = mail_server.letters
    assert (
        first["Message-ID"] == second["Message-ID"] == ("<greeting-bob-example.com@tixapp.example>")
    )


def test_a_recipient_who_is_put_off_holds_up_nobody(
    now: datetime, at, mail_server: MailServer
) -> None:
    write("bob@grey.example", "carol@example.com", "dan@example.com")
    mail_server.answers["bob@grey.example"] = [GREYLISTED]
    assert send_due_mails() == 2
    assert recipients(mail_server) == ["carol@example.com", "dan@example.com"]
    at(HOUR)
    assert send_due_mails() == 1
    assert statuses() == [MailStatus.SENT] * 3


def test_with_a_slow_server_no_letter_is_begun_when_its_lease_may_end(
    now: datetime, at, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(*(f"fan{number}@example.com" for number in range(7)))
    take, in_hand = mailbox.send, []

    def slowly(letter) -> None:
        at(timedelta(seconds=90))
        lease = sa.select(Mail.due_at).where(Mail.key == letter.key)
        in_hand.append(db.session.scalar(lease) > clock.now())
        db.session.rollback()
        take(letter)

    monkeypatch.setattr(mailbox, "send", slowly)
    assert send_due_mails() == 7
    assert in_hand == [True] * 7
    assert len({letter.key for letter in mailbox.letters}) == len(mailbox.letters) == 7
