"""The practice's chargemaster: which code its own charge codes stand for, by date of service.

A directory holds one folder per tenant and one named `default`; each holds any number of CSV files with the columns
`charge_code,code,modifiers,price,description,effective_from,effective_to`. Modifiers are parted by spaces; the last day
may be empty. A tenant's own entry goes before a default one. Prices are claim-builder's: `fee_schedule` writes them in
the layout of its fee schedules.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

DEFAULT_FOLDER: Final = "default"
COLUMNS: Final = ("charge_code", "code", "modifiers", "price", "description", "effective_from", "effective_to")
FEE_COLUMNS: Final = ("code", "modifier", "charge_cents", "effective_from", "effective_to")
_CODE: Final = re.compile(r"\d{4}[0-9AFTU]|[A-Z]\d{4}")
_MODIFIER: Final = re.compile(r"[A-Z0-9]{2}")
_PRICE: Final = re.compile(r"\d{1,8}(?:\.\d{1,2})?")
MOST_MODIFIERS: Final = 4


class ChargemasterError(ValueError):
    """A chargemaster cannot be read; the text names file and line."""


class Charge(NamedTuple):
    """What an internal charge code stands for, from its first to its last day (None: open)."""

    charge_code: str
    code: str
    modifiers: tuple[str, ...]
    price_cents: int
    description: str
    effective_from: date
    effective_to: date | None

    def in_force(self, day: date) -> bool:
        """Whether it counts on that date of service."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


class Chargemaster:
    """The charges of one tenant: its own, then the default ones."""

    def __init__(self, *sources: Iterable[Charge]) -> None:
        self._sources = tuple(_by_code(charges) for charges in sources)

    def find(self, charge_code: str, day: date) -> Charge | None:
        """What a charge code stands for on a day, None if nothing is known."""
        for source in self._sources:
            for charge in source.get(charge_code.upper(), ()):
                if charge.in_force(day):
                    return charge
        return None


NO_CHARGES: Final = Chargemaster()


class Chargemasters:
    """All chargemasters at hand; a tenant without a folder has the default one."""

    def __init__(self, by_folder: Mapping[str, Sequence[Charge]]) -> None:
        default = by_folder.get(DEFAULT_FOLDER, ())
        self._default = Chargemaster(default)
        self._own = {name: Chargemaster(own, default) for name, own in by_folder.items() if name != DEFAULT_FOLDER}

    def for_tenant(self, tenant_id: str) -> Chargemaster:
        """The chargemaster of a tenant."""
        return self._own.get(tenant_id, self._default)

    @classmethod
    def load(cls, directory: Path | None) -> Chargemasters:
        """Read every chargemaster below `directory`; None has none. Raises ChargemasterError."""
        if directory is None:
            return cls({})
        if not directory.is_dir():
            raise ChargemasterError(f"{directory}: no such directory")
        folders = sorted(path for path in directory.iterdir() if path.is_dir())
        return cls({folder.name: _read_folder(folder) for folder in folders})


def _read_folder(folder: Path) -> list[Charge]:
    """The files of one practice together: what one says may not contradict another."""
    found: list[Charge] = []
    for file in sorted(folder.glob("*.csv")):
        found += read_charges(file, found)
    return found


def read_charges(file: Path, before: Sequence[Charge] = ()) -> list[Charge]:
    """The charges of one CSV file, none of which overlaps another or one of `before`. Raises ChargemasterError."""
    found: dict[str, list[Charge]] = {}
    for charge in before:
        found.setdefault(charge.charge_code, []).append(charge)
    new: list[Charge] = []
    for number, row in _rows(file):
        try:
            charge = _charge(row)
            same = found.setdefault(charge.charge_code, [])
            if any(_overlap(charge, other) for other in same):
                raise ValueError(f"{charge.charge_code} has another entry in the same days")
        except ValueError as error:
            raise ChargemasterError(f"{file.name}:{number}: {error}") from None
        same.append(charge)
        new.append(charge)
    return new


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines, strict=True)
            if tuple(rows.fieldnames or ()) != COLUMNS:
                raise ChargemasterError(f"{file.name}:1: the columns must be {','.join(COLUMNS)}")
            for row in rows:
                if None in row or None in row.values():
                    raise ChargemasterError(f"{file.name}:{rows.line_num}: it must have {len(COLUMNS)} values")
                yield rows.line_num, {name: value.strip() for name, value in row.items()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ChargemasterError(f"{file.name}: cannot be read: {error}") from None


def _charge(row: Mapping[str, str]) -> Charge:
    code, modifiers = row["code"].upper(), tuple(row["modifiers"].upper().split())
    if not row["charge_code"]:
        raise ValueError("charge_code is empty")
    if not _CODE.fullmatch(code):
        raise ValueError("code is not a CPT or HCPCS code")
    if len(modifiers) > MOST_MODIFIERS or not all(_MODIFIER.fullmatch(modifier) for modifier in modifiers):
        raise ValueError("modifiers are at most four of two characters, parted by spaces")
    first = _date(row, "effective_from")
    last = _date(row, "effective_to") if row["effective_to"] else None
    if last is not None and last < first:
        raise ValueError("effective_to lies before effective_from")
    return Charge(row["charge_code"].upper(), code, modifiers, _cents(row["price"]), row["description"], first, last)


def _date(row: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(row[name])
    except ValueError:
        raise ValueError(f"{name} must be a date like 2026-01-31") from None


def _cents(price: str) -> int:
    if not _PRICE.fullmatch(price):
        raise ValueError("price must be dollars like 125 or 125.50")
    return int(Decimal(price) * 100)


def _overlap(one: Charge, other: Charge) -> bool:
    return one.effective_from <= (other.effective_to or date.max) and other.effective_from <= (
        one.effective_to or date.max
    )


def _by_code(charges: Iterable[Charge]) -> dict[str, list[Charge]]:
    found: dict[str, list[Charge]] = {}
    for charge in charges:
        found.setdefault(charge.charge_code, []).append(charge)
    return found


NO_CHARGEMASTERS: Final = Chargemasters({})


def fee_schedule(charges: Iterable[Charge]) -> Iterator[tuple[str, ...]]:
    """Header and rows of a fee schedule with the charges' prices: by code and first modifier.

    Raises ChargemasterError where two charge codes ask different prices for the same service on the same days.
    """
    yield FEE_COLUMNS
    prices: dict[tuple[str, str], list[Charge]] = {}
    for charge in charges:
        key = charge.code, charge.modifiers[0] if charge.modifiers else ""
        same = prices.setdefault(key, [])
        clash = next((other for other in same if _overlap(charge, other)), None)
        if clash is not None and clash.price_cents != charge.price_cents:
            raise ChargemasterError(
                f"{clash.charge_code} and {charge.charge_code} ask different prices for {' '.join(key).strip()}"
            )
        if clash is None or (clash.effective_from, clash.effective_to) != (charge.effective_from, charge.effective_to):
            last = charge.effective_to.isoformat() if charge.effective_to else ""
            yield (*key, str(charge.price_cents), charge.effective_from.isoformat(), last)
        same.append(charge)
