"""What is one address, what is a password, how long things live."""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta

import email_validator

from .errors import BadAddress

SESSION_LIFE = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=5)
CONFIRM_LIFE = timedelta(days=7)
RESET_LIFE = timedelta(minutes=60)
CHANGE_LIFE = timedelta(hours=24)
RESETS_AN_HOUR = 5

PASSWORD_LEAST = 8
PASSWORD_MOST = 200  # hashing longer ones would cost us more than it gives anyone

# What a key may be limited to. A key without any may do all that its account may.
SCOPES = ("read", "write", "door", "sell")

# Names like .test and .local are in use on organisers' own networks. Whether mail arrives there
# is found out by the letter that asks to confirm it.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

# The passwords that are tried first, of 8 characters and more.
COMMON = frozenset(
    """
    password password1 password12 password123 password1234 passw0rd p@ssw0rd p@ssword 12345678
    123456789 1234567890 12345678910 87654321 987654321 0123456789 11111111 00000000 88888888
    12341234 11223344 123123123 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2 qwertyui qwertyuiop
    qwerty12 qwerty123 qwerty1234 asdfghjkl asdfasdf zxcvbnm1 zaq12wsx qazwsxedc abcd1234
    abc12345 a1234567 aa123456 iloveyou iloveyou1 sunshine princess football baseball superman
    trustno1 starwars letmein1 welcome1 welcome123 whatever computer internet michelle jennifer
    charlie1 dragon123 monkey123 master123 shadow123 changeme changeme1 admin123 administrator
    samsung1 liverpool chelsea1 arsenal1 hello123 secret123 test1234 testtest default1 blink182
    """.split()  # noqa: SIM905 - read like a list of words
)


@dataclass(frozen=True)
class Address:
    """`email` is where letters go; `key` is the same for every spelling of one account."""

    email: str
    key: str


def address(written: str) -> Address:
    """Raises BadAddress, with a sentence for the person.

    One account: upper and lower case, spaces around it, full-width letters and other
    compatibility forms (NFKC), both forms of an international domain, and whatever follows a `+`.
    Letters always go to the address the account has, never to the one that was typed, so two
    people whose addresses fall together cannot take each other's account: the second is told at
    their own address to use another. Other scripts before the @ are refused, since we could not
    tell their look-alikes apart and many mail servers do not take them.
    """
    plain = unicodedata.normalize("NFKC", written).strip()
    try:
        found = email_validator.validate_email(
            plain, check_deliverability=False, allow_smtputf8=False, globally_deliverable=False
        )
    except email_validator.EmailNotValidError as fault:
        raise BadAddress(str(fault)) from fault
    domain = (found.ascii_domain or found.domain).lower()
    name = found.local_part
    account = name.partition("+")[0] or name
    return Address(email=f"{name}@{domain}", key=f"{account.casefold()}@{domain}")


def password_fault(password: str, address_key: str) -> str | None:
    """Why this is no password, as a stable word: too_short, too_long, common, address."""
    folded = password.casefold()
    if len(password) < PASSWORD_LEAST:
        return "too_short"
    if len(password) > PASSWORD_MOST:
        return "too_long"
    if folded in COMMON or len(set(folded)) == 1:
        return "common"
    if address_key and folded in {address_key, address_key.partition("@")[0]}:
        return "address"
    return None


BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """`Firefox on Linux`; empty when it says nothing that we know."""
    found = (
        next((name for mark, name in BROWSERS if mark in user_agent), ""),
        next((name for mark, name in SYSTEMS if mark in user_agent), ""),
    )
    return " on ".join(part for part in found if part)
