"""The playbook: group, CARC and RARC of an adjustment to a category, by the most specific rule of a data table."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

DEFAULT_CATEGORY = "needs_a_person"
MONEY = ("contractual", "patient", "prior_payer", "denied")
CALENDARS = ("business", "calendar")


class PlaybookError(ValueError):
    """The table cannot be used; the text names the row."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is to be done: one row of the playbook.

    `money` says where the adjusted cents go; `days` count from the day of the remittance's payment on `calendar`;
    `automatic` rows need nobody.
    """

    category: str
    money: str
    action: str
    waits_on: str
    days: int
    calendar: str
    automatic: bool

    @property
    def denies(self) -> bool:
        """True if the money was refused and stays outstanding."""
        return self.money == "denied"


_Key = tuple[str | None, str | None, str, str | None]
"""Payer, group, CARC, RARC; None means any."""


class Playbook:
    """Looks up rulings; immutable."""

    def __init__(self, categories: Mapping[str, Ruling], rules: Mapping[_Key, str]) -> None:
        self._categories = dict(categories)
        self._rules = dict(rules)

    @classmethod
    def standard(cls) -> Playbook:
        """The table that comes with the service."""
        return _standard()

    @classmethod
    def load(cls, path: Path) -> Playbook:
        """A table of the user's own; raises OSError or PlaybookError."""
        return cls.parse(path.read_text(encoding="utf-8"))

    @classmethod
    def parse(cls, text: str) -> Playbook:
        """Read the TOML text; raises PlaybookError."""
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise PlaybookError(str(error)) from None
        categories = {name: _ruling(name, fields) for name, fields in data.get("categories", {}).items()}
        if DEFAULT_CATEGORY not in categories:
            raise PlaybookError(f"the category {DEFAULT_CATEGORY} is missing")
        return cls(categories, dict(_expand(data.get("rules", ()), categories)))

    def ruling(self, payer_id: str, group_code: str, carc: str, rarcs: Sequence[str] = ()) -> Ruling:
        """The most specific ruling: payer before remark code before group; `needs_a_person` if no rule matches."""
        for payer, rarc, group in product((payer_id, None), (*rarcs, None), (group_code, None)):
            category = self._rules.get((payer, group, carc, rarc))
            if category is not None:
                return self._categories[category]
        return self._categories[DEFAULT_CATEGORY]

    def category(self, name: str) -> Ruling:
        """The ruling of a category by name; the default where the table no longer has it."""
        return self._categories.get(name, self._categories[DEFAULT_CATEGORY])

    @property
    def categories(self) -> tuple[str, ...]:
        """All category names."""
        return tuple(self._categories)


def _ruling(name: str, fields: Mapping[str, Any]) -> Ruling:
    ruling = Ruling(
        category=name,
        money=fields.get("money", "denied"),
        action=fields["action"],
        waits_on=fields.get("waits_on", "biller"),
        days=fields.get("days", 0),
        calendar=fields.get("calendar", "business"),
        automatic=fields.get("automatic", False),
    )
    if ruling.money not in MONEY or ruling.calendar not in CALENDARS:
        raise PlaybookError(f"category {name}: money or calendar is none of the known words")
    if ruling.denies and ruling.days <= 0:
        raise PlaybookError(f"category {name}: a denial needs a deadline in days")
    return ruling


def _expand(rules: Iterable[Mapping[str, Any]], categories: Mapping[str, Ruling]) -> Iterable[tuple[_Key, str]]:
    seen: dict[_Key, str] = {}
    for rule in rules:
        category = rule["category"]
        if category not in categories:
            raise PlaybookError(f"rule names the unknown category {category}")
        axes = (rule.get("payers", [None]), rule.get("groups", [None]), rule["carcs"], rule.get("rarcs", [None]))
        for key in product(*axes):
            if seen.setdefault(key, category) != category:
                raise PlaybookError(f"two categories for {key}: {seen[key]} and {category}")
    return seen.items()


@cache
def _standard() -> Playbook:
    return Playbook.parse((importlib.resources.files(__package__) / "playbook.toml").read_text(encoding="utf-8"))
