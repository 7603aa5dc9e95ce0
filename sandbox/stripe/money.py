"""Currencies: which ones Stripe takes, their decimals, the least and the most it charges."""

from sandbox.stripe.errors import ApiError, invalid
from sandbox.stripe.words import words

ZERO_DECIMAL = set(words("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"))
THREE_DECIMAL = set(words("bhd jod kwd omr tnd"))
TWO_DECIMAL = set(
    words(
        "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd",
        "cad cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd",
        "hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd",
        "mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar",
        "ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah",
        "ugx usd uyu uzs wst xcd yer zar zmw",
    )
)
SUPPORTED = ZERO_DECIMAL | THREE_DECIMAL | TWO_DECIMAL
# Minor units, by the currency of the charge;
# docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
LEAST = dict.fromkeys(words("usd eur aud brl cad chf inr jpy nzd sgd"), 50) | {
    "aed": 200,
    "bgn": 100,
    "czk": 1500,
    "dkk": 250,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "thb": 1000,
}
MOST = 99_999_999


def currency(name: str, param: str) -> str:
    """The currency in Stripe's spelling. Raises ApiError for one it does not take."""
    lower = name.lower()
    if lower not in SUPPORTED:
        raise invalid(
            f"Invalid currency: {lower[:20]}. Stripe currently supports these currencies: "
            + ", ".join(sorted(SUPPORTED)),
            param,
        )
    return lower


def shown(amount: int, name: str) -> str:
    """As Stripe writes sums in its messages: `$12.50`, `€12.50`, `¥500`, `12.50 SEK`."""
    decimals = 0 if name in ZERO_DECIMAL else 3 if name in THREE_DECIMAL else 2
    number = f"{amount / 10**decimals:,.{decimals}f}"
    sign = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}.get(name)
    return f"{sign}{number}" if sign else f"{number} {name.upper()}"


def check_chargeable(amount: int, name: str, subject: str, param: str | None) -> None:
    """Raises `amount_too_small` or `amount_too_large`. `subject` begins the sentence."""
    least = LEAST.get(name, 0)
    if amount < least:
        raise _refused(f"{subject} at least {shown(least, name)} {name}", param, "small")
    if amount > MOST:
        raise _refused(f"{subject} no more than {shown(MOST, name)}", param, "large")
    if name in THREE_DECIMAL and amount % 10:
        raise invalid(f"Amounts in {name} must end in 0 (you passed {amount}).", param)


def _refused(message: str, param: str | None, size: str) -> ApiError:
    return invalid(message, param, f"amount_too_{size}")


def share(total: int, part: int, whole: int) -> int:
    """`total * part / whole`, rounded half up."""
    return (2 * total * part + whole) // (2 * whole)
