"""FHIR data types in the shapes that occur: one or many, coded or text, half filled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser
from typing import Any, Final
from zoneinfo import ZoneInfo

Json = dict[str, Any]

NPI_SYSTEMS: Final = ("http://hl7.org/fhir/sid/us-npi", "urn:oid:2.16.840.1.113883.4.6")
TAX_SYSTEMS: Final = ("http://hl7.org/fhir/sid/us-ein", "urn:oid:2.16.840.1.113883.4.4")
NUCC_SYSTEMS: Final = ("http://nucc.org/provider-taxonomy", "urn:oid:2.16.840.1.113883.6.101")
_FULL_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")


def as_object(value: Any) -> Json:
    """The value if it is a JSON object, the first of a list of objects, else an empty one."""
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, dict) else {}


def as_objects(value: Any) -> list[Json]:
    """All objects in a list; a single object counts as a list of one."""
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, dict)]


def as_text(value: Any) -> str | None:
    """The value if it is a string with something in it; without outer blanks."""
    if isinstance(value, str) and value.strip():
        return value.strip()
    return None


def as_texts(value: Any) -> list[str]:
    """All non-empty strings of a list, or the single string."""
    values = value if isinstance(value, list) else [value]
    return [text for item in values if (text := as_text(item)) is not None]


def codings(concept: Any) -> Iterator[tuple[str, str, str]]:
    """(system, code, display) of a CodeableConcept, a Coding, or a list of either. System and display may be ''."""
    for item in as_objects(concept):
        inner = item.get("coding")
        if inner is not None:
            yield from codings(inner)
        elif (code := as_text(item.get("code"))) is not None:
            yield as_text(item.get("system")) or "", code, as_text(item.get("display")) or ""


def codes(concept: Any) -> list[str]:
    """Just the codes of a concept, whatever their system."""
    return [code for _, code, _ in codings(concept)]


def concept_text(concept: Any) -> str | None:
    """The words of a concept: its text, or the first display."""
    for item in as_objects(concept):
        if (text := as_text(item.get("text"))) is not None:
            return text
    return next((display for _, _, display in codings(concept) if display), None)


def identifier(identifiers: Any, systems: tuple[str, ...]) -> str | None:
    """The value of the first identifier in one of `systems`."""
    for item in as_objects(identifiers):
        if as_text(item.get("system")) in systems and (value := as_text(item.get("value"))) is not None:
            return value
    return None


def identifier_of_type(identifiers: Any, *types: str) -> str | None:
    """The value of the first identifier whose type coding (v2-0203) is one of `types`."""
    for item in as_objects(identifiers):
        if set(codes(item.get("type"))) & set(types) and (value := as_text(item.get("value"))) is not None:
            return value
    return None


def npi_of(identifiers: Any) -> str | None:
    """A ten-digit NPI, by system or by type NPI."""
    value = identifier(identifiers, NPI_SYSTEMS) or identifier_of_type(identifiers, "NPI")
    return value if value is not None and re.fullmatch(r"\d{10}", value) else None


def tax_id_of(identifiers: Any) -> str | None:
    """A nine-digit employer or tax identification number."""
    value = identifier(identifiers, TAX_SYSTEMS) or identifier_of_type(identifiers, "TAX", "EN")
    digits = re.sub(r"\D", "", value or "")
    return digits if len(digits) == 9 else None


def phone_of(telecoms: Any) -> str | None:
    """The digits of the first telephone number, without the US country code."""
    for item in as_objects(telecoms):
        if item.get("system", "phone") == "phone" and (value := as_text(item.get("value"))) is not None:
            digits = re.sub(r"\D", "", re.split(r"[xX]|ext", value)[0])
            digits = digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
            if 7 <= len(digits) <= 15:
                return digits
    return None


@dataclass(frozen=True, slots=True)
class Moment:
    """A date of service and, where the bundle gave a time, the instant."""

    day: date
    instant: datetime | None = None
    told_from_utc: bool = False


def moment(value: Any, zone: str) -> Moment | None:
    """A FHIR date, dateTime or instant as the local date at the facility; None unless it is a full date.

    A written offset is the facility's own, so the written date stands. UTC says nothing about the place: the date is
    told in `zone` (IANA name), the practice's time zone.
    """
    text = as_text(value)
    if text is None:
        return None
    try:
        if _FULL_DATE.match(text):
            return Moment(date.fromisoformat(text))
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    if parsed.tzinfo is None:
        return Moment(parsed.date(), parsed.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))
    if parsed.utcoffset() == timedelta(0):
        return Moment(parsed.astimezone(ZoneInfo(zone)).date(), parsed, told_from_utc=True)
    return Moment(parsed.date(), parsed)


def cents(money: Any) -> int | None:
    """US dollars of a Money (or a bare number) in cents; None if it is no amount or another currency."""
    value = money.get("value") if isinstance(money, dict) else money
    if isinstance(money, dict) and money.get("currency", "USD") != "USD":
        return None
    number = decimal(value)
    if number is None or not 0 <= number < Decimal("100000000"):
        return None
    return int((number * 100).to_integral_value())


def decimal(value: Any) -> Decimal | None:
    """A JSON number (or numeric string) as an exact decimal; never a bool, never NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 30 else None


_BLOCKS: Final = frozenset(
    {
        *("p", "div", "section", "article", "header", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li"),
        *("table", "thead", "tbody", "tr", "pre", "blockquote", "hr", "dl", "dt", "dd"),
    }
)
_SILENT: Final = frozenset({"script", "style", "head", "title"})


class _Stripper(HTMLParser):
    """Keeps the words of an XHTML narrative; blocks become lines, cells become columns."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BLOCKS or tag == "br":
            self.parts.append("\n- " if tag == "li" else "\n")
        elif tag in {"td", "th"}:
            self.parts.append("  ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def words_of_html(html: str) -> str:
    """The text of an (X)HTML narrative; never raises on broken mark-up."""
    stripper = _Stripper()
    stripper.feed(html)
    stripper.close()
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in "".join(stripper.parts).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot store: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
