"""X12 decimal text (type R) to integer cents and back, without floats."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

MAX_AMOUNT_TEXT = 18
_UNUSUAL = re.compile(
    r"(?P<before>[-+$ ]{0,4})(?P<number>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][-+]?\d)?|\.\d+)(?P<behind>-?)",
    re.ASCII,
)
_IN_BRACKETS = re.compile(r"\((.*)\)")


@lru_cache(maxsize=1 << 13)
def cents(text: str) -> int | None:
    """Integer cents of ``"79.04"``, ``"-12"``, ``".5"``; None if it is not a number of up to 18 digits.

    More than two decimals are rounded half up. What files hold beside the standard's spelling is read where it can only
    mean one number: ``1,234.50``, ``$12``, ``12.50-``, ``(12.50)``, ``1E3``.
    """
    if text[-3:-2] == "." and len(text) <= MAX_AMOUNT_TEXT:
        digits = text.replace(".", "", 1)
        if digits.isdecimal():
            return int(digits)
    whole, _, fraction = text.partition(".")
    if len(text) > MAX_AMOUNT_TEXT + 2 or not text.isascii():
        return None
    sign = -1 if whole[:1] == "-" else 1
    digits = whole[1:] if whole[:1] in ("-", "+") else whole
    if len(fraction) <= 2 and (digits + fraction).isdigit():
        return sign * int(digits + (fraction + "00")[:2])
    return _rounded(text)


def _rounded(text: str) -> int | None:
    value = decimal(text)
    if value is None:
        plain = _UNUSUAL.fullmatch(_IN_BRACKETS.sub(r"-\1", text.strip()))
        marks = plain["before"] + plain["behind"] if plain else ""
        if plain is None or marks.count("-") + marks.count("+") > 1 or marks.count("$") > 1:
            return None
        value = Decimal(f"{'-' if '-' in marks else ''}{plain['number'].replace(',', '')}")
    return int((value * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@lru_cache(maxsize=1 << 12)
def decimal(text: str) -> Decimal | None:
    """The exact decimal of an X12 number, None if it is none. Underscores, NaN and infinities are none."""
    if not text or len(text) > MAX_AMOUNT_TEXT + 2 or not text.isascii() or text.strip("+-.0123456789"):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def cents_text(amount_cents: int) -> str:
    """The shortest X12 text of an amount: ``79.04`` for 7904, ``15`` for 1500, ``-1.5`` for -150, ``.05`` for 5."""
    if amount_cents < 0:
        return f"-{cents_text(-amount_cents)}"
    dollars, rest = divmod(amount_cents, 100)
    if rest == 0:
        return str(dollars)
    fraction = f"{rest:02d}" if rest % 10 else str(rest // 10)
    return f"{dollars or ''}.{fraction}"


def decimal_text(value: Decimal) -> str:
    """The shortest X12 text of a decimal: no exponent, no needless zeros (X12.6)."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text.startswith(("0.", "-0.")):
        text = text.replace("0.", ".", 1)
    return "0" if text in ("", "-0") else text
