"""Injected drugs by their units, with the injection that carries them, and trigger points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Final

from coding_svc.coding import doing, joints, lexicon
from coding_svc.coding.procedure_details import side_modifier
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened, Screens
from coding_svc.domain import CodeSystem, Section

_GIVEN: Final = re.compile(
    r"\bgiven\b|administered|injected|\bim\b|\binto\b|received|deltoid|gluteus|thigh|\bused\b|infused|instilled|\bpush|\bivpb?\b"
    r"|(?:block|injection)s? (?:was |were )?(?:done|performed)"
)
NOT_GIVEN: Final = re.compile(
    r"\bno\b(?! (?:reaction|adverse|complic|problem|issue|difficult|wast|drug|leftover|counsel"
    r"|ultrasound|imaging|guidance|bleed))"
    r"|not given|declin|refus|overdue"
    r"|will |next visit|gives (?:her|him)self|self-?(?:inject|admin)|at home|\brefill"
    r"|given there|(?:in|at) the (?:er|ed|emergency|hospital)\b"
    r"|at (?:the |his |her |their )?(?:pharmacy|work|workplace|school|job)\b|up to date"
    r"|\b(?:at|during) (?:(?:the|her|his|their|our|a) )?(?:last|previous|prior) (?:office )?(?:visit|appointment)\b"
    r"|\bdue\b(?! to)|\bif |prescri|inhal"
    r"|\boral|tablets?|syrup|\bp\.o\.|suppositor|cream|ointment|in (?:19|20)\d\d|recommend|due\b(?! to)|years? ago"
)
"""Of a drug or vaccine: not given here today."""
REGULARLY: Final = re.compile(
    r"[^.;\n]{0,40}?\b(?:q ?\.?\d+ ?h|qd|bid|tid|qid|b\.i\.d|t\.i\.d|q\.d|daily"
    r"|(?:twice|once|three times) (?:a|per) day"
    r"|every \d+ hours|p\.o\.|po\b)"
)
"""After a dose: a drug that is taken, or given on a ward, again and again."""
AMOUNT: Final = r"(\d+(?:,\d{3})*(?:\.\d+)?) ?(mg|mcg|million units|units?|grams?|gm|g)\b(?!/)"
_IN: Final = {
    "mg": {"mg": Decimal(1), "g": Decimal(1000), "mcg": Decimal("0.001")},
    "mcg": {"mcg": Decimal(1), "mg": Decimal(1000)},
    "units": {"units": Decimal(1)},
}
"""How many of the lexicon's unit one of the note's unit is."""
_ROUTE: Final = r"\b(?:im|intramuscular(?:ly)?|subcutaneous(?:ly)?|subq|sc|sq)\b"
_IM: Final = Screened(rf"{_ROUTE}[^.\n]{{0,80}}")
_OF_ROUTE: Final = re.compile(_ROUTE)
_OTHER_ROUTE: Final = re.compile(r"\biv\b|\bivp\b|\bivpb\b|intravenous|infus")
_EACH: Final = re.compile(
    r"[^.;\n]{0,12}\b(?:each|per (?:knee|joint|side|shoulder|hip|site)|(?:in)?to (?:each|both))\b"
)
_EACH_BEFORE: Final = re.compile(r"\beach (?:was |were )?(?:injected|given|received)(?: with)? ?$")
_BOTH: Final = re.compile(r"\bboth\b|\bbilateral|right[^.\n]{0,40}\bleft|left[^.\n]{0,40}\bright")
_ONE_SYRINGE: Final = re.compile(r"(?:same|one|single) syringe|mixed (?:together|with)")
_EVERY: Final = re.compile(
    r"[^.;\n]{0,40}?\b(?:every (?:\d+|other|three|six) |weekly|monthly|each (?:week|month)|q ?month)"
)
_PARENTERAL: Final = re.compile(
    r"inject|\bim\b|\biv|\bsc\b|\bsq\b|subq|subcut|intramusc|intraven|\binto\b|deltoid|glute|thigh|\bpush|infus"
)
_INJECTED: Final = re.compile(
    r"\binject(?:ed|ion of)\b|\binto the (?:\w+ )?(?:joint|bursa|sheath)|\bim\b|intramuscular"
)
_INTO: Final = ("205", "206")
"""Beginnings of codes of injections into tendon sheaths, joints and bursae."""
_CERTAIN, _UNKNOWN = 0.86, 0.3
_SEVERAL_DOSES: Final = 0.6
"""Of one statement that tells two doses of a drug: only the first is counted, a person looks."""


@dataclass(frozen=True, slots=True)
class Drug:
    """One line of the lexicon: billed per so many of its unit. `by_mouth`: there are tablets of it as well."""

    code: str
    per: Decimal
    unit: str
    pattern: Screened
    by_mouth: bool


def injections(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """Injected drugs by their HCPCS unit, with 96372 per injection where no other procedure carries it."""
    found = list(services)
    drugs, screens = _drug_table()
    for number in screens.likely(reading.lowered):
        service = _given_drug(reading, drugs[number], services) or _without_dose(reading, drugs[number])
        if service is not None:
            found.append(service)
    given = [service for service in found if service.code.startswith("J") and service.code not in _DEVICES]
    carried = any(service.code.startswith(("205", "206", "644", "646", "119")) for service in found)
    into_muscle = _IM.search(reading.lowered)
    if given and not carried and into_muscle:
        injected = sum(_by_injection(reading, drug) for drug in given)
        if injected:
            count = 1 if _ONE_SYRINGE.search(reading.lowered) else injected
            service = plain(reading, "96372", "injection under the skin or into muscle", into_muscle, "25")
            found.append(replace(service, units=Decimal(count)))
    return found


_DEVICES: Final = frozenset(("J7296", "J7297", "J7298", "J7300", "J7301", "J7307", "J7620"))


def _by_injection(reading: Reading, drug: Performed) -> bool:
    """Whether a drug's own line tells of muscle or skin; a line without any route follows the rest of the note."""
    start, end = line_at(reading.lowered, drug.evidence[0].start)
    line = reading.lowered[start:end]
    return _OF_ROUTE.search(line) is not None or _OTHER_ROUTE.search(line) is None


def _without_dose(reading: Reading, drug: Drug) -> Performed | None:
    """A drug that is said to be injected here today, and of which the note nowhere tells how much: a person asks."""
    name = drug.pattern.pattern.pattern
    if drug.by_mouth or re.search(rf"(?:{name})[^\n]{{0,80}}\d|\d[^.;\n]{{0,40}}(?:{name})", reading.lowered):
        return None
    for match in drug.pattern.finditer(reading.lowered):
        sentence = doing.sentence_at(reading, match.start())
        if sentence is None or not doing.was_done(reading, sentence, match.start(), match.end()):
            continue
        line = reading.lowered[sentence.start : sentence.end]
        if _INJECTED.search(line) and not NOT_GIVEN.search(line):
            made = plain(reading, drug.code, f"{match.group()} injected", match, "")
            return replace(made, system=CodeSystem.HCPCS, confidence=_UNKNOWN, missing="drug_dose")
    return None


def _given_drug(reading: Reading, drug: Drug, services: Sequence[Performed]) -> Performed | None:
    """The drug with its units: a stated total, the doses of different joints and sides together, or the first dose."""
    name = drug.pattern.pattern.pattern
    total = re.search(rf"total (?:{name})[^.\n]{{0,20}}?{AMOUNT}", reading.lowered)
    by_place: dict[tuple[str, str], Performed] = {}
    for match in drug.pattern.finditer(reading.lowered):
        given = _given_at(reading, drug, match, total, services)
        if given is not None:
            start, end = _stretch(reading.lowered, name, match)
            line = reading.lowered[start:end]
            joint, side = joints.joint_of(line)
            by_place.setdefault((joint, side or "".join(side_modifier(line))), given)
    first = next(iter(by_place.values()), None)
    sided = {place: given for place, given in by_place.items() if place[1]}
    both = {joint for joint, side in sided if side == "50"}
    if not all(joint for joint, _ in sided):
        sided = {("", side): given for (_, side), given in reversed(sided.items()) if side != "50"}
    sided = {place: given for place, given in sided.items() if place[0] not in both or place[1] == "50"}
    if first is not None and len(sided) > 1 and total is None:
        return replace(first, units=sum((given.units for given in sided.values()), Decimal(0)))
    return first


def _given_at(
    reading: Reading, drug: Drug, match: re.Match[str], total: re.Match[str] | None, services: Sequence[Performed]
) -> Performed | None:
    """The drug as the statement at a place says that it was given; None if it does not."""
    name = drug.pattern.pattern.pattern
    start, end = _stretch(reading.lowered, name, match)
    line = reading.lowered[start:end]
    dose = re.search(rf"(?:{name})(?:[^.\n;]|\.\d){{0,30}}?{AMOUNT}", line) or re.search(
        rf"{AMOUNT} (?:of )?(?:{name})", line
    )
    told = line + _procedure_words(reading, start) + _injection_words(services, start, end)
    if (
        dose is None
        or REGULARLY.match(line, dose.end())
        or _only_scheduled(line, dose.end())
        or NOT_GIVEN.search(line)
        or not _GIVEN.search(told)
    ):
        return None
    units = _units(total or dose, drug)
    if units is None or (drug.by_mouth and not _PARENTERAL.search(told)):
        return None
    each = _EACH.match(line, dose.end()) or _EACH_BEFORE.search(line, 0, dose.start())
    times = 2 if not total and each and _BOTH.search(line) else 1
    doses = total or len(re.findall(rf"(?:{name})[^.\n;]{{0,12}}?{AMOUNT}|{AMOUNT} (?:of )?(?:{name})", line))
    sure = _SEVERAL_DOSES if isinstance(doses, int) and doses > 1 else _CERTAIN
    evidence = (reading.evidence(start + dose.start(), start + dose.end()),)
    label = f"{match.group()} per {drug.per} {drug.unit}"
    return Performed(drug.code, CodeSystem.HCPCS, label, (), units * times, sure, evidence, Section.PROCEDURE)


_JOINT: Final = re.compile(r",? (?:and|then) |, ")


def _stretch(text: str, name: str, match: re.Match[str]) -> tuple[int, int]:
    """The statement of a drug's mention; where it gives the drug several times with a dose, the part of this one."""
    start, end = statement_at(text, match.start())
    given = [found.start() for found in re.finditer(rf"(?:{name})[^.\n;]{{0,12}}?{AMOUNT}", text[start:end])]
    if len(given) < 2 or match.start() - start not in given:
        return start, end
    at = given.index(match.start() - start)
    cuts = [
        [found.start() for found in _JOINT.finditer(text, start + one, start + other)] for one, other in pairwise(given)
    ]
    if not all(cuts):
        return start, end
    return cuts[at - 1][-1] if at else start, cuts[at][-1] if at < len(cuts) else end


def units_of(code: str, amount: re.Match[str]) -> Decimal | None:
    """Billing units of an amount of a drug, rounded up; None if the drug or the unit is not known."""
    drug = next((drug for drug in _drug_table()[0] if drug.code == code), None)
    return _units(amount, drug) if drug else None


def _units(dose: re.Match[str], drug: Drug) -> Decimal | None:
    """Billing units of a dose, rounded up; None if it is not written in the drug's unit."""
    number, written = (group for group in dose.groups() if group is not None)
    million = Decimal(1_000_000 if written.startswith("million") else 1)
    written = "units" if "unit" in written else "g" if written.startswith("g") else written
    factor = _IN[drug.unit].get(written)
    if factor is None:
        return None
    return (Decimal(number.replace(",", "")) * million * factor / drug.per).to_integral_value(ROUND_CEILING)


def of_order(text: str) -> list[tuple[str, str, Decimal]]:
    """What a completed order gives whose text names a drug with its dose ("Ketorolac 60 mg IM"): code, label, units."""
    low = text.lower()
    drugs, _ = _drug_table()
    for drug in drugs:
        dose = re.search(rf"(?:{drug.pattern.pattern.pattern})(?:[^.\n;]|\.\d){{0,30}}?{AMOUNT}", low)
        units = _units(dose, drug) if dose else None
        if units is not None and (_OF_ROUTE.search(low) or _OTHER_ROUTE.search(low)):
            carried = (
                [("96372", "injection under the skin or into muscle", Decimal(1))] if _OF_ROUTE.search(low) else []
            )
            return [(drug.code, text[:80], units), *carried]
    return []


def _only_scheduled(line: str, end: int) -> bool:
    """Whether a dose is told with how often it is due, and not that it was given."""
    return _EVERY.match(line, end) is not None and re.search(r"\bgiven\b|administered|injected", line) is None


def _procedure_words(reading: Reading, at: int) -> str:
    part = next((part for part in reading.parts if part.start <= at < part.end), None)
    return " injected" if part is not None and part.section is Section.PROCEDURE else ""


def _injection_words(services: Sequence[Performed], start: int, end: int) -> str:
    """Of a line that tells of an injection into a joint, bursa or sheath: its drug went there."""
    there = (span for service in services if service.code.startswith(_INTO) for span in service.evidence)
    return " injected" if any(start <= span.start < end for span in there) else ""


_TRIGGER: Final = Screened(r"trigger point inject|trigger points? (?:were |was )?inject")
_MUSCLES: Final = re.compile(
    r"\b(?:(right|left|bilateral|both|[rl])\b(?: and (?:right|left|[rl])\b)? )?"
    r"(?:upper |lower |middle |cervical |lumbar |thoracic )?(trapezi|levator scapula|splenius|rhomboid|gluteus"
    r"|glut(?:eal|es?)\b|piriformis|quadratus|paraspinal|supraspinatus|infraspinatus|masseter|temporalis"
    r"|sternocleidomastoid|scm\b|multifidus|scalene|latissimus|deltoid|teres)"
)


def trigger_points(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """20552 for one or two muscles, 20553 for three and more; one unit whatever the number of injections."""
    for match in _TRIGGER.finditer(reading.lowered):
        sentence = doing.sentence_at(reading, match.start())
        if sentence is not None and doing.was_done(reading, sentence, match.start(), match.end()):
            last = doing.sentence_at(reading, min(sentence.end + _BEHIND, len(reading.lowered) - 1))
            near = reading.lowered[sentence.start : max(last.end if last else 0, sentence.end + _BEHIND)]
            return [*services, _of_muscles(reading, match, near)]
    return list(services)


def _of_muscles(reading: Reading, match: re.Match[str], near: str) -> Performed:
    """The muscles of the statement and what follows it, else of the note; a muscle of both sides counts twice."""
    own = _muscles(near)
    count = own or _muscles(reading.lowered)
    service = plain(reading, "20553" if count >= _MANY else "20552", "trigger points injected", match, "25")
    if count:
        return service if own else replace(service, confidence=doing.LIKELY)
    return replace(service, confidence=_UNKNOWN, missing="muscles")


_BEHIND: Final = 160
"""Code points behind a statement in which a list of its muscles may begin."""
_MANY: Final = 3


def _muscles(text: str) -> int:
    sides: dict[str, set[str]] = {}
    for side, muscle in _MUSCLES.findall(text):
        both = side in ("bilateral", "both")
        sides.setdefault(muscle, set()).update(("r", "l") if both else (side[:1],))
    return sum(max(1, len(told - {""})) for told in sides.values())


def plain(reading: Reading, code: str, label: str, match: re.Match[str], beside: str) -> Performed:
    part = next((part for part in reading.parts if part.start <= match.start() < part.end), reading.parts[0])
    evidence = (reading.evidence(*match.span()),)
    return Performed(code, CodeSystem.CPT, label, (), Decimal(1), _CERTAIN, evidence, part.section, beside)


def statement_at(text: str, at: int) -> tuple[int, int]:
    """The line or sentence that holds a place, up to its semicolons: each drug has its own."""
    start, end = line_at(text, at)
    stop = text.find(";", at, end)
    return max(start, text.rfind(";", start, at) + 1), stop if stop >= 0 else end


def line_at(text: str, at: int) -> tuple[int, int]:
    start = max(text.rfind("\n", 0, at), text.rfind(". ", 0, at)) + 1
    ends = [end for end in (text.find("\n", at), text.find(". ", at)) if end != -1]
    return start, min(ends, default=len(text))


@lru_cache(maxsize=1)
def _drug_table() -> tuple[list[Drug], Screens]:
    rows = lexicon.rows("injected_drugs.tsv")
    drugs = [
        Drug(code, Decimal(per), unit, Screened(pattern), by_mouth == "yes")
        for code, per, unit, pattern, by_mouth in rows
    ]
    return drugs, Screens([drug.pattern for drug in drugs])
