"""Makes varied coded encounters, seeded: every shape of professional claim that a practice sends, with valid codes."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from events.phi import Address, CodedDiagnosis, CodedEncounter, CodedLine, Coverage, Person, Provider

T = TypeVar("T")

DIAGNOSES = (
    "I10", "E11.22", "E78.5", "J45.909", "K21.9", "M54.50", "N39.0", "R05.9", "F41.1", "G47.33", "E03.9", "D64.9",
    "L40.0", "H52.13", "J02.9", "M17.11", "M25.511", "R51.9", "E66.9", "N18.31", "I48.91", "J44.9", "F32.1", "L30.9",
    "B35.1", "H61.23", "K59.00", "M79.641", "R10.9", "Z79.4",
)  # fmt: skip
TESTS = (
    "80048", "80053", "80061", "83036", "84443", "85025", "81001", "82306", "82607", "83540", "86592", "87086", "84153",
    "82728", "84439", "86803", "87389", "80076", "83735", "84100",
)  # fmt: skip
PROCEDURES = (
    "17110",
    "11102",
    "20610",
    "69210",
    "93000",
    "94010",
    "10060",
    "12001",
    "36415",
    "96372",
    "11721",
    "29125",
)
VISITS = ("99202", "99203", "99204", "99205", "99212", "99213", "99214", "99215")
STREETS = ("ELM ST", "MAIN ST", "OAK AVE", "LAKE SHORE DR", "3RD AVE", "COUNTY ROAD 7")
CITIES = (("ALBANY", "NY", "12207"), ("TROY", "NY", "12180"), ("AUSTIN", "TX", "78701"), ("OMAHA", "NE", "68102"))
LAST = ("RIVERA", "O'NEIL", "SMITH-JONES", "NGUYEN", "OKAFOR", "HAAS", "COLE", "BAKER", "LINDQVIST", "DE LA CRUZ")
FIRST = ("ANA", "LUIS", "EVA", "SAM", "THI", "CHIDI", "GRETA", "OMAR", "LI", "RUTH")
TAXONOMIES = ("207Q00000X", "207R00000X", "208600000X", "207RC0000X", "363L00000X")


class EncounterMaker:
    """Parts of encounters, and whole ones of each shape (`SHAPES`)."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.serial = 0

    def pick(self, values: tuple[T, ...]) -> T:
        """One of them."""
        return self.rng.choice(values)

    def maybe(self, make: Callable[[], T], likely: float = 0.5) -> T | None:
        """A made value, or None."""
        return make() if self.rng.random() < likely else None

    def digits(self, count: int) -> str:
        """That many digits, the first not zero."""
        return str(self.rng.randint(1, 9)) + "".join(str(self.rng.randint(0, 9)) for _ in range(count - 1))

    def number(self, prefix: str) -> str:
        """A reference number, never given twice."""
        self.serial += 1
        return f"{prefix}{self.serial:06d}{self.digits(3)}"

    def npi(self) -> str:
        """Ten digits with the check digit of 45 CFR 162.406."""
        base = "1" + self.digits(8)
        doubled = sum(sum(divmod(2 * int(d), 10)) for d in ("80840" + base)[::-1][::2])
        return base + str(-(doubled + sum(map(int, ("80840" + base)[::-1][1::2]))) % 10)

    def day(self) -> date:
        """A date of service within the loaded release."""
        return date(2026, 4, 1) + timedelta(days=self.rng.randint(10, 140))

    def cents(self) -> int:
        """A charge."""
        return self.rng.randint(500, 60_000)

    def address(self, plus4: bool = True) -> Address:
        """A street address."""
        city, state, zip5 = self.pick(CITIES)
        line2 = self.maybe(lambda: f"APT {self.rng.randint(1, 90)}", 0.3)
        code = zip5 + (self.digits(4) if plus4 or self.rng.random() < 0.5 else "")
        line1 = f"{self.rng.randint(1, 9999)} {self.pick(STREETS)}"
        return Address(line1=line1, line2=line2, city=city, state=state, postal_code=code)

    def person(self, born: date | None = None) -> Person:
        """A patient or subscriber."""
        birth = born or date(1940, 1, 1) + timedelta(days=self.rng.randint(0, 22_000))
        return Person(
            last_name=self.pick(LAST),
            first_name=self.pick(FIRST),
            middle_name=self.maybe(lambda: self.pick(("M", "J", "LEE")), 0.4),
            suffix=self.maybe(lambda: self.pick(("JR", "III")), 0.1),
            birth_date=birth,
            sex=self.pick(("F", "M")),
            address=self.address(plus4=False),
            phone="5185550" + self.digits(3),
        )

    def clinician(self, **more: Any) -> Provider:
        """A person who treats, orders, refers or supervises."""
        told = {"entity": "person", "npi": self.npi(), "name": self.pick(LAST), "first_name": self.pick(FIRST)}
        return Provider.model_validate({**told, "taxonomy_code": self.pick(TAXONOMIES), **more})

    def organization(self, name: str, **more: Any) -> Provider:
        """A facility, laboratory or practice."""
        told = {"entity": "organization", "npi": self.npi(), "name": name, "address": self.address()}
        return Provider.model_validate({**told, **more})

    def practice(self) -> Provider:
        """A billing provider: a group, or now and then a person."""
        told = {
            "npi": self.npi(), "tax_id": "14" + self.digits(7), "taxonomy_code": self.pick(TAXONOMIES),
            "address": self.address(), "contact_name": "BILLING OFFICE", "phone": "5185550" + self.digits(3),
        }  # fmt: skip
        if self.rng.random() < 0.2:
            solo = {"entity": "person", "name": self.pick(LAST), "first_name": self.pick(FIRST)}
            return Provider.model_validate({**told, **solo})
        return Provider.model_validate({**told, "entity": "organization", "name": f"{self.pick(LAST)} CLINIC"})

    def coverage(self, subscriber: Person, sequence: str = "P", **more: Any) -> Coverage:
        """One payer's cover."""
        told = {
            "sequence": sequence, "payer_id": self.digits(5), "payer_name": f"{self.pick(CITIES)[0]} HEALTH PLAN",
            "filing_indicator": self.pick(("CI", "12", "HM", "BL")), "member_id": self.number("M"),
            "group_number": self.maybe(lambda: self.number("G")), "relationship": "self", "subscriber": subscriber,
            "payer_address": self.maybe(self.address, 0.3),
        }  # fmt: skip
        return Coverage.model_validate({**told, **more})

    def beneficiary(self) -> str:
        """A Medicare beneficiary identifier, as CMS gives them out."""
        digits, letters = "0123456789", "ACDEFGHJKMNPQRTUVWXY"
        kinds = {"1": digits[1:], "9": digits, "A": letters, "X": digits + letters}
        return "".join(self.pick(tuple(kinds[kind])) for kind in "1AX9AX9AA99")

    def line(self, number: int, code: str, day: date, pointers: tuple[int, ...] = (1,), **more: Any) -> CodedLine:
        """A priced line."""
        told = {"line_number": number, "code": code, "units": Decimal(1), "pointers": pointers, "date_from": day}
        return CodedLine.model_validate({"charge_cents": self.cents(), **told, **more})

    def visit(self, **more: Any) -> CodedEncounter:
        """An office visit with some diagnoses, procedures and tests: what every other shape changes."""
        day, patient = self.day(), self.person()
        count = self.rng.randint(1, 8)
        codes = self.rng.sample(DIAGNOSES, count)
        services = [self.pick(VISITS), *self.rng.sample(TESTS, self.rng.randint(0, 3))]
        told: dict[str, Any] = {
            "external_id": self.number("V"),
            "patient": patient,
            "coverages": (self.coverage(patient),),
            "billing_provider": self.practice(),
            "rendering_provider": self.clinician(),
            "place_of_service": "11",
            "service_date": day,
            "diagnoses": tuple(CodedDiagnosis(code=code, confidence=1) for code in codes),
            "lines": tuple(
                self.line(n, code, day, tuple(self.rng.sample(range(1, count + 1), min(count, self.rng.randint(1, 4)))))
                for n, code in enumerate(services, start=1)
            ),
            "clia_number": "33D" + self.digits(7),
            "medical_record_number": self.maybe(lambda: self.number("MRN")),
        }
        return CodedEncounter.model_validate({**told, **more})

    def with_lines(self, *services: tuple[str, dict[str, Any]], **more: Any) -> CodedEncounter:
        """A visit with these services in place of its own."""
        made = self.visit()
        lines = tuple(self.line(n, code, made.service_date, **it) for n, (code, it) in enumerate(services, start=1))
        return made.model_copy(update={"lines": lines, **more})

    def covered(self, **more: Any) -> CodedEncounter:
        """A visit whose coverage is of another kind."""
        made = self.visit()
        return made.model_copy(update={"coverages": (self.coverage(made.patient, **more),)})
