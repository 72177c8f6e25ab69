"""Infusions, pushes and hydration into a vein, by their minutes.

One service is the first: an infusion before a push before hydration. An infusion of at most 15 minutes is a push.
Further hours count from 31 minutes beyond the last one. Hydration counts from 31 minutes, and not while a drug runs in;
fluid that carries a drug is none. Without times a person is asked. (CPT section guidelines for hydration and
infusions, in our own words.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from coding_svc.coding import doing
from coding_svc.coding.injections import REGULARLY
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened
from coding_svc.coding.sentences import Sentence
from coding_svc.domain import CodeSystem, Section

PUSH_UP_TO, HYDRATION_FROM, HOUR = 15, 31, 60
"""Minutes."""
_VEIN: Final = Screened(r"\biv\b|\bivp\b|\bivpb\b|intravenous|infus|\bhydrat")
_INTO_VEIN: Final = re.compile(r"\biv\b|\bivp\b|\bivpb\b|intravenous\w*|infus\w+|iv (?:fluid|hydration)")
_FLUID: Final = re.compile(
    r"normal saline|\bns\b|0\.9 ?% (?:saline|sodium chloride)|lactated ringer\w*|\blr\b|ringer'?s lactate|iv fluids?"
    r"|\bd5\w*"
    r"|(?:iv |intravenous )hydration|hydrat\w+ with|half[- ]normal saline"
)
_CARRIER: Final = re.compile(
    r"\bin (?:\d+ ?(?:ml|cc) )?(?:of )?(?:ns\b|normal saline|d5\w*|lr\b)|(?:flush|flushed|saline lock|heplock)"
)
_INFUSED: Final = re.compile(r"infus\w+|ivpb|piggyback|\bdrip\b")
_PUSHED: Final = re.compile(r"(?:iv |slow |intravenous )push|\bivp\b|pushed|iv bolus")
_DRUG: Final = re.compile(
    r"(?<![\w.])([a-z][a-z-]{4,}(?: [a-z]{5,})?) (?:\d[\d,.]* ?(?:mg|mcg|g|grams?|gm|units?|meq)\b(?!/))"
)
_CLOCK: Final = r"(\d{1,2})[:.]?(\d{2}) ?(am|pm|a\.m\.|p\.m\.|h)?"
_FROM_TO: Final = re.compile(
    rf"(?:start\w*|begun|began|from|hung)(?: time)?(?: at)?:? ?{_CLOCK}[^.\n]{{0,40}}?"
    r"(?:stop\w*|end\w*|finish\w*|complete\w*|to|until|till|-|–)"
    rf"(?: time)?(?: at)?:? ?{_CLOCK}|\b{_CLOCK} ?(?:-|–|to) ?{_CLOCK}"
)
_FOR: Final = re.compile(
    r"(?:over|for|ran|in|took|lasted|total(?: time)?(?: of)?:?|\() ?(?:about |approximately )?(\d{1,3}) ?(?:-| )?"
    r"(min\w*|h\b|hr?s?\b|hours?)"
    r"|(?:over|for) (?:an?|one) hour"
)
_STATED_DONE: Final = re.compile(
    r"given|infused|started|start\b|ran|received|administered|stop\b|push|tolerated|completed|hung|bolus"
)
_CERTAIN, _UNKNOWN = 0.86, 0.3


@dataclass(frozen=True, slots=True)
class Run:
    """One thing that went into a vein. `kind`: infusion, push or fluid; `minutes` None if no time is written."""

    kind: str
    minutes: int | None
    drug: str
    starts: int | None
    at: int
    sentence: Sentence


def infusions(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """The services with those that went into a vein."""
    if not _VEIN.might(reading.lowered):
        return list(services)
    runs = list(_runs(reading))
    drugs = [run for run in runs if run.kind == "infusion" and (run.minutes is None or run.minutes > PUSH_UP_TO)]
    pushes = [run for run in runs if run.kind == "push" or (run.kind == "infusion" and run not in drugs)]
    fluids = [run for run in runs if run.kind == "fluid"]
    found = [*_infused(reading, drugs), *_pushed(reading, pushes, first=not drugs)]
    found += _hydrated(reading, fluids, drugs, first=not found)
    return [*services, *found]


def _runs(reading: Reading) -> Iterator[Run]:
    for sentence in reading.sentences:
        if sentence.section not in doing.SOURCES:
            continue
        text = reading.lowered[sentence.start : sentence.end]
        vein = _INTO_VEIN.search(text)
        if (
            vein is None
            or not (_STATED_DONE.search(text) or _FROM_TO.search(text))
            or doing.denied(text, vein.start(), vein.end())
        ):
            continue
        if REGULARLY.search(text) or (sentence.section is Section.HPI and not doing.today_here(text)):
            continue
        run = _run(reading, sentence, text, vein)
        if run is None:
            continue
        pushed = [name for name in _drugs(text) if run.kind == "push"] or [run.drug]
        yield from (replace(run, drug=name) for name in pushed)


def _drugs(text: str) -> list[str]:
    """Drugs that a statement names with their doses, fluids aside."""
    return [found.group(1) for found in _DRUG.finditer(text) if not _FLUID.search(found.group(1))]


def _run(reading: Reading, sentence: Sentence, text: str, vein: re.Match[str]) -> Run | None:
    drug = next(iter(_drugs(text)), "")
    fluid = _FLUID.search(text)
    kind = "push" if _PUSHED.search(text) and drug else "infusion" if drug else "fluid"
    if kind == "infusion" and not _INFUSED.search(text) and not _minutes(text):
        kind = "push" if re.search(r"\biv\b", text) else kind
    if kind == "fluid" and (fluid is None or _CARRIER.search(text)):
        return None
    minutes, starts = _minutes_near(reading, sentence, text)
    return Run(kind, minutes, drug, starts, sentence.start + vein.start(), sentence)


def _minutes_near(reading: Reading, sentence: Sentence, text: str) -> tuple[int | None, int | None]:
    """Minutes of the statement, else of the next one if that begins with the time."""
    own = _minutes(text)
    if own is not None:
        return own
    after = reading.lowered[sentence.end : sentence.end + 80].lstrip(" \n-")
    if re.match(r"(?:start|from|infusion (?:time|start)|time|began|total)", after):
        return _minutes(after.split("\n", 1)[0]) or (None, None)
    return None, None


def _minutes(text: str) -> tuple[int, int | None] | None:
    """Minutes and the minute of the day at which it started; None if the text tells no time."""
    clock = _FROM_TO.search(text)
    if clock is not None:
        parts = clock.groups()
        first, second = (parts[0:3], parts[3:6]) if parts[0] else (parts[6:9], parts[9:12])
        start, stop = _of_day(*first), _of_day(*second)
        if stop < start:
            stop += 12 * HOUR if stop + 12 * HOUR > start else 24 * HOUR
        return stop - start, start
    span = _FOR.search(text)
    if span is None:
        return None
    if span.group(1) is None:
        return HOUR, None
    return int(span.group(1)) * (1 if span.group(2).startswith("m") else HOUR), None


def _of_day(hour: str | None, minute: str | None, half: str | None) -> int:
    hours = int(hour or 0) % (12 if half and half[0] in "ap" else 24)
    return (hours + (12 if half and half[0] == "p" else 0)) * HOUR + int(minute or 0)


def _infused(reading: Reading, runs: Sequence[Run]) -> Iterator[Performed]:
    """The first infusion with its hours, and one code for each further drug."""
    known: set[str] = set()
    for run in runs:
        code = "96367" if known else "96365"
        if run.drug not in known:
            label = "drug infused, further" if known else "drug infused, first hour"
            yield _service(reading, run, code, label, 1, asked="" if run.minutes else "start_stop")
        known.add(run.drug)
        further = _further_hours(run.minutes or 0)
        if further:
            yield _service(reading, run, "96366", "drug infused, each further hour", further)


def _further_hours(minutes: int) -> int:
    """Hours beyond the first, each from its 31st minute."""
    return max(0, (minutes - HOUR + HOUR - HYDRATION_FROM) // HOUR)


def _pushed(reading: Reading, runs: Sequence[Run], *, first: bool) -> Iterator[Performed]:
    """The first push, if nothing was infused, and one for each further drug."""
    drugs = {run.drug: run for run in reversed(runs)}
    ordered = list(reversed(drugs.values()))
    if first and ordered:
        yield _service(reading, ordered[0], "96374", "drug pushed into a vein, first", 1)
        ordered = ordered[1:]
    if ordered:
        yield _service(reading, ordered[0], "96375", "drug pushed into a vein, each further", len(ordered))


def _hydrated(reading: Reading, fluids: Sequence[Run], drugs: Sequence[Run], *, first: bool) -> Iterator[Performed]:
    timed = [run for run in fluids if run.minutes is not None]
    if fluids and not timed:
        if first:
            yield _service(reading, fluids[0], "96360", "hydration, first hour", 1, asked="start_stop")
        return
    minutes = sum((run.minutes or 0) - _while_drugs_ran(run, drugs) for run in timed)
    if minutes < HYDRATION_FROM:
        return
    if first:
        yield _service(reading, timed[0], "96360", "hydration, first hour", 1)
    further = _further_hours(minutes + (0 if first else HOUR))
    if further:
        yield _service(reading, timed[0], "96361", "hydration, each further hour", further)


def _while_drugs_ran(fluid: Run, drugs: Sequence[Run]) -> int:
    """Minutes of a fluid that ran beside a drug."""
    if fluid.starts is None or fluid.minutes is None:
        return 0
    end = fluid.starts + fluid.minutes
    return sum(
        max(0, min(end, drug.starts + drug.minutes) - max(fluid.starts, drug.starts))
        for drug in drugs
        if drug.starts is not None and drug.minutes is not None
    )


def _service(reading: Reading, run: Run, code: str, label: str, units: int, *, asked: str = "") -> Performed:
    evidence = (reading.evidence(run.sentence.start, run.sentence.end),)
    beside = "" if code in ("96361", "96366", "96367", "96375") else "25"
    sure, section = _UNKNOWN if asked else _CERTAIN, run.sentence.section
    return Performed(code, CodeSystem.CPT, label, (), Decimal(units), sure, evidence, section, beside, asked)
