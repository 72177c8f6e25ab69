"""How many lesions, biopsies, nails: codes that count, and add-on codes for what goes beyond the first.

Skin biopsies of several techniques share one first code, of the technique that ranks highest (incisional, punch,
tangential); each further biopsy takes the add-on code of its own technique. (CPT section guidelines.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from coding_svc.coding import doing
from coding_svc.coding.procedure_details import NUMBER_WORDS, SITES, SKIN_SITES
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading

_NUMBERS: Final = NUMBER_WORDS | {"single": 1, "a couple": 2}
_NUMBER: Final = rf"(\d{{1,2}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_NOT_A_COUNT: Final = (
    r"(?! ?(?:mm|cm|mg|ml|cc|sec|min|day|week|month|year|x\b|times|cycle|%|/|\.\d|o'clock|-0|suture|stitch"
    r"|blade|scalpel|gauge))"
)
_SITE: Final = rf"(?:(?:left|right) )?(?:{SKIN_SITES})s?"
_FURTHER_BIOPSY: Final = {"11106": "11107", "11104": "11105", "11102": "11103"}
"""First and further, the technique that ranks highest first."""
_TECHNIQUE: Final = {"11102": "(?:shave|tangential)", "11104": "punch", "11106": "incisional"}
_ORDINALS: Final = {"second": 2, "third": 3, "fourth": 4, "fifth": 5}


def counted(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """The services with the codes that their counts ask for."""
    found = _biopsies(reading, services)
    return [line for service in found for line in _RULES.get(service.code, _same)(reading, service)]


def number_of(reading: Reading, service: Performed, name: str) -> int | None:
    """How many of the named things the note counts, in the statement of the service before the rest of the note."""
    place = service.evidence[0].start if service.evidence else 0
    sentence = doing.sentence_at(reading, place)
    stretches = [reading.lowered[sentence.start : sentence.end]] if sentence else []
    for text in (*stretches, reading.lowered):
        found = re.search(
            rf"\b{_NUMBER}{_NOT_A_COUNT} (?:[\w-]+,? ){{0,4}}?{name}"
            rf"|{name}\w*[^.\n]{{0,60}}?(?<![\w.-]){_NUMBER}{_NOT_A_COUNT} (?:\w+ )?"
            r"(?:counted|treated|lesions?|total|sites|in all|spots)"
            rf"|{name}\w*[^.\n]{{0,25}}?(?:\bx ?|# ?|\(|, |: ?){_NUMBER}{_NOT_A_COUNT}\b",
            text,
        )
        if found:
            return _value(next(group for group in found.groups() if group))
    return None


def _over_sites(reading: Reading, name: str) -> int:
    """The sum where a statement counts lesions site by site ("four on the scalp and 3 on the ear"); 0 if none does."""
    for match in re.finditer(name, reading.lowered):
        sentence = doing.sentence_at(reading, match.start())
        if sentence is None:
            continue
        text = reading.lowered[sentence.start : sentence.end]
        for pattern in (
            rf"\b{_NUMBER}{_NOT_A_COUNT} (?:(?:\w+ )?{name}\w* )?(?:on|of|over|at) (?:the |his |her )?{_SITE}",
            rf"{_SITE} \(?{_NUMBER}\b{_NOT_A_COUNT}",
        ):
            found = list(re.finditer(pattern, text))
            values = [_value(next(group for group in each.groups() if group)) for each in found]
            if len(values) > 1:
                of_all = re.search(r"[:(]| - ", text[found[0].end() : found[1].start()])
                return values[0] if of_all and values[0] == sum(values[1:]) else sum(values)
    return 0


def _value(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word]


def _same(_: Reading, service: Performed) -> Iterator[Performed]:
    yield service


def _further(service: Performed, code: str, label: str, units: int) -> Performed:
    return replace(service, code=code, label=label, units=Decimal(units), em_modifier="")


def _premalignant(reading: Reading, service: Performed) -> Iterator[Performed]:
    """17000 for the first, 17003 for each from the second to the fourteenth, 17004 alone from fifteen."""
    name = "(?:actinic keratos|aks?\\b)"
    count = _over_sites(reading, name) or number_of(reading, service, name) or 1
    if count >= 15:
        yield replace(service, code="17004", label="fifteen or more premalignant lesions destroyed")
        return
    yield service
    if count > 1:
        yield _further(service, "17003", "further premalignant lesions destroyed, each", count - 1)


def _benign(reading: Reading, service: Performed) -> Iterator[Performed]:
    """17110 up to fourteen, 17111 from fifteen."""
    name = "(?:wart|verruca|molluscum|seborrheic keratos|lesion)"
    count = _over_sites(reading, name) or number_of(reading, service, name)
    many = count is not None and count >= 15
    yield replace(service, code="17111", label="fifteen or more benign lesions destroyed") if many else service


def _corns(reading: Reading, service: Performed) -> Iterator[Performed]:
    """11055 for one, 11056 for two to four, 11057 for more."""
    count = number_of(reading, service, "(?:corn|callus|callosit|hyperkerato)") or 1
    code = "11055" if count == 1 else "11056" if count <= 4 else "11057"
    yield replace(service, code=code, label="corns or calluses pared")


_ALL_NAILS: Final = re.compile(
    r"all (?:of (?:the |his |her )?)?(?:toe)?nails|nails 1[- ]?(?:-|to|through)[- ]?5[^.\n]{0,20}(?:bilateral|both)"
    r"|(?:bilateral|both feet)[^.\n]{0,30}nails 1[- ]?(?:-|to|through)[- ]?5"
)


def _nails(reading: Reading, service: Performed) -> Iterator[Performed]:
    """11720 for one to five, 11721 for six and more."""
    count = number_of(reading, service, "(?:toe|finger)?nails?") or 1
    many = count >= 6 or _ALL_NAILS.search(reading.lowered) is not None
    yield replace(service, code="11721", label="nail debridement, six or more") if many else service


def _tags(reading: Reading, service: Performed) -> Iterator[Performed]:
    """11200 up to fifteen, 11201 for each further ten or part of ten."""
    count = number_of(reading, service, "(?:skin tag|acrochordon|tag)") or 1
    yield service
    if count > 15:
        yield _further(service, "11201", "further skin tags removed, each ten", -(-(count - 15) // 10))


def _intralesional(reading: Reading, service: Performed) -> Iterator[Performed]:
    """11900 up to seven, 11901 for more."""
    count = number_of(reading, service, "(?:lesion|keloid|plaque|patch|site|cyst)") or 1
    yield replace(service, code="11901", label="intralesional injection, over seven") if count > 7 else service


def _allergens(reading: Reading, service: Performed) -> Iterator[Performed]:
    """One unit for each allergen; without their number a person counts."""
    count = number_of(reading, service, "(?:allergens?|antigens?|extracts?|pricks?|skin tests?|tests?)")
    yield replace(service, units=Decimal(count)) if count else replace(service, confidence=0.3, missing="tests_counted")


_BURNT: Final = re.compile(r"(?<![\d.])(\d{1,2}(?:\.\d)?) ?% ?(?:of )?(?:tbsa|bsa|total body|body surface)?")


def _burns(reading: Reading, service: Performed) -> Iterator[Performed]:
    """16020 below five per cent of the body's surface, 16025 to ten, 16030 beyond."""
    told = max((float(found) for found in _BURNT.findall(reading.lowered)), default=0.0)
    code = "16020" if told < 5 else "16025" if told <= 10 else "16030"
    yield replace(service, code=code)


_FOOT: Final = re.compile(r"\b(?:foot|feet|sole|heel|toes?|plantar)\b")


def _foreign_body(reading: Reading, service: Performed) -> Iterator[Performed]:
    """Below the skin of a foot it has a code of its own (28190); how deep it lay is for a person to see."""
    at = service.evidence[0].start
    foot = _FOOT.search(reading.lowered[max(0, at - 120) : service.evidence[0].end + 60])
    label = "foreign body removed from a foot"
    yield replace(service, code="28190", label=label, confidence=doing.LIKELY) if foot else service


_RULES: Final[dict[str, Callable[[Reading, Performed], Iterator[Performed]]]] = {
    "17000": _premalignant,
    "17110": _benign,
    "11055": _corns,
    "11720": _nails,
    "11200": _tags,
    "11900": _intralesional,
    "95004": _allergens,
    "95024": _allergens,
    "16020": _burns,
    "10120": _foreign_body,
}


def _biopsies(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    first = next((code for code in _FURTHER_BIOPSY if any(service.code == code for service in services)), None)
    found: list[Performed] = []
    for service in services:
        further = _FURTHER_BIOPSY.get(service.code)
        if further is None:
            found.append(service)
            continue
        count = _biopsies_of(reading, _TECHNIQUE[service.code])
        if service.code == first:
            several = count == 1 and re.search(rf"{_TECHNIQUE[service.code]} biopsies", reading.lowered) is not None
            found.append(_uncounted(service) if several else service)
            count -= 1
        if count > 0:
            found.append(_further(service, further, "further skin biopsies, each", count))
    return found


def _uncounted(service: Performed) -> Performed:
    """Several are told and not how many: a person counts."""
    return replace(service, confidence=doing.LIKELY, missing="biopsies_counted")


def _biopsies_of(reading: Reading, technique: str) -> int:
    """Biopsies of a technique, where the note counts them ("two", "second")."""
    pattern = rf"\b({'|'.join((*_NUMBERS, *_ORDINALS))}|[2-9]) (?!mm|cm)(?:\d(?:\.\d)? ?mm |\w+ )?{technique} biops"
    counts = [_ORDINALS.get(word) or _value(word) for word in re.findall(pattern, reading.lowered)]
    counts += [int(number) for number in re.findall(rf"{technique} biops\w* ?x ?([2-9])\b", reading.lowered)]
    return max(1, len(_biopsied_sites(reading, technique)), *counts)


def _biopsied_sites(reading: Reading, technique: str) -> set[str]:
    """The different places that statements of a biopsy done today name: a list has one biopsy in each line."""
    found: set[str] = set()
    for match in re.finditer(rf"{technique} (?:biops|\d(?:\.\d)? ?mm)", reading.lowered):
        sentence = doing.sentence_at(reading, match.start())
        if sentence is not None and doing.was_done(reading, sentence, match.start(), match.end()):
            after = reading.lowered.find("biops", match.end(), sentence.end)
            own = SITES.search(reading.lowered, match.end(), after if after >= 0 else sentence.end)
            site = own or SITES.search(reading.lowered, sentence.start, sentence.end)
            found |= {site.group()} if site else set()
    return found
