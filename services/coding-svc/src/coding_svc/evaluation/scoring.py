"""One note's result beside its gold: counts that add up over notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from coding_svc.batch.output import names_of
from coding_svc.coding.telemedicine import CODES as TELEMEDICINE
from coding_svc.coding.telemedicine import office_of
from coding_svc.domain import ClinicalEncounter, CodingResult, Evidence, Route
from coding_svc.evaluation.gold import Gold, Line


@dataclass(slots=True)
class Score:
    """Counts of one note. `sure` holds (confidence, right) of each code; `remarks` say what disagrees."""

    note: str
    counts: Counter[str] = field(default_factory=Counter)
    sure: list[tuple[float, bool]] = field(default_factory=list)
    sure_visits: list[tuple[float, bool]] = field(default_factory=list)
    """The same of the visit's level."""
    remarks: list[str] = field(default_factory=list)


def score(note: str, gold: Gold, encounter: ClinicalEncounter, result: CodingResult) -> Score:
    """Compare. Codes that the gold disputes or holds neutral count neither way."""
    made = Score(note)
    made.counts["notes"] = 1
    _diagnoses(made, gold, result)
    _visit(made, gold, result)
    _services(made, gold, result)
    _findings(made, gold, result)
    _evidence(made, encounter, result)
    _release(made, gold, result)
    return made


def _diagnoses(made: Score, gold: Gold, result: CodingResult) -> None:
    wanted = gold.wanted
    found = [item for item in result.diagnoses if item.code in wanted or not gold.is_neutral(item.code)]
    codes = {item.code for item in found}
    hits = sum(bool(choice & codes) for choice in gold.choices)
    extra, missed = codes - wanted, [choice for choice in gold.choices if not choice & codes]
    _add(made, "full", hits, len(extra), len(missed))
    short, short_wanted = {code[:3] for code in codes}, [{code[:3] for code in choice} for choice in gold.choices]
    short_wanted = [choice for n, choice in enumerate(short_wanted) if choice not in short_wanted[:n]]
    short_hits = sum(bool(choice & short) for choice in short_wanted)
    known = set().union(*short_wanted) if short_wanted else set()
    _add(made, "short", short_hits, len(short - known), len(short_wanted) - short_hits)
    made.counts["exact"] = not extra and not missed
    if gold.first_listed:
        made.counts["first_asked"] = 1
        made.counts["first"] = bool(result.diagnoses) and result.diagnoses[0].code in gold.first_listed
    released = {item.code for item in found if item.auto}
    made.counts["auto"], made.counts["auto_right"] = len(released), len(released & wanted)
    made.sure = [(item.confidence, item.code in wanted) for item in found]
    bad = [code for code in codes - wanted if code.startswith(gold.forbidden)] if gold.forbidden else []
    made.counts["forbidden"] = len(bad)
    made.remarks += [f"forbidden {code}" for code in bad] + [f"+{code}" for code in sorted(extra)]
    made.remarks += [f"-{min(choice)}" for choice in missed]


def _add(made: Score, name: str, hits: int, extra: int, missed: int) -> None:
    for what, count in (("hits", hits), ("extra", extra), ("missed", missed)):
        made.counts[f"{name}_{what}"] = count


def _visit(made: Score, gold: Gold, result: CodingResult) -> None:
    if gold.em is None:
        return
    code = result.em.code if result.em else None
    right = code in gold.em
    made.counts["em_asked"], made.counts["em"] = 1, right
    if result.em is not None:
        sure = result.em.level_confidence if _asks_for_level_alone(gold) else result.em.confidence
        made.sure_visits = [(sure, right)]
        levels = [wanted for wanted in gold.em if wanted is not None]
        made.counts["em_above"] = not right and _level(result.em.code) > max(map(_level, levels), default=0)
    made.counts["em_auto"] = result.em is not None and result.em.auto
    made.counts["em_auto_right"] = right and made.counts["em_auto"]
    if not right:
        made.remarks.append(f"E/M {code}, wanted {'/'.join(map(str, sorted(gold.em, key=str)))}")
    if gold.em_line is not None and result.em is not None and right:
        made.counts["em_modifiers_asked"] = 1
        given = result.em.modifiers
        made.counts["em_modifiers"] = gold.em_line.accepts(gold.em_line.code, 1, given)
        if not made.counts["em_modifiers"]:
            made.remarks.append(f"E/M modifiers {list(given)}, wanted {sorted(gold.em_line.modifiers[0])}")


def _asks_for_level_alone(gold: Gold) -> bool:
    """A key that takes the new patient's code as well as the established one's says nothing of that half."""
    wanted = gold.em or frozenset()
    return any(code and f"9920{code[-1]}" in wanted and f"9921{code[-1]}" in wanted for code in wanted)


def _level(code: str) -> int:
    """The level that an office visit's last digit is, or that of the office visit like it."""
    return int((office_of(code) if code in TELEMEDICINE else code)[-1])


def _services(made: Score, gold: Gold, result: CodingResult) -> None:
    if gold.line_sets is None:
        return
    found = [(line.code, int(line.units), line.modifiers) for line in result.procedures]
    right = any(_same_lines(lines, found) for lines in gold.line_sets)
    made.counts["lines_asked"], made.counts["lines"] = 1, right
    if not right:
        wanted = [(line.code, line.units, sorted(line.modifiers[0])) for line in gold.line_sets[0]]
        made.remarks.append(f"lines {found}, wanted {wanted}")


def _same_lines(wanted: Sequence[Line], found: Sequence[tuple[str, int, tuple[str, ...]]]) -> bool:
    left = list(found)
    for line in wanted:
        match = next((item for item in left if line.accepts(*item)), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def _findings(made: Score, gold: Gold, result: CodingResult) -> None:
    if gold.findings is None:
        return
    found = {_sorted_pair(name) for name in names_of(result.findings) if ":" in name}
    wanted = {_sorted_pair(name) for name in gold.findings}
    _add(made, "findings", len(found & wanted), len(found - wanted), len(wanted - found))
    made.remarks += [f"finding +{name}" for name in sorted(found - wanted)]
    made.remarks += [f"finding -{name}" for name in sorted(wanted - found)]


def _sorted_pair(name: str) -> str:
    kind, _, pair = name.partition(":")
    return f"{kind}:{'~'.join(sorted(pair.split('~')))}" if kind == "excludes1" else name


def _evidence(made: Score, encounter: ClinicalEncounter, result: CodingResult) -> None:
    texts = {note.note_id: note.text for note in encounter.notes}
    spans = [span for diagnosis in result.diagnoses for span in diagnosis.evidence]
    spans += [span for line in result.procedures for span in line.evidence]
    spans += [span for candidate in result.candidates for span in candidate.evidence]
    spans += result.em.evidence if result.em else ()
    made.counts["spans"] = len(spans)
    made.counts["spans_right"] = sum(_is_slice(span, texts) for span in spans)


def _is_slice(span: Evidence, texts: dict[str, str]) -> bool:
    return texts.get(span.note_id, "")[span.start : span.end] == span.text


def _release(made: Score, gold: Gold, result: CodingResult) -> None:
    """Whole encounters: right means every code, and what else the gold asks about a claim."""
    counts = made.counts
    right = bool(counts["exact"]) and (gold.em is None or bool(counts["em"]))
    right = right and (not counts["em_modifiers_asked"] or bool(counts["em_modifiers"]))
    right = right and (gold.line_sets is None or bool(counts["lines"]))
    counts["claim"] = right
    released = result.route is Route.AUTO
    counts["released"], counts["released_right"] = released, released and right
    if gold.route is not None:
        counts["route_asked"], counts["route"] = 1, str(result.route) == gold.route
        if not counts["route"]:
            made.remarks.append(f"route {result.route}, wanted {gold.route}: {', '.join(result.reasons)}")
