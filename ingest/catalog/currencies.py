"""Codes and signs of currencies, as they stand beside a price."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CODES: Final = _words(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG "
    "HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA "
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD "
    "RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
    "USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
)
"""ISO 4217: the currencies in use, and those that were lately."""

SIGNS: Final = {
    "€": "EUR",
    "euro": "EUR",
    "£": "GBP",
    "₹": "INR",
    "zł": "PLN",
    "zl": "PLN",
    "kč": "CZK",
    "ft": "HUF",
    "lei": "RON",
    "лв": "BGN",
    "₽": "RUB",
    "руб": "RUB",  # noqa: RUF001 - the word
    "₺": "TRY",
    "tl": "TRY",
    "₴": "UAH",
    "₩": "KRW",
    "₪": "ILS",
    "₫": "VND",
    "₦": "NGN",
    "฿": "THB",
    "₱": "PHP",
    "円": "JPY",
    "元": "CNY",
    "us$": "USD",
    "ca$": "CAD",
    "c$": "CAD",
    "au$": "AUD",
    "a$": "AUD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$": "SGD",
    "nt$": "TWD",
    "mx$": "MXN",
    "r$": "BRL",
    "fr": "CHF",
    "sfr": "CHF",
}
"""Signs that one currency has to itself, in small letters and without a full stop."""

SHARED: Final = {
    "$": _words("USD CAD AUD NZD HKD SGD TWD MXN ARS CLP COP BRL"),
    "¥": frozenset({"JPY", "CNY"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "Rs": frozenset({"INR", "PKR", "LKR", "NPR", "MUR"}),
    "R": frozenset({"ZAR", "BRL"}),
}
"""Signs that several currencies share, and which: a price keeps the sign."""

_SMALL = _words("eur usd gbp chf pln czk huf sek nok dkk ron bgn inr jpy cny aud cad nzd brl rub uah")
"""Codes that count in small letters too; `all`, `top` and `try` are words."""

_SHARED = {sign.lower(): sign for sign in SHARED}

UNKNOWN: Final = "?"
"""What is no currency, or two."""

_WIDE = str.maketrans({"＄": "$", "￥": "¥", "￡": "£", "￦": "₩"})  # noqa: RUF001 - the wide forms themselves


def currency_of(text: str) -> str | None:
    """A code, or a sign that several share; none for an empty text, `UNKNOWN` for anything else."""
    word = text.translate(_WIDE).strip()
    if not word:
        return None
    if word in CODES or word.lower() in _SMALL:
        return word.upper()
    sign = word.lower().removesuffix(".")
    return SIGNS.get(sign) or _SHARED.get(sign, UNKNOWN)


def joint_currency(before: str | None, after: str | None) -> str | None:
    """The currency of a price that may name it twice (`$19.90 USD`), or `UNKNOWN` if they differ."""
    if before is None or after is None or before == after:
        return before or after
    for sign, code in ((before, after), (after, before)):
        if code in SHARED.get(sign, ()):
            return code
    return UNKNOWN
