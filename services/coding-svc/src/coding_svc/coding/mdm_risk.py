"""The risk element: what the management decided today can do to the patient."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from coding_svc.coding.mdm_factors import DECLINED, FOREGONE, NOT_SOCIAL, RISK_FACTORS, SHARED, SOCIAL_LIMITS
from coding_svc.coding.medications import CLASS_OF, DrugMention
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened
from coding_svc.domain import MDM_ORDER, ElementFinding, MdmLevel, Section

_DECIDED: Final = (Section.PLAN, Section.ASSESSMENT, Section.PROCEDURE, Section.INSTRUCTIONS)
_ADMISSION: Final = Screened(
    r"(?<!no )(?<!not )\b(?:direct admission|admit (?:him|her|the patient"
    r"|to (?:the |an? )?(?:\w+ )?(?:hospital|floor|icu|unit|telemetry|ward|service|observation))|admission (?:now|today"
    r"|to the hospital|for|(?:was |is )?(?:arranged|agreed|set up)|directly)"
    r"|sent to (?:the |an? )?(?:\w+ )?(?:er|ed|emergency)\b"
    r"|transfer(?:red)? (?:by ambulance )?to the (?:er|ed|hospital|emergency)"
    r"|hospitali[sz](?:e|ation) (?:now|today|for))"
    r"|(?<!was )(?<!were )(?<!been )(?<!is )(?<!be )\b(?:admitted|admitting|arranged? admission) (?:directly |today "
    r"|now )*to (?:the |an? )?"
    r"(?:\w+ )?(?:hospital|floor|icu|unit|telemetry|ward|service|observation)\b"
    r"|(?<!was )(?<!were )(?<!been )\b(?:sent|transferred|transported|goes|going) (?:\w+ ){0,3}by (?:ambulance|ems"
    r"|paramedics)"
    r"|\b(?:911|ambulance|paramedics|ems) (?:was |were )?called|\bcalled (?:an |the |for an )?(?:911|ambulance|ems)\b"
)
_TOXIC: Final = Screened(
    r"(?:methotrexate|chemotherapy|cytotoxic|cyclophosphamide|amiodarone|clozapine|folfox|folfiri|tacrolimus"
    r"|cyclosporine"
    r"|lithium|azathioprine|leflunomide)[^.\n]{0,120}(?:toxicity|monitoring labs|cbc and lft)"
    r"|monitor\w* for (?:\w+ )?toxicity"
)
_SELDOM: Final = re.compile(r"\b(?:yearly|annual(?:ly)?|once a year|every (?:6|six|12|twelve) months|twice a year)\b")
"""Monitoring for toxicity is intensive if it is done quarterly or more often (CPT's definition)."""
_SURGERY: Final = Screened(
    r"decision for surgery|proceed with (?:surg|operat)|(?:recommend|discussed"
    r"|schedule)[^.\n]{0,40}(?:surgical intervention|surgery|orif|arthroplasty|hysterectomy"
    r"|repair with mesh)"
    r"|\b(?:recommend(?:ed)?|proceed with|schedul(?:e|ed|ing)|plan(?:ned)? for|wishes to have|decision for|opted for"
    r"|elect(?:s|ed)? (?:for|to have)|consent(?:s|ed)? (?:for|to)|booked for)\b[^.\n]{0,40}"
    r"\b(?:(?!vas|phleb|my?ring|teno|fasci)\w{3,}(?:ectomy|plasty|desis|rrhaphy)|(?:hip|knee|shoulder) replacement"
    r"|spinal fusion)\b"
    r"|\b(?!vas|phleb|my?ring|teno|fasci)\w{3,}(?:ectomy|plasty|desis|rrhaphy) (?:is )?(?:recommended|advised|planned"
    r"|scheduled)\b(?! (?:in|by|last|before|previously|years?)\b)"
)
_CYTOTOXIC: Final = Screened(
    r"\b(?:start|begin|receiv|continu|cycle|initiat|undergo|chang|switch)\w*\b[^.\n]{0,50}\b(?:chemotherapy"
    r"|cisplatin|carboplatin"
    r"|oxaliplatin|paclitaxel|taxol|docetaxel|doxorubicin|gemcitabine|fluorouracil|folfox|folfiri|r-chop)\b"
)
_LESS_CARE: Final = Screened(
    r"\b(?:decision|decided|decides|agreed?|elect(?:s|ed)?|chang(?:e|ed)|order(?:ed)?|signed|wish(?:es)?|opt(?:s|ed))\b"
    r"[^.\n]{0,50}\b(?:dnr|do not resuscitate|comfort (?:care|measures)|hospice)\b"
)
_EARLIER: Final = re.compile(
    r"\b(?:status post|s/p|completed|history of|previous(?:ly)?|prior|ago|last (?:week|month|year)|later returned)\b"
    r"|\b(?:in|since|on) (?:\w+ )?(?:\d{1,2}/)?(?:19|20)\d\d\b|, where\b|\brecently\b|\bdischarged\b"
    r"|\b(?:in|since|last) (?:early |late )?(?:january|february|march|april|may|june|july|august|september|october"
    r"|november|december)\b"
)
"""A sentence that tells of it tells of another day."""
_MINOR: Final = Screened(
    r"\b(?:recommend(?:ed)?|proceed with|administer|perform|treat(?:ed)?|schedule)\b[^.\n]{0,60}"
    r"\b(?:injections?|aspiration|biopsy|excision|incision and drainage)\b"
    r"|\b(?:aspiration|biopsy|excision|incision and drainage) (?:(?:is|was|will be) )?(?:scheduled|planned|booked)\b"
)
_EMERGENCY: Final = Screened(
    r"emergen\w+ (?:\w+ )?(?:surgery|operation|laparoscop\w+|laparotomy|appendectomy)"
    r"|to (?:the )?(?:or|operating room) (?:now|today|tonight|this (?:evening|afternoon|morning))"
    r"|(?:appendectomy|laparotomy|surgery|operation) (?:now|tonight)\b"
)
_PRESCRIBED: Final = Screened(
    r"\b(?:prescri|refill|renewed|new script|rx\b|e-?prescrib|called to (?:the|her"
    r"|his) (?:\w+ )?pharmacy)|\b\d+(?:\.\d+)? ?(?:mg|mcg|units)\b"
    r"|\bmg\b|milligrams?\b|antibiotic (?:started|given)|steroid (?:taper|pack)"
)
_IF: Final = re.compile(r"\b(?:if|unless)\b")
_BY_SCRIPT: Final = re.compile(r"(?<!no )\bprescription(?: strength)? (?:for|of|sent)\b|(?<!not )\bprescribed?\b")
_DENIED: Final = re.compile(
    r"\bno (?:\w+ ){0,2}(?:prescription|medic|drug|antibiotic|tablet|refill)|not prescribed"
    r"|without medic|declin\w+[^.\n]{0,30}prescri|\bdiscuss\b[^.\n]{0,40}(?:prescri|\brx\b)"
)
_NOTHING: Final = Screened(
    r"\bno (?:\w+ ){0,2}(?:medic\w*|tablets?|prescriptions?|treatment|drugs?|pills?|antibiotics?)\b"
    r"|without (?:medic|treatment)|reassur|watchful waiting|observation only|none needed"
)
_THERAPY: Final = Screened(
    r"over[- ]the[- ]counter|\botc\b|physical therapy|occupational therapy|\bpt\b (?:for|referral)"
    r"|drugstore|store[- ]b(?:rand|ought)|therapy referral|diet(?:itian|ician) referral"
    r"|\brefer\w* to (?:an? |the |our )?(?:diet(?:itian|ician)|physical therap|occupational therap|cardiac rehab)"
    r"|(?<!no )(?<!avoid )(?<!stop )\b(?:analgesics|nsaids|anti-inflammatories)\b"
)
_TELLING: Final = (Section.UNKNOWN, Section.HPI, Section.PROCEDURE, Section.EXAM, Section.RESULTS)
_DECIDED_TODAY: Final = Screened(
    r"\b(?:start(?:ing|ed)?|begin|prescri\w+|add(?:ed|ing)?|increas(?:e|ed|ing)|rais(?:e|ed|ing)|up to|switch\w*"
    r"|chang(?:e|ed) to|refill\w*|renew\w*|continue|given|gave|administered|im\b|rx\b|e-?prescribed"
    r"|sent to (?:the |her |his )?pharmacy|lower(?:ed)? to|reduc(?:e|ed) to|stop)\b"
)
_BY_PRESCRIPTION: Final = re.compile(r"\bprescri(?:bed|ption sent)|\brx\b|\brefill|\brenew")
_PAST: Final = re.compile(
    r"\b(?:was|were|been|had|has|have) (?:\w+ )?(?:prescrib|given|started|put on|taking|added)"
    r"|\blast (?:visit|month|week|year)"
    r"|\bago\b|\b(?:urgent care|emergency|er|(?<!ordered at the )(?<!ordered at )hospital|previous|another|outside"
    r"|former)\b|vaccin|immuni|\bsince\b"
    r"|\b(?:19|20)\d\d\b|\bif\b|\bwill\b|declin|allerg|inject(?:ed|ion)|planned"
)
_OVER_THE_COUNTER: Final = ("over the counter", "aspirin")
_INJECTED: Final = ("lidocaine", "triamcinolone", "methylprednisolone", "betamethasone", "dexamethasone")
_INTO_A_SITE: Final = re.compile(
    r"inject|joint|bursa|sheath|\bblock\b|local|anesth|epi(?:nephrine)?\b|infiltrat|\bml\b|intralesional|numb"
)
_OTC_STRENGTH: Final = re.compile(
    r"(?<!failed )(?<!despite )(?:over[- ]the[- ]counter|\botc\b)|drugstore|store[- ]b|from home|as (?:she|he) has been"
)


def risk_facts(readings: Sequence[Reading], *, procedure_billed: bool = False) -> list[ElementFinding]:
    """The decisions that carry risk, each with its span; that for a procedure billed apart is part of it."""
    found: list[ElementFinding] = []
    for reading in readings:
        stretches = [(part.body, part.end) for part in reading.parts if part.section in _DECIDED]
        if not stretches:
            stretches = [(0, len(reading.note.text))]
        for start, end in stretches:
            found += _in_stretch(reading, start, end, procedure_billed=procedure_billed)
        found += [*_social(reading), *_weighed(reading)]
        decided = _drugs(reading, stretches)
        found += decided or _decided_elsewhere(reading)
    return found


def _social(reading: Reading) -> list[ElementFinding]:
    """Social determinants that limit diagnosis or treatment, told of today."""
    for sentence in reading.where(SOCIAL_LIMITS):
        match = SOCIAL_LIMITS.pattern.search(reading.lowered, sentence.start, sentence.end)
        if match is None or sentence.section not in (*_DECIDED, *_TELLING):
            continue
        if not NOT_SOCIAL.pattern.search(reading.lowered, sentence.start, sentence.end):
            what = "treatment limited by social determinants of health"
            return [ElementFinding("risk", MdmLevel.MODERATE, what, reading.evidence(*match.span()))]
    return []


def _weighed(reading: Reading) -> Iterator[ElementFinding]:
    """A prescription drug that was offered, weighed with the patient, and declined."""
    text = reading.lowered
    if not DECLINED.might(text) or not SHARED.might(text):
        return
    for sentence in reading.sentences:
        declined = DECLINED.pattern.search(text, sentence.start, sentence.end)
        if (
            sentence.section not in _DECIDED
            or declined is None
            or not SHARED.pattern.search(text, sentence.start, sentence.end)
        ):
            continue
        if any(CLASS_OF.get(token.norm, _OVER_THE_COUNTER[0]) not in _OVER_THE_COUNTER for token in sentence.tokens):
            evidence = reading.evidence(*declined.span())
            yield ElementFinding("risk", MdmLevel.MODERATE, "prescription drug weighed and declined", evidence)


def _decided_elsewhere(reading: Reading) -> list[ElementFinding]:
    """Drug management that the note tells outside of its plan: given, added or prescribed today."""
    found: list[ElementFinding] = []
    text = reading.lowered
    for sentence in reading.where(_DECIDED_TODAY):
        if sentence.section not in _TELLING:
            continue
        said = text[sentence.start : sentence.end]
        match = _DECIDED_TODAY.pattern.search(said)
        if match is None or _PAST.search(said) or _DENIED.search(said) or _OTC_STRENGTH.search(said):
            continue
        drugs = [drug for drug in reading.drugs if sentence.start <= drug.start < sentence.end]
        prescribed = [drug for drug in drugs if drug.group not in _OVER_THE_COUNTER and not _local(text, drug)]
        if prescribed or _BY_PRESCRIPTION.search(said):
            start, end = sentence.start + match.start(), sentence.start + match.end()
            start, end = (prescribed[0].start, prescribed[0].end) if prescribed else (start, end)
            evidence = reading.evidence(start, end)
            found.append(ElementFinding("risk", MdmLevel.MODERATE, "prescription drug management", evidence))
    return found


def _local(text: str, drug: DrugMention) -> bool:
    """A local anesthetic, or a steroid put into a joint: part of a procedure, no drug management."""
    return drug.name in _INJECTED and bool(_INTO_A_SITE.search(_sentence_around(text, drug.start)))


def _in_stretch(reading: Reading, start: int, end: int, *, procedure_billed: bool) -> list[ElementFinding]:
    text = reading.lowered
    found: list[ElementFinding] = []
    for pattern, level, what in (
        (_ADMISSION, MdmLevel.HIGH, "decision for hospital care"),
        (_TOXIC, MdmLevel.HIGH, "drug therapy with intensive monitoring for toxicity"),
        (_EMERGENCY, MdmLevel.HIGH, "decision for emergency major surgery"),
        (_LESS_CARE, MdmLevel.HIGH, "decision not to resuscitate or to de-escalate care"),
        (_CYTOTOXIC, MdmLevel.HIGH, "cytotoxic drug therapy"),
        (_SURGERY, MdmLevel.MODERATE, "decision for surgery"),
        *(() if procedure_billed else ((_MINOR, MdmLevel.LOW, "decision for a minor procedure"),)),
        (_THERAPY, MdmLevel.LOW, "over-the-counter drug or therapy"),
        (FOREGONE, MdmLevel.LOW, "decision to forego a procedure"),
    ):
        match = _decided(pattern, text, start, end, today=level is MdmLevel.HIGH)
        if match is None or (pattern is _TOXIC and _SELDOM.search(_sentence_around(text, match.start()))):
            continue
        found.append(ElementFinding("risk", level, what, reading.evidence(*match.span())))
        if pattern in (_SURGERY, _MINOR):
            found += _with_risk_factors(reading, match, end, level)
    return found


_BESIDE_SURGERY: Final = 250
"""Characters after the decision for an operation in which its risk factors are named."""


def _with_risk_factors(reading: Reading, match: re.Match[str], end: int, level: MdmLevel) -> list[ElementFinding]:
    """One level more where the patient's own risk factors are named with the operation."""
    near = min(end, match.end() + _BESIDE_SURGERY)
    factors = RISK_FACTORS.search(reading.lowered, max(0, match.start() - _BESIDE_SURGERY), near)
    if factors is None:
        return []
    raised = MDM_ORDER[MDM_ORDER.index(level) + 1]
    return [ElementFinding("risk", raised, "surgery with risk factors", reading.evidence(*factors.span()))]


def _decided(pattern: Screened, text: str, start: int, end: int, *, today: bool) -> re.Match[str] | None:
    """The first match that no "if" stands before in its sentence; with `today` none that tells of another day."""
    at = start
    while (match := pattern.search(text, at, end)) is not None:
        line = max(start, text.rfind(". ", start, match.start()), text.rfind("\n", start, match.start()))
        near = max(line, match.start() - 80), min(match.end() + 40, end)
        if not _IF.search(text, line, match.start()) and not (today and _EARLIER.search(text, *near)):
            return match
        at = match.end()
    return None


def _drugs(reading: Reading, stretches: Sequence[tuple[int, int]]) -> list[ElementFinding]:
    """Prescription drug management: a drug of a prescription class in the plan, or a prescription in words."""
    text = reading.lowered
    found: list[ElementFinding] = []
    for drug in reading.drugs:
        if not any(start <= drug.start < end for start, end in stretches):
            continue
        line = _sentence_around(text, drug.start)
        if _local(text, drug) or _not_of_today(text, drug):
            continue
        if drug.group in _OVER_THE_COUNTER:
            by_script = re.search(r"prescri|\brx\b|script", line) and not _without_script(line)
            level = MdmLevel.MODERATE if by_script else MdmLevel.LOW
        else:
            level = MdmLevel.LOW if _without_script(line) else MdmLevel.MODERATE
        what = "prescription drug management" if level is MdmLevel.MODERATE else "over-the-counter drug"
        found.append(ElementFinding("risk", level, what, reading.evidence(drug.start, drug.end)))
    for start, end in stretches:
        match = _PRESCRIBED.search(text, start, end)
        if match:
            line = _sentence_around(text, match.start())
            if not _DENIED.search(line) and not _without_script(line):
                found.append(
                    ElementFinding(
                        "risk", MdmLevel.MODERATE, "prescription drug management", reading.evidence(*match.span())
                    )
                )
    return found


_MAYBE_LATER: Final = re.compile(
    r"\b(?:may|might|could|would) (?:\w+ ){0,2}(?:start|begin|add|need|require|try|go on|switch to"
    r"|escalate to)\b[^.;\n]{0,40}$"
    r"|\bconsider(?:ing)? (?:(?:starting|adding) )?(?:\w+ ){0,2}$|\bnext (?:visit|time)[^.;\n]{0,40}$"
)
_TAKES: Final = re.compile(
    r"(?:\b(?:takes|taking|is on|while on|because of|allergic to|interact\w* with)|, on) (?:\w+ ){0,2}$"
)
_MANAGED: Final = re.compile(
    r"continu|refill|renew|start|stop|increas|decreas|rais|lower|chang|switch|hold|add|adjust|monitor|taper|prescri"
    r"|stable|control|well|tolerat|effective|help|goal|work|same|daily|twice|nightly|weekly|complian|adher"
)


_NOT_NEEDED: Final = re.compile(
    r"(?: (?:ointment|cream|tablets?))? (?:is |are |was )?(?:not (?:needed|indicated|required|necessary)|unnecessary"
    r"|contraindicated)\b"
)
"""Right after a drug's name."""


def _not_of_today(text: str, drug: DrugMention) -> bool:
    """A drug that may come later, or one that the patient takes and of which nothing more is said."""
    begin = max(text.rfind(". ", 0, drug.start), text.rfind("\n", 0, drug.start), text.rfind(";", 0, drug.start)) + 1
    before = text[begin : drug.start]
    if _MAYBE_LATER.search(before) or _NOT_NEEDED.match(text, drug.end):
        return True
    if _TAKES.search(before) is None or _MANAGED.search(_sentence_around(text, drug.start)):
        return False
    return not any(sign.isdigit() for sign in _sentence_around(text, drug.start)[len(before) :])


def _without_script(line: str) -> bool:
    """Whether a drug is one of the drugstore: a prescription beside one that did not help is a prescription."""
    return bool(_OTC_STRENGTH.search(line)) and (not _BY_SCRIPT.search(line) or bool(_DENIED.search(line)))


def _sentence_around(text: str, at: int) -> str:
    start = max(text.rfind(". ", 0, at), text.rfind("\n", 0, at)) + 1
    ends = [end for end in (text.find(". ", at), text.find("\n", at)) if end != -1]
    return text[start : min(ends, default=len(text))]


def risk_level(facts: Sequence[ElementFinding]) -> MdmLevel:
    """The highest of the decisions."""
    return MDM_ORDER[max((MDM_ORDER.index(fact.level) for fact in facts), default=0)]


def treatment_stated(facts: Sequence[ElementFinding], readings: Sequence[Reading]) -> bool:
    """Whether the note names a treatment, or says that there is none."""
    return bool(facts) or any(_NOTHING.search(reading.lowered) for reading in readings)
