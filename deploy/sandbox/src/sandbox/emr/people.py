"""Made-up people, payers and providers. Everything follows from a text key: the same key, the same person."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any, Final

Json = dict[str, Any]

_NAMES: Final[dict[str, list[str]]] = tomllib.loads(
    files("sandbox.emr").joinpath("people.toml").read_text(encoding="utf-8")
)
_LAST: Final = _NAMES["last"]
_FIRST: Final = {"F": _NAMES["first_female"], "M": _NAMES["first_male"]}
_STREETS: Final = _NAMES["streets"]
_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aeiou"
_CITIES: Final = (
    ("Columbus", "OH", "43215"), ("Dayton", "OH", "45402"), ("Cleveland", "OH", "44113"), ("Cincinnati", "OH", "45202"),
    ("Toledo", "OH", "43604"), ("Akron", "OH", "44308"),
)  # fmt: skip


class Draw:
    """Numbers that follow from a key: `draw("age", 10)` is always the same for one key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, what: str, below: int) -> int:
        """A number from 0 to below − 1."""
        return int.from_bytes(hashlib.sha256(f"{self._key}|{what}".encode()).digest()[:8], "big") % below

    def pick(self, what: str, choices: Any) -> Any:
        """One of a sequence."""
        return choices[self(what, len(choices))]

    def digits(self, what: str, count: int) -> str:
        """A text of digits, the first of which is not 0."""
        return str(self(what, 9 * 10 ** (count - 1)) + 10 ** (count - 1))


def npi(nine_digits: str) -> str:
    """The NPI of these nine digits: they and the Luhn check digit over them with the prefix 80840."""
    digits = [int(digit) for digit in f"80840{nine_digits}"]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-1::-2]]
    return f"{nine_digits}{-(sum(doubled) + sum(digits[-2::-2])) % 10}"


@dataclass(frozen=True, slots=True)
class Payer:
    """A payer of the sample practice; `filing_indicator` is SBR09."""

    id: str
    name: str
    filing_indicator: str
    city: tuple[str, str, str]


PAYERS: Final = {
    "commercial": Payer("HVM01", "Harborview Mutual", "CI", ("Hartford", "CT", "061031234")),
    "commercial_b": Payer("SUM22", "Summit Ridge PPO", "12", ("Louisville", "KY", "402023456")),
    "blue": Payer("BPH11", "Blue Prairie Health", "BL", ("Columbus", "OH", "432154567")),
    "medicare": Payer("15202", "Medicare Part B Ohio", "MB", ("Nashville", "TN", "372025678")),
    "medicaid": Payer("OHMCD", "Buckeye State Medicaid", "MC", ("Columbus", "OH", "432156789")),
    "supplement": Payer("GLS33", "Great Lakes Supplement", "CI", ("Omaha", "NE", "681027890")),
}
_TAXONOMIES: Final = {
    "internist": "207R00000X", "family_physician": "207Q00000X", "family_np": "363LF0000X",
    "pediatrician": "208000000X",
    "cardiologist": "207RC0000X", "pulmonologist": "207RP1001X", "orthopedist": "207X00000X",
    "dermatologist": "207N00000X", "ent": "207Y00000X", "ophthalmologist": "207W00000X", "psychologist": "103T00000X",
    "physical_therapist": "225100000X", "obgyn": "207V00000X", "urologist": "208800000X", "neurologist": "2084N0400X",
    "allergist": "207K00000X", "endocrinologist": "207RE0101X", "gastroenterologist": "207RG0100X",
    "rheumatologist": "207RR0500X", "nephrologist": "207RN0300X", "urgent_care": "207P00000X",
    "anesthesiologist": "207L00000X", "locum": "207Q00000X",
}  # fmt: skip


def provider(specialty: str) -> Json:
    """The practice's provider of a specialty; the locum's NPI fails its check digit."""
    draw = Draw(f"provider|{specialty}")
    number = npi(f"1{draw.digits('npi', 8)}")
    if specialty == "locum":
        number = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
    sex = draw.pick("sex", ("F", "M"))
    return {
        "npi": number,
        "entity": "person",
        "name": draw.pick("last", _LAST),
        "first_name": draw.pick("first", _FIRST[sex]),
        "taxonomy_code": _TAXONOMIES[specialty],
    }


BILLING_PROVIDER: Final[Json] = {
    "npi": npi("184729310"),
    "entity": "organization",
    "name": "Scioto Valley Medical Group",
    "taxonomy_code": "193200000X",
    "tax_id": "314159265",
    "address": {
        "line1": "210 W Broad St",
        "city": "Columbus",
        "state": "OH",
        "postal_code": "43215-2741",
    },
    "contact_name": "Billing Office",
    "phone": "6145550142",
}
CLIA_NUMBER: Final = "36D2100001"


def address(draw: Draw) -> Json:
    """A made-up street in a real city, with ZIP+4."""
    city, state, zip5 = draw.pick("city", _CITIES)
    return {
        "line1": f"{draw('house', 4800) + 100} {draw.pick('street', _STREETS)} St",
        "city": city,
        "state": state,
        "postal_code": f"{zip5}-{draw('zip4', 9000) + 1000}",
    }


def rare_name(draw: Draw) -> str:
    """A last name that hardly anybody shares: a service of two namesakes of one day would be held as billed twice."""
    syllables = (draw.pick(f"{place}a", _CONSONANTS) + draw.pick(f"{place}b", _VOWELS) for place in range(6))
    return "".join(syllables).capitalize()


def patient(draw: Draw, sex: str, born: date, last_name: str | None = None) -> Json:
    """A made-up patient with everything that a claim asks for."""
    return {
        "last_name": last_name or draw.pick("last", _LAST),
        "first_name": draw.pick("first", _FIRST[sex]),
        "birth_date": born.isoformat(),
        "sex": sex,
        "address": address(draw),
        "phone": f"614555{draw('phone', 9000) + 1000}",
        "medical_record_number": f"MR{draw.digits('mrn', 10)}",
    }


def subscriber(draw: Draw, who: Json, relationship: str) -> Json:
    """Whose insurance it is: a parent of a child, else of about the same age; lives at the same address."""
    born = date.fromisoformat(who["birth_date"])
    year = born.year - (26 + draw("parent", 12) if relationship == "child" else draw("spouse", 4))
    sex = draw.pick("subscriber sex", ("F", "M"))
    return {
        "last_name": who["last_name"],
        "first_name": draw.pick("subscriber", _FIRST[sex]),
        "birth_date": date(year, draw("month", 12) + 1, draw("day", 28) + 1).isoformat(),
        "sex": sex,
        "address": who.get("address") or address(draw),
    }


def switch_ending(switch: str) -> str:
    """The end of a member id for a switch: `00` is XX00, `XDCO197` stays, nothing is nothing."""
    return switch if switch.startswith("XD") or not switch else f"XX{switch}"


def member_id(draw: Draw, payer: str, switch: str) -> str:
    """A member number in the payer's own form; the sandbox payer's switch (if any) stands at its end."""
    ending = switch_ending(switch)
    if PAYERS[payer].filing_indicator == "MB":
        middle = f"{draw('a', 9) + 1}{draw.pick('b', 'ACDEFGHJKM')}{draw('c', 10)}{draw('d', 10)}"
        middle += f"{draw.pick('e', 'ACDEFGHJKM')}{draw('f', 10)}{draw('g', 10)}"
        return middle + (ending or f"{draw.pick('h', 'ACDEFGHJKM')}{draw.pick('i', 'ACDEFGHJKM')}{draw.digits('j', 2)}")
    prefix = {"BL": "BPQ", "MC": "", "CI": "W", "12": "SR"}[PAYERS[payer].filing_indicator]
    return f"{prefix}{draw.digits('member', 9)}{ending}"


def coverage(draw: Draw, payer: str, who: Json, relationship: str, switch: str) -> Json:
    """A coverage of EncounterIn."""
    p = PAYERS[payer]
    city, state, zip9 = p.city
    found: Json = {
        "payer_id": p.id,
        "payer_name": p.name,
        "filing_indicator": p.filing_indicator,
        "member_id": member_id(Draw(f"{draw.digits('coverage', 12)}|{payer}"), payer, switch),
        "relationship": relationship,
        "payer_address": {"line1": "PO Box 8800", "city": city, "state": state, "postal_code": zip9},
    }
    if p.filing_indicator not in ("MB", "MC"):
        found["group_number"] = f"G{draw.digits('group', 6)}"
    if relationship != "self":
        found["subscriber"] = subscriber(draw, who, relationship)
    return found
