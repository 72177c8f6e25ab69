"""Fee schedules: what the practice charges, by code, modifier and date of service.

A directory holds one folder per tenant and one named `default`; each folder holds any number of CSV files with the
columns `code,modifier,charge_cents,effective_from,effective_to`. Modifier and last day may be empty. Of several prices
in force on a day the one that began last counts. A tenant's own price goes before the default one; a price for the
modifier goes before the price of the bare code.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Final, NamedTuple

DEFAULT_FOLDER: Final = "default"
COLUMNS: Final = ("code", "modifier", "charge_cents", "effective_from", "effective_to")


class FeeScheduleError(ValueError):
    """A fee schedule cannot be read; the text names file and line."""


class Price(NamedTuple):
    """What one unit of a service costs, in cents, from its first to its last day (None: open)."""

    code: str
    modifier: str
    charge_cents: int
    effective_from: date
    effective_to: date | None

    def in_force(self, day: date) -> bool:
        """Whether this price counts on that date of service."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


class PriceList:
    """The prices one tenant charges; its own first, then the default ones."""

    def __init__(self, *schedules: Iterable[Price]) -> None:
        self._schedules = tuple(_by_service(prices) for prices in schedules)

    def unit_price(self, code: str, modifiers: Sequence[str], day: date) -> int | None:
        """Cents for one unit, or None if no schedule has a price on that day."""
        for schedule in self._schedules:
            for modifier in (*modifiers, ""):
                for price in schedule.get((code, modifier), ()):
                    if price.in_force(day):
                        return price.charge_cents
        return None

    def charge(self, code: str, modifiers: Sequence[str], units: Decimal, day: date) -> int | None:
        """Cents for all units, half a cent rounded up; None without a price."""
        price = self.unit_price(code, modifiers, day)
        return None if price is None else int((price * units).quantize(Decimal(1), ROUND_HALF_UP))


class FeeSchedules:
    """All price lists at hand. `for_tenant` never fails: a tenant without a folder has the default prices."""

    def __init__(self, by_folder: Mapping[str, Sequence[Price]]) -> None:
        default = by_folder.get(DEFAULT_FOLDER, ())
        self._default = PriceList(default)
        self._lists = {name: PriceList(prices, default) for name, prices in by_folder.items() if name != DEFAULT_FOLDER}

    def for_tenant(self, tenant_id: str) -> PriceList:
        """The prices of a tenant."""
        return self._lists.get(tenant_id, self._default)

    @classmethod
    def load(cls, directory: Path | None) -> FeeSchedules:
        """Read every schedule below `directory`; None has no prices at all. Raises FeeScheduleError."""
        if directory is None:
            return cls({})
        if not directory.is_dir():
            raise FeeScheduleError(f"{directory}: no such directory")
        folders = sorted(path for path in directory.iterdir() if path.is_dir())
        return cls(
            {
                folder.name: [price for file in sorted(folder.glob("*.csv")) for price in read_prices(file)]
                for folder in folders
            }
        )


def read_prices(file: Path) -> Iterator[Price]:
    """The prices of one CSV file. Raises FeeScheduleError naming file and line."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise FeeScheduleError(f"{file}:1: the columns must be {','.join(COLUMNS)}")
        for row in rows:
            try:
                yield _price(row)
            except (TypeError, ValueError, AttributeError) as error:
                raise FeeScheduleError(f"{file}:{rows.line_num}: {error}") from None


def _price(row: Mapping[str, str]) -> Price:
    last_day = row["effective_to"].strip()
    price = Price(
        code=row["code"].strip().upper(),
        modifier=row["modifier"].strip().upper(),
        charge_cents=int(row["charge_cents"]),
        effective_from=date.fromisoformat(row["effective_from"].strip()),
        effective_to=date.fromisoformat(last_day) if last_day else None,
    )
    if not price.code or price.charge_cents < 0:
        raise ValueError("a price needs a code and no negative amount")
    return price


def _by_service(prices: Iterable[Price]) -> dict[tuple[str, str], list[Price]]:
    found: dict[tuple[str, str], list[Price]] = {}
    for price in prices:
        found.setdefault((price.code, price.modifier), []).append(price)
    for same_service in found.values():
        same_service.sort(key=lambda price: price.effective_from, reverse=True)
    return found
