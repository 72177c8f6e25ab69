"""Step 12d, bundling: the practice's NCCI files over the services of the day.

Indicator 0: the second code is part of the first and goes. Indicator 1: both stand with an NCCI modifier, 25 on the
visit, 59 on a procedure whose separateness the note documents; else the second goes. Above its unit limit a code is
cut. What was on the charge sheet is reported; taking something off it needs a person. (NCCI Policy Manual, chapter I.)
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from typing import Final

from codesets import ncci
from codesets.ncci import PtpPair

from coding_svc.coding.procedure_details import SITES
from coding_svc.coding.reading import Reading
from coding_svc.coding.services import EM_CODES, Services
from coding_svc.domain import CodingFinding, Evidence, Reason

_SEPARATE: Final = re.compile(
    r"\b(?:separate|distinct|different|another|second|other|unrelated) (?:site|lesion|area|incision|session|encounter"
    r"|location|spot|problem|injury|structure)|\b(?:separate|distinct|apart) from\b"
)
_OF_VISITS: Final = frozenset(("24", "25", "57"))


def apply(services: Services) -> None:
    """Work the pairs and unit limits of the day into the services."""
    encounter = services.encounter
    if not encounter.payer_rules.ncci:
        return
    day, program = encounter.date_of_service, encounter.payer_rules.program
    for pair in ncci.pairs(services.codes(), day, program=program):
        present = services.codes()
        if pair.column1 in present and pair.column2 in present:
            _pair(pair, services)
    for at, line in enumerate(services.lines):
        limit = ncci.mue(line.code, day, program=program)
        if limit is not None and 0 < limit.units < line.units:  # 0: Medicare does not cover it, which is no unit limit
            services.drop_finding(f"conflict:units:{line.code}")
            services.findings.append(_above(line.code, line.units, limit.units, services))
            services.lines[at] = replace(line, units=Decimal(limit.units))


def _pair(pair: PtpPair, services: Services) -> None:
    visit = next((code for code in (pair.column2, pair.column1) if code in EM_CODES), None)
    one, other = services.modifiers(pair.column1), services.modifiers(pair.column2)
    if pair.modifier_indicator == 0:
        services.remove(pair.column2)
        _report(pair, services, blocking=True)
    elif _bypassed(pair, one, other):
        _report(pair, services, blocking=False)
    elif visit is not None:
        services.add_modifier(visit, "25")
        _report(pair, services, blocking=False)
    elif _documented_apart(pair, services):
        services.add_modifier(pair.column2, "59")
        _report(pair, services, blocking=False)
    else:
        services.remove(pair.column2)
        _report(pair, services, blocking=True)


def _bypassed(pair: PtpPair, one: Collection[str], other: Collection[str]) -> bool:
    """Whether an NCCI modifier tells the two apart: a visit's own, or on procedures any, but not the same on both."""
    visits = [modifiers for code, modifiers in ((pair.column1, one), (pair.column2, other)) if code in EM_CODES]
    if visits:
        return any(_OF_VISITS.intersection(modifiers) for modifiers in visits)
    first, second = ncci.MODIFIERS.intersection(one), ncci.MODIFIERS.intersection(other)
    return bool(first or second) and first != second


def _documented_apart(pair: PtpPair, services: Services) -> bool:
    """The note names different sites for the two, or says that they were separate.

    Of two procedures on the skin, anywhere in the note: lesions are listed, and told apart, line by line.
    """
    on_skin = all(code.startswith("1") and code.isdigit() for code in (pair.column1, pair.column2))
    if on_skin and any(_SEPARATE.search(reading.lowered) for reading in services.readings):
        return True
    one, other = services.evidence(pair.column1), services.evidence(pair.column2)
    if not one or not other:
        return False
    return any(_apart(around(one[0], services), around(other[0], services)) for around in (_sentence, _line))


def _apart(first: str, second: str) -> bool:
    if _SEPARATE.search(first) or _SEPARATE.search(second):
        return True
    sites = [{match.group() for match in SITES.finditer(text)} for text in (first, second)]
    return first != second and bool(sites[0]) and bool(sites[1]) and not sites[0] & sites[1]


def _line(evidence: Evidence, services: Services) -> str:
    """The line of the note that holds the evidence, in lower case."""
    reading = _reading(evidence, services)
    if reading is None:
        return ""
    end = reading.lowered.find("\n", evidence.end)
    return reading.lowered[reading.lowered.rfind("\n", 0, evidence.start) + 1 : end if end >= 0 else None]


def _sentence(evidence: Evidence, services: Services) -> str:
    """The sentence that holds it."""
    reading = _reading(evidence, services)
    for sentence in reading.sentences if reading else ():
        if reading and sentence.start <= evidence.start < sentence.end:
            return reading.lowered[sentence.start : sentence.end]
    return ""


def _reading(evidence: Evidence, services: Services) -> Reading | None:
    return next((reading for reading in services.readings if reading.note.note_id == evidence.note_id), None)


def _report(pair: PtpPair, services: Services, *, blocking: bool) -> None:
    """Only what stands on the charge sheet can be wrong on it; what the note alone gave was never billed."""
    sheet = [services.sent(code) for code in (pair.column1, pair.column2)]
    if not all(sheet) or (not blocking and _modified_on_sheet(services, pair)):
        return
    text = f"{pair.column2} is part of {pair.column1}"
    action = "Confirm that it is not billed." if blocking else "A modifier that the note supports was added."
    services.findings.append(
        CodingFinding(
            Reason.NCCI, services.place(pair.column2), text, action, blocking, f"ncci:{pair.column1}~{pair.column2}"
        )
    )


def _modified_on_sheet(services: Services, pair: PtpPair) -> bool:
    one, other = services.sent(pair.column1), services.sent(pair.column2)
    return one is not None and other is not None and _bypassed(pair, one.modifiers, other.modifiers)


def _above(code: str, units: Decimal, limit: int, services: Services) -> CodingFinding:
    return CodingFinding(
        Reason.MUE,
        f"{services.place(code)}/units",
        f"{units.normalize():f} units of {code} are more than the {limit} that are plausible in a day",
        "Confirm the units, or document and appeal.",
        subject=f"mue:{code}:{units.normalize():f}>{limit}",
    )
