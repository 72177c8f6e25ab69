"""The result of a sample day: one table for people, `build/run.json` for machines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

_WIDE = 165
"""Columns of a terminal that takes every column of the table."""
_MEDIUM = 118
_ESSENTIAL = frozenset({"charged", "paid", "patient", "open"})


@dataclass(frozen=True)
class Money:
    """Where the charges of an encounter lie now, in cents. What was charged lies in exactly one of the others.

    `outstanding_cents` is what a payer is still asked for.
    """

    charged_cents: int = 0
    paid_cents: int = 0
    contractual_cents: int = 0
    patient_cents: int = 0
    written_off_cents: int = 0
    outstanding_cents: int = 0

    @property
    def balanced(self) -> bool:
        """Whether every charged cent is accounted for."""
        return self.charged_cents == (
            self.paid_cents
            + self.contractual_cents
            + self.patient_cents
            + self.written_off_cents
            + self.outstanding_cents
        )

    def __add__(self, other: Money) -> Money:
        mine, theirs = asdict(self), asdict(other)
        return Money(**{name: mine[name] + theirs[name] for name in mine})


@dataclass(frozen=True)
class Row:
    """What became of one encounter. No patient data: ids are opaque, `note` says why in our own words.

    `outcome` is one of the words that the counts are made of: paid, denied, corrected, held, review, …
    """

    encounter: str
    codes: Sequence[str]
    claim: str
    acknowledgement: str
    outcome: str
    money: Money
    note: str = ""
    timeline_url: str = ""
    trace_url: str = ""
    practice: str = ""
    encounter_id: str = ""


@dataclass(frozen=True)
class RunResult:
    """A whole sample day. `expected` holds the outcome counts by the sandbox's own books; `urls` what to open next."""

    rows: Sequence[Row]
    expected: Mapping[str, int]
    urls: Mapping[str, str]
    seconds: float
    faults: Sequence[str] = field(default=())

    @property
    def outcomes(self) -> dict[str, int]:
        """How many encounters ended how."""
        return dict(sorted(Counter(row.outcome for row in self.rows).items()))

    @property
    def total(self) -> Money:
        """The money of all rows."""
        return sum((row.money for row in self.rows), Money())

    @property
    def disagreements(self) -> list[str]:
        """Everything that is not as it must be, in words; empty when the day is right."""
        found = list(self.faults)
        outcomes = self.outcomes
        for outcome in sorted({*outcomes, *self.expected}):
            ours, theirs = outcomes.get(outcome, 0), self.expected.get(outcome, 0)
            if ours != theirs:
                found.append(f"{outcome}: {ours} here, {theirs} by the sandbox's books")
        found += [f"encounter {row.encounter} does not balance" for row in self.rows if not row.money.balanced]
        return found


def dollars(cents: int) -> str:
    """Cents as dollars: 123456 is `1,234.56`, -5 is `-0.05`."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole:,}.{rest:02d}"


def print_result(result: RunResult, console: Console) -> None:
    """The table, its sums, what disagrees, and where to go on."""
    console.print(_table(result, console.width))
    words = (f"{count} {outcome.replace('_', ' ')}" for outcome, count in result.outcomes.items())
    console.print(", ".join(words), highlight=False)
    for fault in result.disagreements:
        console.print(f"disagreement: {fault}", style="red", markup=False, highlight=False)
    if not result.disagreements:
        console.print("Balanced to the cent; every outcome is as the sandbox's books say.", style="green")
    for name, url in result.urls.items():
        console.print(f"  {name:<26} {url}", markup=False, highlight=False, soft_wrap=True)


def _table(result: RunResult, width: int) -> Table:
    """A line per encounter where the terminal is wide enough for it; a narrow one leaves out what explains."""
    is_wide = width >= _WIDE
    title = f"{len(result.rows)} encounters in {result.seconds:.0f} s"
    table = Table(title=title, show_footer=True, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), title_justify="left")
    table.add_column("encounter", no_wrap=True, overflow="ellipsis", max_width=max(18, width // 6))
    table.add_column("codes", min_width=10, max_width=30)
    table.add_column("claim", no_wrap=True)
    table.add_column("acknowledgement" if is_wide else "ack.", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    if is_wide:
        table.add_column("why", no_wrap=True, overflow="ellipsis", max_width=width // 7)
    shown = {heading: cents for heading, cents in _amounts(result.total).items() if cents or heading in _ESSENTIAL}
    if not is_wide:
        kept = _ESSENTIAL if width >= _MEDIUM else _ESSENTIAL - {"patient"}
        shown = {heading: cents for heading, cents in shown.items() if heading in kept}
    for heading, cents in shown.items():
        table.add_column(heading, dollars(cents), justify="right", no_wrap=True)
    for row in result.rows:
        told = [row.encounter, " ".join(row.codes), row.claim, row.acknowledgement, row.outcome.replace("_", " ")]
        told += [row.note] if is_wide else []
        amounts = _amounts(row.money)
        table.add_row(*told, *(dollars(amounts[heading]) if amounts[heading] else "-" for heading in shown))
    return table


def _amounts(money: Money) -> dict[str, int]:
    return {
        "charged": money.charged_cents,
        "paid": money.paid_cents,
        "contract": money.contractual_cents,
        "patient": money.patient_cents,
        "written off": money.written_off_cents,
        "open": money.outstanding_cents,
    }


def write_json(result: RunResult, path: Path) -> None:
    """The same as JSON; the file is whole or not there."""
    document = {
        **asdict(result),
        "outcomes": result.outcomes,
        "total": asdict(result.total),
        "disagreements": result.disagreements,
        "balanced": all(row.money.balanced for row in result.rows),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(document, indent=2) + "\n")
    partial.replace(path)
