"""A letter is a row first, goes out once, and is tried again while the mail server is away."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from tests.fixtures.mailbox import Mailbox
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.gateways.mail import Attachment, MailRefused, MailUnavailable
from tixapp.mails.actions import Enclosure, Words, claim_mails, write_mail
from tixapp.mails.jobs import send_due_mails
from tixapp.mails.letters import words_of, write_letter
from tixapp.mails.models import Mail, MailStatus

WORDS = Words(subject="Hello", text="Dear Bob\n", html="<p>Dear Bob</p>")


def write(key: str = "greeting:1", to: str = "bob@example.com", *, now: datetime) -> bool:
    with transaction():
        return write_mail(key, to, WORDS, now=now)


def the_mail() -> Mail:
    return db.session.scalars(sa.select(Mail)).one()


def test_a_written_letter_is_queued(now: datetime) -> None:
    assert write(now=now) is True
    mail = the_mail()
    assert (mail.recipient, mail.subject, mail.text) == ("bob@example.com", "Hello", "Dear Bob\n")
    assert (mail.status, mail.due_at, mail.attempts) == (MailStatus.QUEUED, now, 0)


def test_the_same_occasion_is_written_once(now: datetime) -> None:
    write(now=now)
    assert write(to="carol@example.com", now=now) is False
    assert the_mail().recipient == "bob@example.com"


def test_a_letter_goes_out_once(now: datetime, mailbox: Mailbox) -> None:
    write(now=now)
    assert send_due_mails() == 1
    assert send_due_mails() == 0
    [letter] = mailbox.letters
    assert (letter.key, letter.recipient, letter.text) == (
        "greeting:1",
        "bob@example.com",
        "Dear Bob\n",
    )


def test_what_a_sent_letter_said_is_forgotten(now: datetime, mailbox: Mailbox) -> None:
    write(now=now)
    send_due_mails()
    mail = the_mail()
    assert (mail.status, mail.sent_at) == (MailStatus.SENT, now)
    assert (mail.text, mail.html, mail.attachments) == ("", "", [])


def test_enclosures_go_with_the_letter(now: datetime, mailbox: Mailbox) -> None:
    day = Enclosure(name="event.ics", mimetype="text/calendar", text="BEGIN:VCALENDAR")
    with transaction():
        write_mail("tickets:1", "bob@example.com", WORDS, enclosures=[day], now=now)
    send_due_mails()
    assert mailbox.letters[0].attachments == (
        Attachment(name="event.ics", mimetype="text/calendar", text="BEGIN:VCALENDAR"),
    )


def test_a_letter_waits_while_the_server_is_away_and_goes_out_when_it_is_back(
    now: datetime, at, mailbox: Mailbox
) -> None:
    write(now=now)
    mailbox.fault = MailUnavailable("connection refused")
    assert send_due_mails() == 0
    assert (the_mail().due_at, the_mail().last_fault) == (
        now + timedelta(minutes=1),
        "connection refused",
    )
    at(timedelta(minutes=1))
    send_due_mails()
    assert the_mail().due_at == clock.now() + timedelta(minutes=2)

    mailbox.empty()
    assert send_due_mails() == 0
    at(timedelta(minutes=2))
    assert send_due_mails() == 1
    assert len(mailbox.letters) == 1


def test_letters_that_were_taken_with_one_that_failed_lose_no_try(
    now: datetime, mailbox: Mailbox
) -> None:
    for number in range(3):
        write(f"greeting:{number}", now=now)
    mailbox.fault = MailUnavailable("connection refused")
    assert send_due_mails() == 0
    tried = db.session.execute(sa.select(Mail.attempts, Mail.due_at).order_by(Mail.id)).all()
    assert tried == [(1, now + timedelta(minutes=1)), (0, now), (0, now)]
    mailbox.empty()
    assert send_due_mails() == 2


def test_after_two_days_of_faults_it_is_given_up(now: datetime, at, mailbox: Mailbox) -> None:
    write(now=now)
    mailbox.fault = MailUnavailable("connection refused")
    while the_mail().status is MailStatus.QUEUED:
        at(the_mail().due_at)
        send_due_mails()
        db.session.expire_all()
    assert the_mail().status is MailStatus.FAILED
    assert the_mail().attempts == 12
    assert timedelta(days=1) < clock.now() - now < timedelta(days=3)


def test_a_refused_recipient_is_not_tried_again_and_holds_up_nobody(
    now: datetime, at, mailbox: Mailbox
) -> None:
    write("greeting:1", "nobody@example.com", now=now)
    write("greeting:2", "bob@example.com", now=now)
    mailbox.fault = MailRefused("550 no such person")

    class OneRefusal(Mailbox):
        def send(self, letter):
            if letter.recipient == "nobody@example.com":
                raise MailRefused("550 no such person")
            mailbox.letters.append(letter)

    mailbox.send = OneRefusal().send  # type: ignore[method-assign]
    try:
        assert send_due_mails() == 1
    finally:
        del mailbox.send
    statuses = dict(db.session.execute(sa.select(Mail.recipient, Mail.status)).all())
    assert statuses == {
        "nobody@example.com": MailStatus.FAILED,
        "bob@example.com": MailStatus.SENT,
    }


def test_a_letter_in_one_hand_is_not_in_another(now: datetime, at) -> None:
    write(now=now)
    with transaction():
        assert len(claim_mails(now=now)) == 1
    with transaction():
        assert claim_mails(now=now + timedelta(minutes=4)) == []


def test_a_letter_whose_sender_died_goes_out_under_the_same_key(
    now: datetime, at, mailbox: Mailbox
) -> None:
    write(now=now)
    with transaction():
        claim_mails(now=now)  # and here the worker dies
    assert send_due_mails() == 0
    at(timedelta(minutes=5))
    assert send_due_mails() == 1
    assert mailbox.letters[0].key == "greeting:1"


@pytest.fixture
def greeting(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter's two templates, on the layouts of all letters."""
    own = DictLoader(
        {
            "mail/greeting.txt": '{% extends "layouts/mail.txt" %}'
            "{% block subject %}Welcome, {{ name }}{% endblock %}"
            "{% block main %}Dear {{ name }}\n{% endblock %}",
            "mail/greeting.html": '{% extends "layouts/mail.html" %}'
            "{% block main %}<p>Dear {{ name }}</p>{% endblock %}",
        }
    )
    loader = ChoiceLoader([own, app.jinja_env.loader])
    monkeypatch.setattr(app.jinja_env, "loader", loader)


@pytest.mark.usefixtures("greeting")
def test_a_letter_is_drawn_without_a_request(now: datetime) -> None:
    with transaction():
        assert write_letter("greeting:9", "bob@example.com", "greeting", now=now, name="Bob")
    mail = the_mail()
    assert mail.subject == "Welcome, Bob"
    assert mail.text.startswith("Dear Bob\n\n--")
    assert "<p>Dear Bob</p>" in mail.html


@pytest.mark.usefixtures("greeting")
def test_a_name_is_text_in_a_letter_and_adds_no_header(now: datetime) -> None:
    name = "{{7*7}}<script>\r\nBcc: evil@example.com"
    words = words_of("greeting", now=now, name=name)
    assert words.subject == "Welcome, {{7*7}}<script> Bcc: evil@example.com"
    assert "Dear {{7*7}}&lt;script&gt;" in words.html


def test_every_letter_has_both_halves_and_a_subject(app: Flask) -> None:
    folder = Path(str(app.template_folder)) / "mail"
    for path in folder.glob("*.html"):
        text = app.jinja_env.get_template(f"mail/{path.stem}.txt")
        assert "subject" in text.blocks, path.stem
