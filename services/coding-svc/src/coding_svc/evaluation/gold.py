"""What a labelled line says is right, in one shape for all kinds of files.

- Visit notes: `icd10cm` [{"code"}] or codes, `disputed` codes that count neither way, `first_listed`, `em_levels`
  (last digits of the office codes accepted).
- Case reports: `icd10cm_affirmed`, the labels that do not rest on negated or suspected mentions.
- Vignettes: `encounter` and `key`, with acceptable alternatives, optional, neutral and forbidden codes, E/M, procedure
  lines, findings and route.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from codesets import icd10cm

from coding_svc.batch.documents import DEFAULT_DATE

NEUTRAL: Final = ("Z68", "Y92", "Y93", "Y99", *(f"Z{n}" for n in range(79, 100)))
"""Vignettes: neither credit nor penalty for these unless the key names them."""
_NEVER_ASKED: Final = frozenset({"QW", "JZ"})


@dataclass(frozen=True, slots=True)
class Line:
    """A service line: code, units, and the modifier sets that are right for it."""

    code: str
    units: int
    modifiers: tuple[frozenset[str], ...]
    optional: frozenset[str]

    def accepts(self, code: str, units: int, modifiers: Sequence[str]) -> bool:
        """Whether a coded line is this one. -59 and -XS are equal."""
        ignored = (self.optional | _NEVER_ASKED) - frozenset().union(*self.modifiers)
        found = _equal(modifiers) - ignored
        return code == self.code and units == self.units and found in self.modifiers


@dataclass(frozen=True, slots=True)
class Gold:
    """The right answer for one note. What is None or empty was not asked."""

    choices: tuple[frozenset[str], ...]
    """Each diagnosis wanted, with the codes that are as good."""
    ignored: frozenset[str] = frozenset()
    neutral: tuple[str, ...] = ()
    """Beginnings of codes without credit or penalty."""
    forbidden: tuple[str, ...] = ()
    first_listed: frozenset[str] = frozenset()
    em: frozenset[str | None] | None = None
    """Codes accepted; None among them where no visit is billed."""
    em_line: Line | None = None
    line_sets: tuple[tuple[Line, ...], ...] | None = None
    findings: frozenset[str] | None = None
    route: str | None = None

    @property
    def wanted(self) -> frozenset[str]:
        """Every code that gives credit."""
        return frozenset().union(*self.choices)

    def is_neutral(self, code: str) -> bool:
        """Whether a code that gives no credit costs nothing either."""
        return code in self.ignored or (code.startswith(self.neutral) and not code.startswith(self.forbidden or "?"))


def gold_of(row: Mapping[str, Any]) -> Gold:
    """The answer of a labelled line. Raises KeyError where the line has no labels that this module knows."""
    if "key" in row:
        return _of_vignette(row["key"])
    if "icd10cm_affirmed" in row:
        return Gold(tuple(_with_successors(code) for code in _codes(row["icd10cm_affirmed"])))
    codes = _codes(row["icd10cm"])
    levels = frozenset(f"992{group}{level}" for level in row.get("em_levels", ()) for group in (0, 1))
    first = row.get("first_listed")
    return Gold(
        tuple(frozenset({code}) for code in codes),
        frozenset(_codes(row.get("disputed", ()))) - frozenset(codes),
        first_listed=frozenset({first}) if first else frozenset(),
        em=levels or None,
    )


def _codes(items: Sequence[Any]) -> list[str]:
    return list(dict.fromkeys(item if isinstance(item, str) else item["code"] for item in items))


def _with_successors(code: str) -> frozenset[str]:
    """Labels of an older code set: a code that has been divided since is met by any code that it was divided into."""
    release = icd10cm.on(DEFAULT_DATE)
    if release is None or release.is_billable(code) or not release.is_valid(code):
        return frozenset({code})
    found, waiting = {code}, [code]
    while waiting:
        below = release.children(waiting.pop())
        found.update(below)
        waiting += below
    return frozenset(found)


def _of_vignette(key: Mapping[str, Any]) -> Gold:
    em = key["em"]
    alternatives = key.get("procedures_alternatives") or ()
    return Gold(
        choices=tuple(frozenset({item["code"], *item.get("acceptable_alternatives", ())}) for item in key["icd10cm"]),
        ignored=frozenset(key.get("optional_icd10cm", ())),
        neutral=NEUTRAL,
        forbidden=tuple(item["code"] for item in key.get("forbidden_icd10cm", ())),
        first_listed=frozenset({key["first_listed"], *key.get("first_listed_acceptable", ())} - {None}),
        em=frozenset({em["code"], *em.get("acceptable", ())} if em else {None}),
        em_line=_line({**em, "units": 1}) if em else None,
        line_sets=tuple(tuple(_line(item) for item in lines) for lines in (key["procedures"], *alternatives)),
        findings=frozenset(key.get("findings", ())),
        route=key.get("route"),
    )


def _line(item: Mapping[str, Any]) -> Line:
    sets = [item.get("modifiers", ()), *item.get("modifier_alternatives", ())]
    return Line(
        item["code"],
        int(item["units"]),
        tuple(_equal(modifiers) - _NEVER_ASKED for modifiers in sets),
        _equal(item.get("modifiers_optional", ())),
    )


def _equal(modifiers: Sequence[str]) -> frozenset[str]:
    return frozenset("59" if modifier in {"XE", "XP", "XS", "XU"} else modifier for modifier in modifiers)
