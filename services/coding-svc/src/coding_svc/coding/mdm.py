"""Step 10, medical decision making read from the note: problems, data, risk, each fact with its span.

A conservative reading: a fact counts if the note states it in the affirmative about today. Table: CPT E/M
guidelines 2021 to 2024. Structured elements, where the EMR sends them, go before this estimate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from coding_svc.coding.em import Elements
from coding_svc.coding.history import is_chronic
from coding_svc.coding.mdm_conditions import (
    BROKEN_BONE,
    BY_DRUG,
    CANCER,
    COMPANION,
    COMPLICATED_INJURY,
    DEMENTING,
    FEARED,
    GRAVE,
    LASTING,
    LIFE,
    MENTAL,
    ONE_ILLNESS,
    PAIN,
    SELF_LIMITED,
    SERIOUS,
    SMALL_BONES,
    SYMPTOM,
    SYSTEMIC,
    TREATED_TO_GOALS,
    UNCERTAIN_PROGNOSIS,
)
from coding_svc.coding.problem_text import Said, problem_said
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.screened import Screened
from coding_svc.coding.symptoms import ASKED_FOR
from coding_svc.domain import MDM_ORDER, Assertion, ElementFinding, MdmLevel, Section

_SEVERE: Final = Screened(
    r"severe (?:acute )?(?:exacerbation|flare)|acute severe|severe[^.\n]{0,20}(?:exacerbation|flare|decompensat)"
    r"|(?:exacerbat\w+|decompensat\w+|acute on chronic)[^.\n]{0,50}(?<!not )(?<!no )(?<!less )\b(?:severe"
    r"|with hypoxia)\b"
)
_SIDE_EFFECT: Final = Screened(
    r"(?<!no )(?<!without )(?<!any )(?<!denies )(?<!possible )(?<!the )\b(?:side effects?|adverse (?:effect"
    r"|reaction)) (?:of|from|to)\b"
)
"""Of the treatment: with it the illness is not stable, however well it is controlled."""
_NOT_AT_GOAL: Final = Screened(
    r"exacerbat|worse|not (?:at|to) goal|above goal|uncontrolled|poorly controlled"
    r"|not (?:well )?controlled|inadequate"
    r"|(?<!no )(?<!without )\bflar|(?<!no )progress|symptomatic|newly diagnosed"
    r"|\bnew\b|elevated|hyperglyc|decompensat|increas"
    r"|not responding"
    r"|refractory|fail(?:ed|ing)\b(?! heart)|side effect|high (?:today|at home)|enlarging|resistant|suboptimal"
    r"|not (?:\w+ ){0,3}(?:goal|target|controlled|adequate|satisf|stable|improv|better)|no longer (?:stable|controlled)"
    r"|above (?:goal|target)|out of control|partial(?:ly)? (?:respon|control)|breakthrough"
    r"|\bpersist(?:s|ed|ing)?\b|relaps|deteriorat"
    r"|more (?:frequent|often|severe)|still (?:\w+ ){0,2}(?:high|low|symptom|pain|wak|having|elevated)|active disease"
    r"|declin(?:ing|ed) (?:\w+ )?(?:function|egfr)|below (?:goal|target)|(?<!no )attacks?\b"
    r"|acute (?:gout|on chronic|attack)"
)
_STABLE: Final = Screened(
    r"\bstable|well controlled|at goal|controlled|compensated|steady|doing well|unchanged|in remission"
)
_CONDITIONAL: Final = Screened(r"\b(?:if|unless|in case)\b[^.\n]*")
"""What would be done if something happened says nothing of today."""
_NOT_WORSE: Final = Screened(
    r"\b(?:no|without|denie[sd]|never|nor)\b(?: (?!but\b)[\w-]+){0,3}? (?:severe|exacerbat|flar|attack|worse|progress"
    r"|relaps|breakthrough|suicid)[^.,;\n]*"
)
"""What is said not to be so."""
_SELF_HARM: Final = Screened(r"\bsuicidal (?:ideation|thoughts?|intent)|\bsuicide attempt|threat to (?:self|others)")
_GETTING_WORSE: Final = Screened(
    r"(?<!not )(?<!n't )\b(?:getting|gotten|become|becoming|progressively|gradually|steadily|been|got) (?:\w+ )?worse"
    r"|(?<!no )(?<!not )(?<!denies )(?<!any )(?<!without )\bworsen(?:ing|ed)\b(?! (?:by|with|when|on|after|during))"
)
_STARTED: Final = re.compile(r"\b(?:start|begin|add|initiate|increase|raise)(?:s|ed|ing)?\b(?! to consider)[^,]{0,40}$")
_BEGUN: Final = Screened(r"\b(?:start|begin|initiate|prescribe)(?:s|ed|d)?\b(?![^.\n]*\b(?:if|unless|consider)\b)")
_RAISED: Final = re.compile(
    r"[^.,;\n]{0,30}?\b(?:raised|increased|added|started|begun|doubled|begins)\b(?! (?:last|by (?:her|his)|in \w+ 20))"
)
"""Behind a drug: "sertraline raised to 100 mg"."""
_IF: Final = re.compile(r"\b(?:if|unless|consider\w*|may|might|discussed|declin\w*)\b")
_BROKEN: Final = Screened(
    r"\b(?:reveal\w*|show\w*|demonstrat\w*|consistent with|sustained)"
    r"(?: (?!no\b|not\b|without\b|old\b|healed\b)[\w-]+){0,6} (?:fracture|dislocation)s?\b"
)
_ADVANCED: Final = Screened(r"\bstage (?:iii|iv|3|4)[abc]?\b|(?<!no )(?<!without )\bmetasta(?:tic|ses|sis)\b")
_NO_RECURRENCE: Final = Screened(
    r"\bno (?:\w+ ){0,3}evidence of (?:\w+ ){0,2}(?:recurren|disease|malignan)|\bned\b|\bin remission"
    r"|free of (?:disease|recurrence)"
)
_UNEXPLAINED: Final = Screened(
    r"\bcause (?:is )?(?:still )?(?:not|un)(?: ?yet)? ?(?:known|certain|clear)|\bunknown (?:cause|etiology)|unexplained"
    r"|\b(?:etiology|cause) (?:unclear|unknown|undetermined)"
)
_OVER_MONTHS: Final = re.compile(r"\b(?:months|years)\b|\bchronic")
_QUITTING: Final = Screened(
    r"cessation|quit date|ready to quit|nicotine (?:patch|gum|lozenge|replacement)|varenicline|chantix"
)
_STABLE_CHRONIC: Final = "stable chronic illness"
_TAKEN_AS_STABLE: Final = f"not called worse, so a {_STABLE_CHRONIC}"
_WORSE_CHRONIC: Final = "chronic illness with exacerbation, progression or not at goal"
_THREAT: Final = "threat to life or bodily function"
_UNDIAGNOSED: Final = "undiagnosed new problem with uncertain prognosis"
_ACUTE_SYSTEMIC: Final = "acute illness with systemic symptoms"
_FUNCTION: Final = Screened(
    r"(?<!no )(?<!without )(?<!no evidence of )\b(?:compress(?:ion|ing|es)|impingement) (?:of|on)? ?(?:the )?"
    r"(?:optic (?:chiasm|nerve)|spinal cord|cauda equina|airway|trachea)\b"
    r"|(?<!no )(?<!without )(?<!no evidence of )\b(?:optic )?(?:chiasm\w*|cord) compression\b"
    r"|(?<!no )(?<!without )\bacute (?:vision|visual) loss\b|(?<!no )(?<!without )\blimb[- ]threatening\b"
)
"""What takes sight, walking or a limb if it is not treated soon."""
_MAYBE_CANCER: Final = Screened(
    r"(?:melanoma|malignan\w+|cancer|carcinoma|lymphoma) (?:(?:is |was )?(?:not|cannot be"
    r"|can't be) (?:\w+ )?(?:excluded|ruled out)"
    r"|(?:is )?suspected|(?:is )?a concern)"
    r"|(?<!not )(?<!no )(?<!low )(?<!nothing )\b(?:suspicio(?:us|n)|concern(?:ing|ed)?|worr(?:y|isome"
    r"|ied)) (?:is )?(?:for|about|of) "
    r"(?:\w+ ){0,2}(?:melanoma|malignan\w+|cancer|carcinoma|lymphoma)"
)
"""A problem whose answer may be a grave one."""
_FEVER: Final = Screened(
    r"(?<!\ba)febrile|temp(?:erature)? (?:of |to )?10[0-4]|\bt(?:emp)?:? 10[0-4]|one hundred"
    r"|(?<!no )(?<!no fever or )(?<!no fever, )(?<!denies )(?<!or )(?<!without )\bchills"
)


def problems(
    proposals: Sequence[Proposal], readings: Sequence[Reading], *, escalated: bool = False, worked_up: bool = False
) -> list[ElementFinding]:
    """Each addressed problem with the level that it reaches alone; both sides of one are one problem.

    `escalated`: a decision of high risk was taken, which what is only suspected may have asked for. `worked_up`: the
    data are at least moderate.
    """
    found: list[ElementFinding] = []
    named: set[tuple[tuple[int, int], str]] = set()
    for proposal in proposals:
        place = (proposal.order, proposal.code[:5])
        if not _is_problem(proposal) or place in named or _beside(proposal, proposals, readings):
            continue
        named.add(place)
        level, what = _problem_level(proposal, readings, worked_up=worked_up)
        found.append(
            ElementFinding(
                "problems", level, f"{proposal.code}: {what}", proposal.evidence[0] if proposal.evidence else None
            )
        )
    if escalated:
        found += _suspected_threats(readings)
    return [_with_its_story(found[0], readings)] if len(found) == 1 else found


def _suspected_threats(readings: Sequence[Reading]) -> Iterator[ElementFinding]:
    """What may cost the patient's life, where it is acted on as such: no code, but the problem that was addressed."""
    for reading in readings:
        for mention in reading.mentions:
            suspected = mention.assertion is Assertion.UNCERTAIN and mention.sentence.section in PLAN_SECTIONS
            if suspected and (mention.code or mention.node) in LIFE:
                span = reading.evidence(mention.start, mention.end)
                yield ElementFinding("problems", MdmLevel.HIGH, f"suspected {mention.node}: {_THREAT}", span)


def _with_its_story(only: ElementFinding, readings: Sequence[Reading]) -> ElementFinding:
    """The history tells of the one problem there is: a chronic illness that it calls worse, and the assessment does
    not call stable, is not stable."""
    code, _, what = only.what.partition(": ")
    worse = what == _TAKEN_AS_STABLE and any(
        _told_worse(reading) or (_by_goals(code) and _more_treated(reading)) for reading in readings
    )
    return replace(only, level=MdmLevel.MODERATE, what=f"{code}: {_WORSE_CHRONIC}") if worse else only


def _by_goals(code: str) -> bool:
    """Whether what is started or raised for the condition shows that it is not at goal."""
    return is_chronic(code) or code in TREATED_TO_GOALS


def _told_worse(reading: Reading) -> bool:
    return any(_GETTING_WORSE.search(reading.lowered, part.body, part.end) for part in reading.of(Section.HPI))


def _beside(proposal: Proposal, proposals: Sequence[Proposal], readings: Sequence[Reading]) -> bool:
    if proposal.rule.startswith(ASKED_FOR):
        return True
    alike = _told_by_its_site(proposal, proposals) or _told_closer(proposal, proposals)
    return alike or _only_mentioned(proposal, readings)


def _told_closer(proposal: Proposal, proposals: Sequence[Proposal]) -> bool:
    """An unspecified chronic illness beside a specified one of its category is the same ("asthma is quiet"), as is the
    dementia that its disease consists of (Alzheimer's, Lewy bodies; not Parkinson's)."""
    code = proposal.code
    if code.startswith("F02"):
        return any(other.code in DEMENTING for other in proposals)
    unspecified = code[-1] in "9A" and code[:3] in ONE_ILLNESS
    return unspecified and any(other.code[:3] == code[:3] and other.code[-1] not in "9A" for other in proposals)


def _told_by_its_site(proposal: Proposal, proposals: Sequence[Proposal]) -> bool:
    """A pain code of G89 beside the code of the painful site is the same problem."""
    return proposal.code.startswith("G89") and any(other.code in PAIN for other in proposals)


def _is_problem(proposal: Proposal) -> bool:
    """An adverse effect or underdosing (sixth character 5 or 6) is the circumstance of another problem."""
    beside_another = proposal.code in BY_DRUG and proposal.code[6:7] in ("5", "6")
    return proposal.code[0] not in "VWXY" and proposal.code not in COMPANION and not beside_another


def _only_mentioned(proposal: Proposal, readings: Sequence[Reading]) -> bool:
    """Smoking counts as a problem only where something is done about it."""
    return proposal.code.startswith("F17") and not any(_QUITTING.search(reading.lowered) for reading in readings)


def _more_treated(reading: Reading) -> bool:
    """A drug is started, added or raised today: what it is for is not at goal (CPT: "stable" is by treatment goals).

    Asked of the plain chronic diseases alone: a cream for a dry skin says less.
    """
    text = reading.lowered
    places = [(part.body, part.end) for section in PLAN_SECTIONS for part in reading.of(section)]
    for drug in reading.drugs:
        if any(start <= drug.start < end for start, end in places):
            line = text[max(text.rfind(mark, 0, drug.start) for mark in (". ", "\n", ";")) + 1 : drug.start]
            if (_STARTED.search(line) or _RAISED.match(text, drug.end)) and not _IF.search(line):
                return True
    return False


def _grave_symptom(said: Said, readings: Sequence[Reading], *, worked_up: bool) -> str:
    """Of moderate level: a symptom behind which something dangerous is suspected, an unexplained one that is worked up
    (CPT: an undiagnosed problem whose differential holds a high risk of morbidity without treatment), and one that gets
    worse over months. Empty for others."""
    feared = any(
        mention.assertion is Assertion.UNCERTAIN
        and mention.sentence.section in PLAN_SECTIONS
        and (mention.code or mention.node) in FEARED
        for reading in readings
        for mention in reading.mentions
    )
    if feared or (worked_up and said.says(_UNEXPLAINED)):
        return _UNDIAGNOSED
    return _WORSE_CHRONIC if said.says(_GETTING_WORSE) and _OVER_MONTHS.search(said.text) else ""


def perhaps_off_goal(diagnoses: Sequence[Proposal], readings: Sequence[Reading]) -> bool:
    """A lasting illness that is not called stable and for which its own lines begin a drug: it may not be at goal, and
    then the level is one higher (CPT: "stable" is by treatment goals)."""
    return any(
        is_lasting(p.code) and said.says(_BEGUN) and not said.says(_STABLE) and gravity(p, readings) is MdmLevel.LOW
        for p in diagnoses
        for said in (problem_said(p, readings),)
    )


def gravity(proposal: Proposal, readings: Sequence[Reading]) -> MdmLevel:
    """The level that one addressed problem reaches alone."""
    return _problem_level(proposal, readings)[0]


def _problem_level(proposal: Proposal, readings: Sequence[Reading], *, worked_up: bool = False) -> tuple[MdmLevel, str]:
    code, said = proposal.code, problem_said(proposal, readings).without(_CONDITIONAL).without(_NOT_WORSE)
    text = said.text
    if code in CANCER and any(_without_recurrence(reading) for reading in readings):
        return MdmLevel.LOW, _STABLE_CHRONIC
    if (code in MENTAL and said.says(_SELF_HARM)) or said.says(_FUNCTION):
        return MdmLevel.HIGH, _THREAT
    if code in BROKEN_BONE and code.endswith("A"):
        return MdmLevel.MODERATE, "chronic illness with a new fracture"
    graver = _grave_symptom(said, readings, worked_up=worked_up) if code in SYMPTOM else ""
    if graver:
        return MdmLevel.MODERATE, graver
    if code not in GRAVE and (is_lasting(code) or "chronic" in text[:80]):
        return _chronic_level(said)
    feverish = code in SYSTEMIC and any(_is_feverish(reading) for reading in readings)
    rules = (
        (code in LIFE, MdmLevel.HIGH, _THREAT),
        (code in CANCER and _is_advanced(said), MdmLevel.HIGH, _THREAT),
        (code in SERIOUS, MdmLevel.MODERATE, "illness with systemic effect, progression or uncertain prognosis"),
        (said.says(_SEVERE), MdmLevel.HIGH, "severe exacerbation"),
        ("systemic illness" in text or "systemic symptoms" in text or feverish, MdmLevel.MODERATE, _ACUTE_SYSTEMIC),
        (code in SMALL_BONES and "nondisplaced" in text, MdmLevel.LOW, "nondisplaced fracture of a small bone"),
        (code in COMPLICATED_INJURY or said.says(_BROKEN), MdmLevel.MODERATE, "acute complicated injury"),
        (code in UNCERTAIN_PROGNOSIS or said.says(_MAYBE_CANCER), MdmLevel.MODERATE, _UNDIAGNOSED),
        (code in SELF_LIMITED, MdmLevel.MINIMAL, "self-limited or minor problem"),
        (True, MdmLevel.LOW, "acute, uncomplicated illness or injury"),
    )
    return next((level, what) for holds, level, what in rules if holds)


def _is_feverish(reading: Reading) -> bool:
    """A measured temperature, or a fever that is not denied."""
    told = any((m.code or m.node).startswith("R50") and m.assertion is Assertion.PRESENT for m in reading.mentions)
    return told or _FEVER.search(reading.lowered) is not None


def _without_recurrence(reading: Reading) -> bool:
    """Assessment or plan find no cancer any more: what is watched is stable."""
    parts = [part for section in PLAN_SECTIONS for part in reading.of(section)]
    return any(_NO_RECURRENCE.search(reading.lowered, part.body, part.end) for part in parts)


def is_lasting(code: str) -> bool:
    """Whether a code's condition is a chronic illness: expected to last a year or until death."""
    return is_chronic(code) or code in LASTING


def _chronic_level(said: Said) -> tuple[MdmLevel, str]:
    if said.says(_SEVERE):
        return MdmLevel.HIGH, "chronic illness with severe exacerbation"
    if said.says(_SIDE_EFFECT):
        return MdmLevel.MODERATE, "chronic illness with side effects of treatment"
    if _off_goal(said._replace(text=said.text[:160])):
        return MdmLevel.MODERATE, _WORSE_CHRONIC
    if _off_goal(said):
        return MdmLevel.MODERATE, "chronic illness not at goal"
    return MdmLevel.LOW, _STABLE_CHRONIC if said.says(_STABLE) else _TAKEN_AS_STABLE


def _is_advanced(said: Said) -> bool:
    return said.says(_ADVANCED) and not said.says(_STABLE)


def _off_goal(said: Said) -> bool:
    """Not at goal, and nothing else that calls it stable: "not controlled" does not say "controlled"."""
    if not said.says(_NOT_AT_GOAL):
        return False
    return not said.might(_STABLE) or not _STABLE.pattern.search(_NOT_AT_GOAL.pattern.sub(" ", said.text))


def problems_level(found: Sequence[ElementFinding]) -> MdmLevel:
    """The element's level from its facts: two stable chronic illnesses are moderate, two minor problems low."""
    highest = max((MDM_ORDER.index(fact.level) for fact in found), default=0)
    stable = sum(fact.what.endswith(_STABLE_CHRONIC) for fact in found)
    minor = sum(fact.level is MdmLevel.MINIMAL for fact in found)
    if highest < 2 and stable >= 2:
        return MdmLevel.MODERATE
    if highest == 0 and minor >= 2:
        return MdmLevel.LOW
    return MDM_ORDER[highest]


def estimate(
    facts_of_problems: Sequence[ElementFinding], data: MdmLevel, risk: MdmLevel, *, treatment_stated: bool
) -> tuple[Elements, str]:
    """The three elements, and the group in which levels read like this one were counted (see `confidence`).

    Surest where problems and risk agree; unsure where one counted test more would change the level, or where the
    note neither names a treatment nor says that there is none.
    """
    level = problems_level(facts_of_problems)
    if level is MdmLevel.MINIMAL and risk is MdmLevel.MODERATE:  # what needs a prescription does not pass by itself
        level = MdmLevel.LOW
    elements = Elements(level, data, risk)
    problem, tests, decision = (MDM_ORDER.index(level) for level in elements)
    lower = min(problem, decision)
    groups = (
        (decision == 0 and not treatment_stated, "em-treatment-open"),
        (not facts_of_problems, "em-no-problem"),
        (problem == decision, "em-agree" if tests <= problem or problem >= 2 else "em-agree-low"),
        (abs(problem - decision) > 1, "em-untreated" if treatment_stated and decision == 0 else "em-apart"),
        (tests > lower, "em-tests-decide"),
        (tests < lower or lower == 0, "em-tests-below"),
        (True, "em-tests-level"),
    )
    return elements, next(group for holds, group in groups if holds)


PLAN_SECTIONS: Final = (Section.PLAN, Section.ASSESSMENT, Section.PROCEDURE, Section.INSTRUCTIONS)
