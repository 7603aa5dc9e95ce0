"""A seller's team: asked by mail, given roles, taken off at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.factories.accounts import make_user
from tests.factories.doors import make_gate, make_phone
from tests.factories.events import make_event
from tests.factories.sellers import make_member, make_seller
from tests.fixtures.browser import Browser
from tests.fixtures.mailbox import Mailbox
from tests.fixtures.program import make_key
from tests.people import Person
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.door.actions.devices import enrol, open_pairing, pair
from tixapp.door.errors import PairingUnknown
from tixapp.sellers.models import Invitation, Role
from tixapp.sellers.queries import role_of

pytestmark = pytest.mark.usefixtures("now", "client")


@pytest.fixture
def here(alice: Person) -> str:
    assert alice.seller
    return f"/sell/{alice.seller.public_id}"


def role(alice: Person, person: Person) -> Role | None:
    assert alice.seller
    return role_of(person.id, alice.seller.id)


def invited(
    alice: Person, here: str, work: Callable[[], Mailbox], email: str, as_role: str = "door"
) -> str:
    """The link in the letter."""
    assert alice.browser.submit(f"{here}/team", email=email, role=as_role).status_code == 303
    return work().last_link(email)


def token_in(link: str) -> str:
    return link.partition("token=")[2]


def test_somebody_is_asked_by_mail_and_joins(
    alice: Person, bob: Person, here: str, work: Callable[[], Mailbox]
) -> None:
    link = invited(alice, here, work, bob.email, "editor")
    assert bob.email in alice.browser.get(f"{here}/team").text
    assert "Alice&#39;s Club" in bob.browser.get(link).text
    assert role(alice, bob) is None  # looking is not saying yes
    answer = bob.browser.submit("/sell/invitation", token=token_in(link))
    assert (answer.status_code, answer.location) == (303, "/sell/account")
    assert role(alice, bob) is Role.EDITOR
    again = bob.browser.submit("/sell/invitation", token=token_in(link))
    assert again.status_code == 404


def test_the_account_leads_to_the_team_and_to_the_money(
    alice: Person, carol: Person, dan: Person, here: str
) -> None:
    assert alice.seller
    make_member(alice.seller, carol.user, Role.EDITOR)
    for person, seen in ((alice, ["team", "payouts"]), (carol, ["payouts"]), (dan, [])):
        page = person.browser.get("/sell/account").text
        assert [part for part in ("team", "payouts") if f'"{here}/{part}"' in page] == seen


def test_the_link_works_for_its_address_alone(
    client: Browser, alice: Person, bob: Person, carol: Person, here: str,
    work: Callable[[], Mailbox],
) -> None:  # fmt: skip
    link = invited(alice, here, work, bob.email)
    assert client.get(link).location.startswith("/sign-in?next=/sell/invitation")
    assert carol.browser.get(link).status_code == 404
    assert carol.browser.submit("/sell/invitation", token=token_in(link)).status_code == 404
    assert role(alice, carol) is None


def test_a_link_dies_by_age_by_being_taken_back_and_by_a_newer_one(
    alice: Person, bob: Person, here: str, work: Callable[[], Mailbox], at
) -> None:
    first = invited(alice, here, work, bob.email)
    second = invited(alice, here, work, bob.email)
    assert bob.browser.get(first).status_code == 404
    [standing] = db.session.query(Invitation).filter_by(ended_at=None).all()
    alice.browser.submit(f"{here}/invitations/{standing.public_id}/end")
    assert bob.browser.get(second).status_code == 404
    third = invited(alice, here, work, bob.email)
    at(timedelta(days=14))
    assert bob.browser.submit("/sell/invitation", token=token_in(third)).status_code == 404
    assert role(alice, bob) is None


def test_only_the_hash_of_a_link_is_kept(
    alice: Person, bob: Person, here: str, work: Callable[[], Mailbox]
) -> None:
    token = token_in(invited(alice, here, work, bob.email))
    kept = db.session.scalars(sa.text("SELECT invitations::text FROM invitations")).all()
    kept += db.session.scalars(sa.text("SELECT mails::text FROM mails")).all()
    assert not [row for row in kept if token in row]


@pytest.mark.parametrize("email", ["", "carol", "a@x.com,b@x.com", "a@x\r\nBcc: b@x.com"])
def test_an_address_that_is_none_is_refused(alice: Person, here: str, email: str) -> None:
    assert alice.browser.submit(f"{here}/team", email=email, role="door").status_code == 422
    assert alice.browser.submit(f"{here}/team", email="x@y.com", role="boss").status_code == 422
    assert db.session.query(Invitation).count() == 0


def test_who_works_there_is_not_asked_again(alice: Person, dan: Person, here: str) -> None:
    alice.browser.submit(f"{here}/team", email=dan.email, role="owner")
    assert "works here already" in alice.browser.get(f"{here}/team").text
    assert db.session.query(Invitation).count() == 0


def test_who_is_taken_off_loses_every_right_at_the_next_request(
    alice: Person, carol: Person, here: str
) -> None:
    assert alice.seller
    event = make_event(alice.seller)
    make_member(alice.seller, carol.user, Role.EDITOR)
    key, page = make_key(carol.user), f"/sell/events/{event.public_id}"
    assert carol.browser.get(page).status_code == 200
    answer = alice.browser.submit(f"{here}/team/{carol.user.public_id}/removal")
    assert answer.status_code == 303
    assert carol.browser.get(page).location.startswith("/sign-in")
    headers = {"Authorization": f"Bearer {key}"}
    sales = alice.app.test_client().get(f"/api/v1/events/{event.public_id}/sales", headers=headers)
    assert sales.status_code == 401
    assert role(alice, carol) is None


def test_with_whoever_is_taken_off_go_their_own_phone_and_their_open_codes(
    alice: Person, carol: Person, dan: Person, here: str
) -> None:
    assert alice.seller
    event = make_event(alice.seller)
    gate = make_gate(event)
    make_member(alice.seller, carol.user, Role.EDITOR)
    now = clock.now()
    with transaction():
        own, _token = enrol(event.id, gate.id, "Carol's", user_id=carol.id, now=now)
        open_code = open_pairing(gate, by=carol.id, now=now)
    of_the_gate, of_dan = make_phone(event, gate, carol.user), make_phone(event, gate, dan.user)
    alice.browser.submit(f"{here}/team/{carol.user.public_id}/removal")
    assert "1 phone that they paired" in alice.browser.get(f"{here}/team").text
    db.session.expire_all()
    devices = [own, of_the_gate.device, of_dan.device]
    assert [device.ended_at is None for device in devices] == [False, True, True]
    with pytest.raises(PairingUnknown), transaction():
        pair(open_code, "A phone", now=now)


def test_a_lower_role_signs_out_and_a_higher_one_does_not(
    alice: Person, carol: Person, dan: Person, here: str
) -> None:
    assert alice.seller
    make_member(alice.seller, carol.user, Role.EDITOR)
    for person, wanted, code in ((carol, "door", 303), (dan, "editor", 200)):
        person.browser.get("/sell/account")
        alice.browser.submit(f"{here}/team/{person.user.public_id}/role", role=wanted)
        assert role(alice, person) == wanted
        assert person.browser.get("/sell/account").status_code == code


def test_the_last_owner_stays(alice: Person, carol: Person, here: str) -> None:
    assert alice.seller
    me = f"{here}/team/{alice.user.public_id}"
    alice.browser.submit(f"{me}/removal")
    alice.browser.submit(f"{me}/role", role="door")
    assert role(alice, alice) is Role.OWNER
    assert "There must be an owner" in alice.browser.get(f"{here}/team").text
    make_member(alice.seller, carol.user, Role.OWNER)
    alice.browser.submit(f"{me}/removal")
    assert role(alice, alice) is None


@pytest.mark.parametrize("who", ["editor", "door", "another seller"])
def test_for_everyone_but_an_owner_there_is_no_team(
    alice: Person, carol: Person, dan: Person, here: str, who: str
) -> None:
    assert alice.seller
    make_member(alice.seller, carol.user, Role.EDITOR)
    frank = Person(alice.app, make_user("Frank"))
    other = make_seller(frank.user, "Frank's Barn")
    person = {"editor": carol, "door": dan, "another seller": frank}[who]
    member = f"{here}/team/{dan.user.public_id}"
    assert person.browser.get(f"{here}/team").status_code == 404
    assert person.browser.submit(f"{here}/team", email="x@y.com", role="owner").status_code == 404
    assert person.browser.submit(f"{member}/role", role="owner").status_code == 404
    assert person.browser.submit(f"{member}/removal").status_code == 404
    assert role(alice, dan) is Role.DOOR
    mixed = f"/sell/{other.public_id}/team/{dan.user.public_id}/removal"
    assert frank.browser.submit(mixed).status_code == 404
    assert role(alice, dan) is Role.DOOR
