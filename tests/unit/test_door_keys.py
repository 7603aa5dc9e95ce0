"""The keys of a door: each for one purpose, and what a rotation leaves good."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tixapp.door.seals import DoorKeys, hkdf, line_mac
from tixapp.tickets.codes import TicketCodes

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
TICKET, DEVICE = "MFRGGZDFMZTWQ", "dev_abcdefghijklmnop"


def opened(seal: str, seed: bytes) -> str:
    material = TicketCodes(seed).signature_of(TICKET)
    derived = hkdf(material, f"tixapp.door.name.1:{TICKET}", 28)
    sealed = base64.urlsafe_b64decode(seal + "=" * (-len(seal) % 4))
    return AESGCM(derived[:16]).decrypt(derived[16:], sealed, None).decode()


def test_after_a_rotation_a_name_opens_with_the_new_code_and_with_the_old() -> None:
    keys = DoorKeys(NEW, [OLD])
    new, old = keys.seal_name(TICKET, "Ada").split(".")
    assert (opened(new, NEW), opened(old, OLD)) == ("Ada", "Ada")
    assert keys.ticket_keys == [DoorKeys(NEW).ticket_keys[0], DoorKeys(OLD).ticket_keys[0]]
    assert keys.list_keys == [DoorKeys(NEW).list_keys[0], DoorKeys(OLD).list_keys[0]]


def test_a_phone_that_was_paired_before_a_rotation_still_proves_its_lines() -> None:
    mac = line_mac(DoorKeys(OLD).log_key(DEVICE), "1/A LINE")
    assert DoorKeys(NEW, [OLD]).proves("1/A LINE", mac, DEVICE)
    assert not DoorKeys(NEW).proves("1/A LINE", mac, DEVICE)
    assert not DoorKeys(NEW, [OLD]).proves("1/A LINE", mac, "dev_another")


def test_no_key_serves_for_two_things() -> None:
    keys = DoorKeys(NEW)
    assert len({*keys.ticket_keys, *keys.list_keys}) == 2
    assert keys.group(7) == keys.group(7) != keys.group(8)
    assert keys.seal_name(TICKET, "") == ""
