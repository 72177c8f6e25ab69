"""Figures over many scores, each with a 95 % interval by bootstrap over notes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from coding_svc.evaluation.scoring import Score

RESAMPLES: Final = 1_000
SEED: Final = 20260401
"""Fixed: the same scores give the same intervals."""
BINS: Final = 10

Figure = Callable[[Sequence[Score], Counter[str]], float | None]


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of the report. `value` is a share from 0 to 1."""

    name: str
    value: float
    low: float
    high: float
    of: str


def report(scores: Sequence[Score]) -> list[Measured]:
    """All figures that these scores allow."""
    return [measured for name, figure, of in _FIGURES if (measured := _measure(name, figure, of, scores)) is not None]


def text_lines(scores: Sequence[Score], threshold: float) -> Iterator[str]:
    """The report for people."""
    totals = _total(scores)
    yield f"notes {totals['notes']}, release threshold {threshold}, intervals: 95 %, {RESAMPLES} bootstrap resamples"
    for item in report(scores):
        yield f"{item.name:<34} {item.value:.3f}  [{item.low:.3f}, {item.high:.3f}]  {item.of}"
    yield f"{'forbidden codes':<34} {totals['forbidden']}"


def _measure(name: str, figure: Figure, of: tuple[str, ...], scores: Sequence[Score]) -> Measured | None:
    totals = _total(scores)
    value = figure(scores, totals)
    if value is None:
        return None
    draw = random.Random(SEED)
    drawn: list[float] = []
    for _ in range(RESAMPLES):
        sample = draw.choices(scores, k=len(scores))
        again = figure(sample, _total(sample, _NEEDS.get(name)))
        if again is not None:
            drawn.append(again)
    drawn.sort()
    low, high = drawn[int(0.025 * len(drawn))], drawn[min(len(drawn) - 1, int(0.975 * len(drawn)))]
    return Measured(name, value, low, high, " / ".join(str(totals[key]) for key in of))


def _total(scores: Sequence[Score], keys: Sequence[str] | None = None) -> Counter[str]:
    found: Counter[str] = Counter()
    if keys is None:
        for score in scores:
            found.update(score.counts)
        return found
    for key in keys:
        found[key] = sum(score.counts[key] for score in scores)
    return found


def _ratio(part: str, whole: str) -> Figure:
    return lambda _, t: t[part] / t[whole] if t[whole] else None


def _precision(name: str) -> Figure:
    return lambda _, t: _share(t[f"{name}_hits"], t[f"{name}_hits"] + t[f"{name}_extra"])


def _recall(name: str) -> Figure:
    return lambda _, t: _share(t[f"{name}_hits"], t[f"{name}_hits"] + t[f"{name}_missed"])


def _f1(name: str) -> Figure:
    return lambda _, t: _share(2 * t[f"{name}_hits"], 2 * t[f"{name}_hits"] + t[f"{name}_extra"] + t[f"{name}_missed"])


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _of_gold(_: Sequence[Score], totals: Counter[str]) -> float | None:
    return _share(totals["auto_right"], totals["full_hits"] + totals["full_missed"])


def calibration_error(scores: Sequence[Score], _: Counter[str] | None = None) -> float | None:
    """Expected calibration error of the codes' confidence over ten bins of equal width."""
    return expected_error(judged for score in scores for judged in score.sure)


def _visit_error(scores: Sequence[Score], _: Counter[str] | None = None) -> float | None:
    return expected_error(judged for score in scores for judged in score.sure_visits)


def expected_error(judged: Iterable[tuple[float, bool]]) -> float | None:
    """How far confidence is from the share that is right, over ten bins of equal width; None without any."""
    sums: list[list[float]] = [[0, 0.0, 0] for _ in range(BINS)]
    for confidence, right in judged:
        held = sums[min(BINS - 1, int(confidence * BINS))]
        held[0], held[1], held[2] = held[0] + 1, held[1] + confidence, held[2] + right
    total = sum(held[0] for held in sums)
    return sum(abs(held[1] - held[2]) for held in sums) / total if total else None


def _counts(name: str) -> tuple[str, ...]:
    return (f"{name}_hits", f"{name}_extra", f"{name}_missed")


_FULL, _SHORT, _FOUND = _counts("full"), _counts("short"), _counts("findings")
_FIGURES: Final[tuple[tuple[str, Figure, tuple[str, ...]], ...]] = (
    ("full code precision", _precision("full"), ("full_hits", "full_extra")),
    ("full code recall", _recall("full"), ("full_hits", "full_missed")),
    ("full code F1", _f1("full"), _FULL),
    ("3-character precision", _precision("short"), ("short_hits", "short_extra")),
    ("3-character recall", _recall("short"), ("short_hits", "short_missed")),
    ("3-character F1", _f1("short"), _SHORT),
    ("exact set of codes", _ratio("exact", "notes"), ("exact", "notes")),
    ("first-listed code", _ratio("first", "first_asked"), ("first", "first_asked")),
    ("auto codes: precision", _ratio("auto_right", "auto"), ("auto_right", "auto")),
    ("auto codes: share of gold codes", _of_gold, ("auto_right", "full_hits", "full_missed")),
    ("calibration error (ECE)", calibration_error, ()),
    ("E/M exact", _ratio("em", "em_asked"), ("em", "em_asked")),
    ("E/M exact where sure", _ratio("em_auto_right", "em_auto"), ("em_auto_right", "em_auto")),
    ("E/M above the key", _ratio("em_above", "em_asked"), ("em_above", "em_asked")),
    ("E/M calibration error (ECE)", _visit_error, ()),
    ("E/M modifiers", _ratio("em_modifiers", "em_modifiers_asked"), ("em_modifiers", "em_modifiers_asked")),
    ("procedure lines exact", _ratio("lines", "lines_asked"), ("lines", "lines_asked")),
    ("findings precision", _precision("findings"), ("findings_hits", "findings_extra")),
    ("findings recall", _recall("findings"), ("findings_hits", "findings_missed")),
    ("findings F1", _f1("findings"), _FOUND),
    ("route", _ratio("route", "route_asked"), ("route", "route_asked")),
    ("whole encounter right", _ratio("claim", "notes"), ("claim", "notes")),
    ("released encounters: share", _ratio("released", "notes"), ("released", "notes")),
    ("released encounters: right", _ratio("released_right", "released"), ("released_right", "released")),
    ("evidence is a slice of the note", _ratio("spans_right", "spans"), ("spans_right", "spans")),
)
_NEEDS: Final[dict[str, tuple[str, ...]]] = {
    name: (*of, *(_FULL if "gold" in name else ())) for name, _, of in _FIGURES
}
"""Counts that a figure reads: only these are summed for its resamples."""
