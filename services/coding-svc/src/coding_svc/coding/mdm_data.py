"""The data element: outside notes, unique tests, independent historian, own interpretation, discussion.

A test that this practice bills with its interpretation is not counted; a panel is one test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from coding_svc.coding import lexicon
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened, Screens
from coding_svc.coding.visit_time import WORDS, number
from coding_svc.domain import ElementFinding, MdmLevel, Section

_ROWS: Final = lexicon.rows("tests.tsv")
_TESTS: Final = [(name, Screened(pattern)) for name, _, pattern in _ROWS]
_SCREENS: Final = Screens([pattern for _, pattern in _TESTS])
_PANELS: Final = {name: {panel.replace("_", " ") for panel in within.split()} for name, within, _ in _ROWS if within}
"""A test that belongs to a panel is not counted beside it."""
_LAB: Final = r"(?:blood ?work|lab(?:oratory)? (?:work|tests?|studies|results?)|labs)\b"
_LAB_WORK: Final = (
    (
        "laboratory work reviewed",
        Screened(
            rf"\b(?:reviewed|went over|results? of|recent|routine|outside) (?:\w+ ){{0,4}}{_LAB}(?! (?:is|are) pending)"
            rf"|\b{_LAB}[^.\n]{{0,40}}\b(?:reviewed|showed|revealed|were|was)\b"
        ),
    ),
    (
        "laboratory work ordered",
        Screened(
            rf"\b(?:order(?:ed)?|obtain|send|sent|draw|drawn|get|check|repeat) (?:(?!no\b)\w+ ){{0,3}}{_LAB}"
            rf"|\b{_LAB} (?:ordered|drawn|sent|obtained)"
        ),
    ),
)
_COUNTED: Final = re.compile(
    r"order|review|\bsent\b|drawn|obtain|check|\bget\b|repeat|read\b|went through|will need|pending"
    r"|await|showed|shows|reveal"
    r"|demonstrat|result|\blast week|recommend|send|request|collected|schedul|report|elevated|normal"
    r"|\bwas\b|\bis\b|\d"
)
_ORDERED: Final = re.compile(r"\b(?:ordered|sent to|sent|drawn)\b")
_FIRST: Final = re.compile(
    r"[\s\-*•:]*(?:\d[.)] )?"
    r"(?:(?:a|labs?|fasting|stat|diagnostic|duplex|venous|urgent|non-contrast|plain|right|left):? ){0,2}"
    r"(?:cbc|cmp|bmp|tsh|a1c|lipids?|d-?dimer|esr|crp|ultrasound|mri|ct|x-?ray|mammogram|echo\w*|urine culture"
    r"|ferritin)\b"
)
"""A line of a plan that begins with a test orders it."""
_AGE: Final = re.compile(
    rf"\b(?P<number>\d{{1,3}}|{WORDS})[ -]?(?:years?|yrs?)[ -]old|\b(?P<short>\d{{1,3}}) ?(?:y/?o\b|y\.o\.|yo\b|[fm]\b)"
    rf"|\b(?P<young>(?:\d{{1,2}}|{WORDS})[ -]?(?:months?|weeks?|days?)[ -]old)"
)
_NOT_COUNTED: Final = re.compile(
    r"\b(?:no|not|without|declin\w+|refus\w+|defer\w+|never|overdue|up to date|if|unless|consider)\b"
    r"|next (?:visit|spring|year|fall)"
    r"|before (?:the|next|her|his)|in (?:a )?(?:couple of |\w+ )?(?:months?|weeks?)\b|to be considered"
    r"|not repeated"
)
_IN_HOUSE: Final = re.compile(
    r"in (?:the |our )?office|in-house|by our|on our machine|taken (?:and read )?here|read (?:here"
    r"|by me)|fingerstick|rapid|dipstick|my written"
)
_OUTSIDE_NOTE: Final = Screened(
    r"(?:(?:note|notes|records?|printout|letter|discharge summary|report)\b[^.\n]{0,60}\b(?:reviewed"
    r"|read|went through|brought and read)"
    r"|(?:reviewed|read|went through|pulled up and read)\b[^.\n]{0,60}\b(?:outside|urgent care"
    r"|hospital|their|specialist|former doctor|discharge|referring|consultant)"
    r"[^.\n]{0,25}\b(?:notes?|records?|summary|letter)|note from that hospital)"
    r"|(?:reviewed|read)\b(?:[^.\n]|\bdr\.|\d\.\d){0,120}\b(?:referr\w+|(?:dr\.? )?[a-z]+'s|\w+ologist'?s?|surgeon'?s?"
    r"|outside|hospital|er|ed|consult\w*|primary care|pcp) (?:\w+ )?(?:notes?|letter|summary|records?)\b"
)
_HISTORIAN: Final = Screened(
    r"(?:mother|mom|father|dad|parents?|grandmother|grandfather|daughter|son|wife|husband|caregiver"
    r"|guardian|aide)\b"
    r"[^.\n]{0,30}\b(?:gives?|gave|tells?|told|provid|reports?|supplies|says|states"
    r"|who)\b[^.\n]{0,30}(?:history|story|him|her|he|she|that)"
    r"|(?:history|story) (?:is |was )?(?:from|by|obtained from|provided by|given by) (?:the |his "
    r"|her )?(?:mother|mom|father|dad|parents?|daughter|son|wife|husband|grandm)"
    r"|(?<!lives )(?<!living )(?<!live )(?<!lived )\b(?:brought|here|accompanied|w/|with) (?:in )?"
    r"(?:by |with )?(?:his |her |the )?(?:mom|mother"
    r"|grandmother|father|dad|parents?)\b"
)
_INTERPRETED: Final = Screened(
    r"\bi (?:personally |independently |have )*(?:opened|viewed|looked at|interpreted|read"
    r"|reviewed) the (?:actual )?(?:images?|films?|chest film|x-?rays?|scan|ct|mri"
    r"|tracing)[^.\n]{0,40}\b(?:myself|personally|independently|and see|directly)"
    r"|independent(?:ly)? (?:(?:review(?:ed)?|viewed) and )?interpret|read the actual|personally (?:reviewed"
    r"|interpreted) the (?:images"
    r"|film|ct|mri|x-?ray)"
)
_DISCUSSED: Final = Screened(
    r"\bi (?:phoned|rang|called|spoke (?:with|to)|discussed (?:\w+ ){0,4}with|talked (?:with"
    r"|to)) (?:her|his|the|with)?\s?"
    r"(?:dr\b|cardiolog|surgeon|hospitalist|neurolog|oncolog|specialist|radiolog|\w+ologist"
    r"|emergency physician|social worker|case manager|pharmacist)"
)


def data_facts(readings: Sequence[Reading], age_years: int | None) -> list[ElementFinding]:
    """Every counted item with its span; `what` begins with the category (1, 2 or 3)."""
    found: list[ElementFinding] = []
    seen: set[str] = set()
    for reading in readings:
        found += [*_tests(reading, seen), *_single(reading)]
        historian = _HISTORIAN.search(reading.lowered)
        age = told_age(reading.lowered) if historian and age_years is None else age_years
        if historian and (age is None or age < 14 or age >= 75):
            found.append(_fact(reading, historian, MdmLevel.LOW, "1 independent historian"))
    return [fact for fact in found if not _PANELS.get(fact.what.removeprefix("1 test "), set()) & seen]


def told_age(text: str) -> int | None:
    """Completed years as a note gives them ("33F", "two year old", "9 months old"), None if it gives none."""
    found = _AGE.search(text)
    if found is None:
        return None
    if found.group("young"):
        return 0
    word = next(group for group in found.group("number", "short") if group)
    return int(word) if word.isdigit() else number(word)


def _single(reading: Reading) -> Iterator[ElementFinding]:
    for pattern, level, what in (
        (_OUTSIDE_NOTE, MdmLevel.MINIMAL, "1 external note reviewed"),
        (_INTERPRETED, MdmLevel.MODERATE, "2 independent interpretation"),
        (_DISCUSSED, MdmLevel.MODERATE, "3 discussion with an external professional"),
    ):
        match = pattern.search(reading.lowered)
        if match:
            yield _fact(reading, match, level, what)


def _fact(reading: Reading, match: re.Match[str], level: MdmLevel, what: str) -> ElementFinding:
    return ElementFinding("data", level, what, reading.evidence(*match.span()))


_SILENT: Final = (
    Section.PAST_HISTORY, Section.PAST_SURGICAL, Section.FAMILY_HISTORY, Section.ROS, Section.EXAM, Section.VITALS,
    Section.MEDICATIONS, Section.ALLERGIES, Section.SOCIAL_HISTORY, Section.INSTRUCTIONS, Section.PROBLEM_LIST,
    Section.ADMINISTRATIVE, Section.CHIEF_COMPLAINT,
)  # fmt: skip


def _tests(reading: Reading, seen: set[str]) -> Iterator[ElementFinding]:
    statements = list(_statements(reading))
    for at, likely in _SCREENS.by_stretch(reading.lowered, [start for start, *_ in statements]):
        start, end, section = statements[at]
        text = reading.lowered[start:end]
        tests = (_TESTS[number] for number in likely)
        named = [(name, match) for name, screened in tests if (match := screened.pattern.search(text))]
        if not named or not _counts(text, section):
            continue
        for name, match in named:
            if name not in seen:
                seen.add(name)
                evidence = reading.evidence(start + match.start(), start + match.end())
                yield ElementFinding("data", MdmLevel.MINIMAL, f"1 test {name}", evidence)
    if not seen:
        yield from _unnamed(reading, seen)


def _statements(reading: Reading) -> Iterator[tuple[int, int, Section]]:
    """The sentences, those joined again that a comma parted: a list of tests stands before its "were ordered"."""
    begin: int | None = None
    for at, sentence in enumerate(reading.sentences):
        begin = sentence.start if begin is None else begin
        following = reading.sentences[at + 1] if at + 1 < len(reading.sentences) else None
        open_end = reading.lowered[sentence.start : sentence.end].rstrip().endswith(",")
        if open_end and following is not None and following.section is sentence.section:
            continue
        yield begin, sentence.end, sentence.section
        begin = None


def _unnamed(reading: Reading, seen: set[str]) -> Iterator[ElementFinding]:
    """Laboratory work without a name, where no test has one: its result is one item, an order for more is another."""
    likely = [(name, pattern) for name, pattern in _LAB_WORK if pattern.search(reading.lowered)]
    for start, end, section in _statements(reading) if likely else ():
        for name, pattern in likely:
            match = pattern.search(reading.lowered, start, end)
            if match and section not in _SILENT and name not in seen and not _not_counted(reading.lowered[start:end]):
                seen.add(name)
                yield ElementFinding("data", MdmLevel.MINIMAL, f"1 test {name}", reading.evidence(*match.span()))


def _not_counted(text: str) -> bool:
    return _NOT_COUNTED.search(text) is not None


def _counts(text: str, section: Section) -> bool:
    if _not_counted(text) or (_IN_HOUSE.search(text) and " lab" not in text):
        return False
    if section in _SILENT:
        return _ORDERED.search(text) is not None
    if section is Section.PLAN and _FIRST.match(text):
        return True
    return section is Section.RESULTS or _COUNTED.search(text) is not None


def data_level(facts: Sequence[ElementFinding]) -> MdmLevel:
    """Limited: two of category 1 or a historian. Moderate: three of category 1, or 2, or 3. Extensive: two of those."""
    first = sum(fact.what.startswith("1") for fact in facts)
    historian = any("historian" in fact.what for fact in facts)
    met = (first >= 3) + any(f.what.startswith("2") for f in facts) + any(f.what.startswith("3") for f in facts)
    if met >= 2:
        return MdmLevel.HIGH
    if met == 1:
        return MdmLevel.MODERATE
    return MdmLevel.LOW if first >= 2 or historian else MdmLevel.MINIMAL
