"""Makes the small valid parts of models from a seed. Nothing here is a real person or payer."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from x12.envelope import Delimiters, Envelope
from x12.parties import (
    Address,
    Adjustment,
    CommunicationNumber,
    Contact,
    Name,
    OutpatientAdjudication,
    Procedure,
    Reference,
)

T = TypeVar("T")

UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
TEXT = UPPER + UPPER.lower() + DIGITS + " .,-'/()&#=;?!"
STATES = ("TX", "CA", "NY", "FL", "WA", "OH")
POS = ("11", "12", "21", "22", "23", "24", "02", "10")
FILING = ("12", "CI", "BL", "MB", "MC", "HM", "16")
RESPONSIBILITY = ("P", "S", "T")
REMARKS = ("N130", "M15", "MA01", "N4", "M80")


class PartsMaker:
    """Random valid models; ``maybe`` decides for every optional part."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.serial = 0

    # --- small parts

    def maybe(self, make: Callable[[], T], default: T, chance: float = 0.35) -> T:
        return make() if self.rng.random() < chance else default

    def pick(self, options: tuple[T, ...]) -> T:
        return self.rng.choice(options)

    def some(self, make: Callable[[], T], most: int, least: int = 0) -> tuple[T, ...]:
        return tuple(make() for _ in range(self.rng.randint(least, most)))

    def digits(self, length: int) -> str:
        return "".join(self.rng.choice(DIGITS) for _ in range(length))

    def code(self, least: int = 2, most: int = 12) -> str:
        return "".join(self.rng.choice(UPPER + DIGITS) for _ in range(self.rng.randint(least, most)))

    def text(self, most: int = 30, least: int = 1) -> str:
        made = "".join(self.rng.choice(TEXT) for _ in range(self.rng.randint(least, most))).strip()
        return made if len(made) >= least else "X" * least

    def cents(self, most: int = 500_000) -> int:
        return self.rng.randint(0, most)

    def decimal(self, most: int = 100) -> Decimal:
        return Decimal(self.rng.choice(("1", "2", "0.5", "1.25", str(self.rng.randint(1, most)))))

    def day(self) -> date:
        return date(2026, 4, 1) + timedelta(days=self.rng.randint(0, 180))

    def birth(self) -> date:
        return date(1930, 1, 1) + timedelta(days=self.rng.randint(0, 34_000))

    def moment(self) -> datetime:
        return datetime(  # noqa: DTZ001 - X12 carries no zone
            2026, 10, self.rng.randint(1, 28), self.rng.randint(0, 23), self.rng.randint(0, 59)
        )

    def npi(self) -> str:
        stem = self.pick(("1", "2")) + self.digits(8)
        total = 24
        for index, digit in enumerate(reversed(stem)):
            value = int(digit) * (2 if index % 2 == 0 else 1)
            total += value - 9 if value > 9 else value
        return stem + str(-total % 10)

    def person(self) -> Name:
        return Name.person(
            self.text(20), self.text(15), self.maybe(lambda: self.text(5), ""), self.maybe(lambda: "JR", "")
        )

    def organization(self) -> Name:
        return Name.organization(self.text(40))

    def name(self) -> Name:
        return self.person() if self.rng.random() < 0.5 else self.organization()

    def address(self) -> Address:
        return Address(
            self.text(40), self.text(20, 2), self.pick(STATES), self.digits(9), self.maybe(lambda: self.text(20), "")
        )

    def contact(self, qualifiers: tuple[str, ...] = ("TE", "EM", "FX"), function: str = "IC") -> Contact:
        numbers = tuple(
            CommunicationNumber(q, self.digits(10))
            for q in self.rng.sample(qualifiers, self.rng.randint(1, len(qualifiers)))
        )
        return Contact(self.text(20), numbers, function)

    def reference(self, qualifiers: tuple[str, ...]) -> Reference:
        return Reference(self.pick(qualifiers), self.code())

    def procedure(self) -> Procedure:
        modifiers = tuple(self.rng.sample(("25", "59", "RT", "LT", "QW", "XU"), self.rng.randint(0, 4)))
        return Procedure(self.pick(("99213", "99214", "87880", "36415", "J1885", "A0428")), modifiers)

    def adjustments(self, amount: int) -> tuple[Adjustment, ...]:
        """Adjustments that sum up to ``amount``, grouped as a reader gives them back."""
        parts = []
        for group, reason in (("CO", "45"), ("CO", "253"), ("OA", "23"), ("PR", "1"), ("PR", "2"), ("PR", "3")):
            if self.rng.random() < 0.4:
                part = self.rng.randint(-500, 4000) or 1
                parts.append(Adjustment(group, reason, part, self.maybe(self.decimal, None, 0.2)))
                amount -= part
        if amount:
            parts.append(Adjustment("PI", "94", amount))
        return tuple(parts)

    def outpatient(self) -> OutpatientAdjudication:
        return OutpatientAdjudication(
            Decimal("0.8"),
            self.cents(),
            tuple(self.rng.sample(REMARKS, self.rng.randint(1, 5))),
            self.cents(),
            self.cents(),
        )

    def envelope(self, delimiters: Delimiters | None = None) -> Envelope:
        return Envelope(
            "ZZ",
            self.code(3, 15),
            self.pick(("ZZ", "30")),
            self.code(3, 15),
            self.moment(),
            self.rng.randint(1, 999_999_999),
            self.rng.randint(1, 999_999),
            self.pick(("P", "T")),
            self.maybe(lambda: "APP" + self.code(1, 9), ""),
            self.maybe(lambda: "REC" + self.code(1, 9), ""),
            self.rng.random() < 0.5,
            delimiters or Delimiters(),
        )

    def distinct(self, qualifiers: tuple[str, ...], most: int) -> tuple[Reference, ...]:
        chosen = self.rng.sample(qualifiers, self.rng.randint(1, most))
        return tuple(Reference(qualifier, self.code()) for qualifier in chosen)
