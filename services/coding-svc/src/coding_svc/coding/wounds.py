"""Repair of wounds: depth of the repair, group of sites, and the lengths that add up.

Lengths of wounds that are repaired at the same depth and lie in the same group of sites are added and billed as one
line; other depths and groups are lines of their own, the lesser ones with 59. A repair of one layer is simple, of
several layers intermediate, complex only where the note says so; a complex repair of at most 1 cm is billed as an
intermediate one. Adhesive strips alone are no repair. (CPT section guidelines for repair, in our own words.)
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from coding_svc.coding import doing
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened
from coding_svc.coding.sentences import Sentence
from coding_svc.domain import CodeSystem, Section

SIMPLE, INTERMEDIATE, COMPLEX = "simple", "intermediate", "complex"
_CLOSED_WITH: Final = (
    r"nylon|prolene|vicryl|ethilon|monocryl|suture|stitch|stap|absorbable|interrupted|gut\b|dermabond|glue"
    r"|adhesive(?! strip)"
    r"|in (?:a |one )?(?:single |one )?layer|single layer|in layers|layered|two layers"
)
_REPAIR: Final = Screened(
    rf"(?:closed|repaired|repair:|sutured|approximated|closure)[^.\n]{{0,80}}?(?:{_CLOSED_WITH})"
    rf"|(?:{_CLOSED_WITH})[^.\n]{{0,40}}(?:closure|repair\b|placed)"
    r"|(?:dermabond|skin glue|tissue (?:glue|adhesive))[^.\n]{0,20}(?:applied|used)"
    r"|simple closure|laceration repair|(?:simple|intermediate|complex|layered) (?:repair|closure)"
)
_STITCH: Final = r"(?:sutur|stitch|stapl)"
_TAKEN_OUT: Final = re.compile(
    rf"{_STITCH}\w*[^.\n]{{0,80}}(?:\bremov(?:ed|al)\b|\b(?:came|come|taken|are|were) out)"
    rf"|remov\w+[^.\n]{{0,40}}{_STITCH}"
)
"""Stitches that come out today were put in on another day."""
_HEALED: Final = re.compile(r"\bhealed\b|\b(?:sutures|stitches|staples) (?:are |still |all )*in (?:place|situ)\b")
"""So are those that are found in place, in a wound that has healed."""
_WOUND: Final = re.compile(r"lacerat|\blacs?\b|\bcuts?\b|wound|excis|\bgash|\bincised\b|\brepair|clos(?:ed|ure)|sutur")
_INJURY: Final = re.compile(r"lacerat|\blacs?\b|\bcuts?\b|wound|\bgash|excis")
_OPERATION: Final = Screened(
    r"incision (?:was |is )?(?:then )?(?:made|carried)|(?:made|making) (?:an? |the )?(?:\w+ ){0,4}incision"
    r"|subcuticular|\bprepped and draped|\bskin incision|\bport sites?"
)
"""An operation's own wound: its closure belongs to it (NCCI policy manual, chapter I)."""
_HURT: Final = re.compile(
    r"lacerat|\blacs?\b|\bgash|\bcuts? (?:on|of|to|his|her|my)"
    r"|\bcut\b[^.\n]{0,30}(?:knife|glass|metal|blade|himself|herself)"
)
_NEAR: Final = 300
"""Code points: in the report of an operation an injury must be told that close to the closure."""
_NOT: Final = r"(?<!\bno )(?<!\bnot )(?<!without )(?<!needed )"
_COMPLEX: Final = re.compile(
    rf"{_NOT}complex (?:repair|closure|laceration repair|wound repair)|{_NOT}(?:extensive|extensively) undermin"
    rf"|{_NOT}retention sutures?|{_NOT}stellate[^.\n]{{0,40}}(?:debrided|revised)"
)
_LAYERED: Final = re.compile(
    rf"(?:closed|closure|repair\w*|sutur\w+)[^.\n]{{0,60}}(?:in layers|two layers|deep dermis|{_NOT}layered)"
    rf"|{_NOT}layered (?:closure|repair)|{_NOT}intermediate (?:closure|repair)|deep dermis|(?:two|2)[- ]layer"
    r"|(?:deep|subcutaneous|subcuticular and)[^.\n]{0,30}(?:vicryl|monocryl|absorbable)"
    r"|(?:heavily|grossly) contaminated[^.\n]{0,80}(?:extensive|debrid)"
)
_CLOSURE: Final = re.compile(r"clos(?:ed|ure)|repair|sutur|stapl|stitch|layer|glue|dermabond|adhesive")
_GLUED: Final = re.compile(r"dermabond|tissue adhesive|skin glue|\bglue")
_UNSEWN: Final = re.compile(r"\b(?:no|without|not|instead of) (?:\w+ ){0,2}(?:sutur\w+|stitch\w*|stapl\w+)")
_SEWN: Final = re.compile(r"nylon|prolene|vicryl|ethilon|monocryl|sutur|stitch|stapl|\bgut\b|layer")

_SITE: Final = re.compile(
    r"\b(?:(?P<face>face|facial|ears?|earlobe|eyelids?|nose|nasal|lips?|cheeks?|forehead|chin|brow|eyebrows?|temple"
    r"|mouth|jaw|tongue)|(?P<neck>neck|genital\w*|scrot\w*|penis|vulva)"
    r"|(?P<hands>hands?|fingers?|thumbs?|palms?|knuckles?|foot|feet|toes?|heels?|soles?)"
    r"|(?P<axilla>axilla\w*|armpit)|(?P<scalp>scalp|head|occip\w*)"
    r"|(?P<limbs>arms?|forearms?|elbows?|wrists?|shoulders?|legs?|thighs?|knees?|shins?|calf|calves|ankles?|hips?)"
    r"|(?P<trunk>chest|back|abdomen|flank|buttocks?|breast|groin))\b"
)
_SIDE_BEFORE: Final = re.compile(r"\b(left|right|lt|rt|l|r)\b[\w ]{0,20}$")
_LENGTH: Final = re.compile(
    r"(?<![\d.])((?:\d{1,2}(?:\.\d{1,2})?(?:,| and|, and|,? then) )*)(\d{1,2}(?:\.\d{1,2})?)"
    r"(?: ?x ?\d+(?:\.\d+)?(?: ?[cm]m)?)* ?-?(cm|mm|centimeters?|millimeters?)\b"
    r"(?! ?(?:deep|in depth|depth|above|below|from|proximal|distal|margin|away|lateral to|wide|gap\b|punch|nodule|mass"
    r"|(?:\w+ )?(?:abrasion|contusion|bruise|ecchymos|hematoma|swelling|erythema|scar|lump|area of|scratch)))"
)
_TOTAL: Final = re.compile(r"total(?:ing|ling| length| repaired| of|:)?[^.\n\d]{0,30}$|combined length[^.\n\d]{0,20}$")
_EACH: Final = re.compile(r"\b(two|three|four|2|3|4)\b[^.;\n\d]{0,40}(?:lacerations|cuts|wounds)")
_COUNTS: Final = {"two": 2, "three": 3, "four": 4, "2": 2, "3": 3, "4": 4}
_GROUPS: Final = {
    SIMPLE: {"face": "face"},
    INTERMEDIATE: {"face": "face", "hands": "hands", "neck": "hands"},
    COMPLEX: {"limbs": "limbs", "scalp": "limbs", "trunk": "trunk", "face": "face", "hands": "folds", "neck": "folds",
              "axilla": "folds"},
}  # fmt: skip
"""Depth, site, group of sites; a site not named lies in the first group of its depth ("body")."""

_Steps = tuple[tuple[float, str], ...]
_CODES: Final[dict[tuple[str, str], _Steps]] = {
    (SIMPLE, "body"): (
        (2.5, "12001"), (7.5, "12002"), (12.5, "12004"), (20, "12005"), (30, "12006"), (999, "12007")),
    (SIMPLE, "face"): (
        (2.5, "12011"), (5, "12013"), (7.5, "12014"), (12.5, "12015"), (20, "12016"), (30, "12017"), (999, "12018")),
    (INTERMEDIATE, "body"): (
        (2.5, "12031"), (7.5, "12032"), (12.5, "12034"), (20, "12035"), (30, "12036"), (999, "12037")),
    (INTERMEDIATE, "hands"): (
        (2.5, "12041"), (7.5, "12042"), (12.5, "12044"), (20, "12045"), (30, "12046"), (999, "12047")),
    (INTERMEDIATE, "face"): (
        (2.5, "12051"), (5, "12052"), (7.5, "12053"), (12.5, "12054"), (20, "12055"), (30, "12056"), (999, "12057")),
    (COMPLEX, "body"): ((2.5, "13100"), (999, "13101")),
    (COMPLEX, "trunk"): ((2.5, "13100"), (999, "13101")),
    (COMPLEX, "limbs"): ((2.5, "13120"), (999, "13121")),
    (COMPLEX, "folds"): ((2.5, "13131"), (999, "13132")),
    (COMPLEX, "face"): ((2.5, "13151"), (999, "13152")),
}  # fmt: skip
"""Code by repaired length in cm, up to and including."""
_FURTHER: Final = {"13101": "13102", "13121": "13122", "13132": "13133", "13152": "13153"}
"""Add-on per further 5 cm, or part of it, beyond 7.5 cm of complex repair."""
_COMPLEX_FACE: Final = frozenset(("forehead", "cheek", "cheeks", "chin", "mouth", "jaw", "temple", "face", "facial"))
"""Of the face, what a complex repair counts with the folds (neck, hands, feet), not with eyelids, nose, ears, lips."""
_RANK: Final = {COMPLEX: 0, INTERMEDIATE: 1, SIMPLE: 2}
_WHERE_MEASURED: Final = (
    Section.PROCEDURE, Section.EXAM, Section.ASSESSMENT, Section.PLAN, Section.UNKNOWN, Section.HPI,
    Section.CHIEF_COMPLAINT,
)  # fmt: skip
"""Where lengths are looked for; the first section with any counts: a wound is often measured more than once."""
_CERTAIN, _UNKNOWN = 0.86, 0.3


@dataclass(frozen=True, slots=True)
class Wound:
    """One wound with its length in cm. `site` is a group name of `_SITE`, `word` the note's own; both may be empty."""

    at: int
    length: float
    site: str
    word: str
    sentence: Sentence


def repairs(reading: Reading, services: Sequence[Performed], *, medicare: bool) -> list[Performed]:
    """The services with the repairs of the note; without a length a person is asked."""
    match = _closed_here(reading)
    if match is None or not _INJURY.search(reading.lowered):
        return list(services)
    if any(service.code.startswith(("114", "116")) for service in services):
        return [*services, *_after_excision(reading, match)]
    operation = doing.is_operative_report(reading) or _OPERATION.search(reading.lowered) is not None
    if operation and not _HURT.search(reading.lowered, max(0, match.start() - _NEAR), match.end() + _NEAR):
        return list(services)
    wounds = _wounds(reading)
    if not wounds:
        depth = _depth_of(reading.lowered)
        site, word = _site_in(reading.lowered, _first_injury(reading))
        unknown = _line(reading, match, depth, _group(depth, site, word), 0)
        return [*services, replace(unknown, confidence=_UNKNOWN, missing="wound_length")]
    if medicare and _GLUED.search(reading.lowered) and not _SEWN.search(_UNSEWN.sub("", reading.lowered)):
        return [*services, _service(reading, match, "G0168", "wound closed with tissue adhesive alone")]
    return [*services, *_lines(reading, match, _added(reading, wounds))]


def _closed_here(reading: Reading) -> re.Match[str] | None:
    """The first statement of a closure that was done here."""
    for match in _REPAIR.finditer(reading.lowered):
        sentence = doing.sentence_at(reading, match.start())
        if sentence is None or _TAKEN_OUT.search(reading.lowered, sentence.start, sentence.end):
            continue
        if _HEALED.search(reading.lowered, sentence.start, sentence.end):
            continue
        if doing.was_done(reading, sentence, match.start(), match.end()):
            return match
    return None


def _after_excision(reading: Reading, match: re.Match[str]) -> Iterator[Performed]:
    """A layered closure counts beside an excision, a simple one belongs to it (CPT excision guidelines)."""
    depth = _depth_of(reading.lowered)
    if depth == SIMPLE:
        return
    site, word = _site_in(reading.lowered, _first_injury(reading))
    lengths = [
        _centimetres(found)
        for found in _LENGTH.finditer(reading.lowered)
        if re.search(
            r"clos(?:ed|ure)|repair|wound|lacerat", reading.lowered[max(0, found.start() - 60) : found.end() + 60]
        )
    ]
    line = _line(reading, match, depth, _group(depth, site, word), max(lengths, default=0))
    yield line if lengths else replace(line, confidence=_UNKNOWN, missing="wound_length")


def _wounds(reading: Reading) -> list[Wound]:
    """The wounds with their lengths, from the section that measures them best, each once."""
    by_section: dict[Section, list[Wound]] = {}
    for match in _LENGTH.finditer(reading.lowered):
        sentence = doing.sentence_at(reading, match.start())
        if sentence is None or not _WOUND.search(reading.lowered, *_around(reading, sentence)):
            continue
        by_section.setdefault(sentence.section, []).extend(_measured(reading, sentence, match))
    section = next((section for section in _WHERE_MEASURED if section in by_section), None)
    if section is None:
        return []
    found = _each_once(by_section[section])
    return [_with_site(wound, by_section, reading) for wound in found]


def _around(reading: Reading, sentence: Sentence) -> tuple[int, int]:
    """The sentence with its neighbours: a list of wounds names them once, and their closure after it."""
    at = bisect_right(reading.sentence_starts, sentence.start) - 1
    return reading.sentences[max(0, at - 1)].start, reading.sentences[min(at + 1, len(reading.sentences) - 1)].end


def _measured(reading: Reading, sentence: Sentence, match: re.Match[str]) -> Iterator[Wound]:
    text = reading.lowered
    if _TOTAL.search(text, max(sentence.start, match.start() - 40), match.start()):
        return
    site, word = _site_in(text[sentence.start : sentence.end], match.start() - sentence.start)
    own = float(match.group(2)) / (10 if match.group(3).startswith("m") else 1)
    listed = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", match.group(1))]
    counted = _EACH.search(text, sentence.start, sentence.end)
    alone = len(_LENGTH.findall(text, sentence.start, sentence.end)) == 1
    times = _COUNTS[counted.group(1)] if counted and alone and not listed and _says_each(text, sentence) else 1
    for length in (*listed, *[own] * times):
        yield Wound(match.start() + len(listed), length, site, word, sentence)


def _says_each(text: str, sentence: Sentence) -> bool:
    """ "Two 2 cm lacerations", "two cuts, 2 cm each" measure each of them."""
    stretch = text[sentence.start : sentence.end]
    return re.search(r"\beach\b|(?:two|three|four|[234]) (?:\d|separate \d)", stretch) is not None


def _each_once(wounds: Sequence[Wound]) -> list[Wound]:
    """A wound that two sentences measure alike is one; within one sentence the same length means two wounds."""
    kept: list[Wound] = []
    for wound in wounds:
        twin = any(
            known.length == wound.length and known.sentence is not wound.sentence
            and (not known.site or not wound.site or known.word == wound.word)
            for known in kept
        )  # fmt: skip
        if not twin:
            kept.append(wound)
    return kept


def _with_site(wound: Wound, by_section: dict[Section, list[Wound]], reading: Reading) -> Wound:
    """Where a wound's own sentence names no site: the site that another measure of it names, or the first injury's."""
    if wound.site:
        return wound
    twins = (other for wounds in by_section.values() for other in wounds if other.site and other.length == wound.length)
    twin = next(twins, None)
    site, word = (twin.site, twin.word) if twin else _site_in(reading.lowered, _first_injury(reading))
    return replace(wound, site=site, word=word)


def _first_injury(reading: Reading) -> int:
    found = _INJURY.search(reading.lowered)
    return found.start() if found else 0


def _site_in(text: str, at: int) -> tuple[str, str]:
    """Group and word, with its side, of the site nearest to a place of its line; empty if the line names none."""
    start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    sites = list(_SITE.finditer(text, start, end if end >= 0 else len(text)))
    if not sites:
        return "", ""
    best = min(sites, key=lambda site: _distance(text, site, at))
    side = _SIDE_BEFORE.search(text[max(start, best.start() - 24) : best.start()])
    return str(best.lastgroup), f"{side.group(1)[0] if side else ''} {best.group()}"


def _distance(text: str, site: re.Match[str], at: int) -> int:
    """Letters between a site and a length; punctuation and "and" between them weigh: each wound has its clause."""
    low, high = (site.end(), at) if site.start() < at else (at, site.start())
    between = text[low:high]
    return len(between) + 30 * (between.count(",") + between.count(";") + between.count(" and "))


def _added(reading: Reading, wounds: Sequence[Wound]) -> dict[tuple[str, str], float]:
    """Depth and group of sites, with the summed length in cm."""
    whole = _depth_of(reading.lowered)
    sums: dict[tuple[str, str], float] = {}
    for wound in wounds:
        depth = _own_depth(reading, wound, wounds) or whole
        if depth == COMPLEX and wound.length <= 1.0:
            depth = INTERMEDIATE
        key = depth, _group(depth, wound.site, wound.word)
        sums[key] = round(sums.get(key, 0.0) + wound.length, 2)
    return sums


def _own_depth(reading: Reading, wound: Wound, wounds: Sequence[Wound]) -> str:
    """What is said of this wound's closure: in a sentence that names its site, or up to the next wound; else empty."""
    text = reading.lowered
    noun = wound.word.split()[-1] if wound.word else ""
    shared = any(other is not wound and other.word.split()[-1:] == [noun] for other in wounds)
    if noun and not shared:
        for sentence in reading.sentences:
            for clause in re.split(r"[;,]", text[sentence.start : sentence.end]):
                if re.search(rf"\b{re.escape(noun)}\b", clause) and _says_depth(clause):
                    return _depth_of(clause)
    if any(other.sentence is wound.sentence for other in wounds if other is not wound):
        return ""
    later = [other.sentence.start for other in wounds if other.sentence.start > wound.sentence.start]
    passage = text[wound.sentence.start : min(later, default=reading.part_at(wound.at).end)]
    return _depth_of(passage) if _CLOSURE.search(passage) and len(wounds) > 1 and not _of_all(passage) else ""


def _of_all(passage: str) -> bool:
    """Whether a passage speaks of all wounds together: then it tells nothing of one."""
    return re.search(r"\b(?:both|all|each|wounds|lacerations)\b", passage) is not None


def _says_depth(clause: str) -> bool:
    return re.search(r"layer|simple|complex|intermediate|stapl|nylon|prolene|single|glue|dermabond", clause) is not None


def _depth_of(text: str) -> str:
    return COMPLEX if _COMPLEX.search(text) else INTERMEDIATE if _LAYERED.search(text) else SIMPLE


def _group(depth: str, site: str, word: str) -> str:
    if depth == COMPLEX and site == "face" and word.rsplit(maxsplit=1)[-1] in _COMPLEX_FACE:
        return "folds"
    return _GROUPS[depth].get(site, "body")


def _lines(reading: Reading, match: re.Match[str], sums: dict[tuple[str, str], float]) -> Iterator[Performed]:
    """The deepest and longest first; the others with 59."""
    ordered = sorted(sums.items(), key=lambda item: (_RANK[item[0][0]], item[0][1] != "face", -item[1]))
    for at, ((depth, group), length) in enumerate(ordered):
        line = _line(reading, match, depth, group, length)
        yield replace(line, modifiers=("59",)) if at else line
        if line.code in _FURTHER and length > 7.5:
            further = Decimal(-(-round(length * 10 - 75) // 50))
            yield replace(line, code=_FURTHER[line.code], units=further, em_modifier="", label="further complex repair")


def _line(reading: Reading, match: re.Match[str], depth: str, group: str, length: float) -> Performed:
    code = next(code for limit, code in _CODES[depth, group] if length <= limit)
    label = "layered" if depth == INTERMEDIATE else depth
    return _service(reading, match, code, f"{label} wound repair")


def _service(reading: Reading, match: re.Match[str], code: str, label: str) -> Performed:
    system = CodeSystem.CPT if code[0].isdigit() else CodeSystem.HCPCS
    section = reading.part_at(match.start()).section
    return Performed(code, system, label, (), Decimal(1), _CERTAIN, (reading.evidence(*match.span()),), section, "25")


def _centimetres(match: re.Match[str]) -> float:
    return float(match.group(2)) / (10 if match.group(3).startswith("m") else 1)
