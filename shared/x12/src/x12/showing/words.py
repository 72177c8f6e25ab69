"""Names of codes and the spelling of amounts, names and dates for people.

The words here are our own. Code list texts belong to others (AMA, X12, NUBC, ADA): a user who has them brings them in a
file, one code a line: list, code and name between tabs. Lists are ``adjustment-reason`` (CARC), ``remark`` (RARC),
``status-category``, ``status``, ``entity``, ``procedure``, ``revenue``, ``diagnosis``, ``place-of-service``,
``condition``, ``occurrence``, ``value``, ``loinc``; entries for our own lists replace our words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from x12.parties import Adjustment, Name, Procedure

_OWN: dict[str, dict[str, str]] = {
    "payment-status": {
        "1": "paid as primary", "2": "paid as secondary", "3": "paid as tertiary", "4": "denied",
        "19": "paid as primary, passed on", "20": "paid as secondary, passed on", "21": "paid as tertiary, passed on",
        "22": "taken back", "23": "not ours, passed on", "25": "estimate, not paid",
    },
    "frequency": {"1": "original", "7": "replacement", "8": "void"},
    "responsibility": {"P": "primary", "S": "secondary", "T": "tertiary"},
    "acknowledgement": {
        "A": "accepted", "E": "accepted with errors", "P": "accepted in part", "R": "rejected",
        "M": "rejected: not authentic", "W": "rejected: not intact", "X": "rejected: not decrypted",
    },
    "action": {"WQ": "accepted", "U": "rejected"},
    "status-category": {
        "A0": "passed on", "A1": "received", "A2": "accepted for adjudication", "A3": "returned unprocessed",
        "A4": "not found", "A5": "split", "A6": "rejected: data missing", "A7": "rejected: data not valid",
        "A8": "rejected: data contradict each other", "D0": "not found", "E0": "request not understood",
        "E1": "payer's system not ready", "E2": "receiver's system not ready", "F0": "final", "F1": "paid",
        "F2": "denied", "F3": "revised", "F4": "final, nothing paid", "P0": "pending", "P1": "in process",
        "P2": "in review", "P3": "waits for information", "P4": "waits for the patient",
        "P5": "waits for another payer", "R0": "information wanted", "R1": "other information wanted",
        "R3": "information on the claim wanted", "R4": "documents wanted",
    },
    "segment-error": {
        "1": "unknown segment", "2": "segment not expected here", "3": "required segment missing",
        "4": "loop too often", "5": "segment too often", "6": "segment of another set", "7": "segment out of order",
        "8": "error in an element", "I4": "segment not used by the guide", "I6": "segment missing that another needs",
        "I7": "loop too seldom", "I8": "segment too seldom", "I9": "segment that another excludes",
    },
    "element-error": {
        "1": "required, and missing", "2": "needed by another, and missing", "3": "one element too many",
        "4": "too short", "5": "too long", "6": "character not allowed", "7": "not a code of this element",
        "8": "not a date", "9": "not a time", "10": "excluded by another", "12": "repeated too often",
        "13": "one component too many", "I10": "not used by the guide", "I12": "not of the form that the guide wants",
    },
}  # fmt: skip


class Names:
    """Looks codes up in the user's names and then in our own."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._names: dict[str, Mapping[str, str]] = {}
        own: dict[str, dict[str, str]] = {}
        for line in lines:
            kind, _, rest = line.strip("\r\n").partition("\t")
            code, _, name = rest.partition("\t")
            if name and not kind.startswith("#"):
                own.setdefault(kind, {})[code] = name
        for kind in {*_OWN, *own}:
            self._names[kind] = {**_OWN.get(kind, {}), **own.get(kind, {})}

    def name(self, kind: str, code: str) -> str:
        """The name of a code, ``""`` if there is none."""
        return self._names.get(kind, {}).get(code, "")

    def show(self, kind: str, code: str) -> str:
        """The code, with its name in brackets if there is one; ``-`` for no code."""
        name = self.name(kind, code)
        return f"{code} ({name})" if name else code or "-"

    def adjustments(self, adjustments: Iterable[Adjustment]) -> str:
        """Group, reason and amount of each."""
        return (
            ", ".join(
                f"{a.group_code}-{self.show('adjustment-reason', a.reason_code)} {money(a.amount_cents)}"
                for a in adjustments
            )
            or "none"
        )

    def procedure(self, procedure: Procedure) -> str:
        """Code and modifiers."""
        name = self.name("procedure", procedure.code)
        return "-".join((procedure.code, *procedure.modifiers)) + (f" ({name})" if name else "")

    def diagnoses(self, codes: Iterable[str]) -> str:
        """Diagnosis codes as one list."""
        return ", ".join(self.show("diagnosis", code) for code in codes) or "-"


def money(amount_cents: int | None) -> str:
    """``1234.50``, ``-`` for no amount."""
    if amount_cents is None:
        return "-"
    return f"{'-' if amount_cents < 0 else ''}{abs(amount_cents) // 100}.{abs(amount_cents) % 100:02d}"


def person(name: Name) -> str:
    """``DOE, JANE A``."""
    given = " ".join(part for part in (name.first, name.middle, name.suffix) if part)
    return f"{name.last}, {given}" if given else name.last


def dates(start: date | None, end: date | None = None) -> str:
    """A day, or two with ``to`` between them."""
    return f"{start or '-'}" + (f" to {end}" if end else "")
