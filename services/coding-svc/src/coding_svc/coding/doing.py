"""Whether a statement says that something was done here, today: not ordered, planned, refused, past, or elsewhere."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened
from coding_svc.coding.sentences import Sentence
from coding_svc.domain import Section

_NOT_DONE: Final = re.compile(
    r"\b(?:no(?! (?:difficulty|complication|issue|problem|bleeding))|not(?! (?:only|difficult))"
    r"|without (?!(?:difficult|complic|incident|problem|issue))"
    r"|denies|declin\w+|refus\w+|defer\w+|will (?!be billed)|plan(?:ned|s)? (?:to"
    r"|for)|schedul\w+|recommend\w*|consider\w*|if|unless|refer\w*"
    r"|discuss\w*|order(?:ed|s)?|next (?:visit|week|month)|arrang\w+|would like|offer\w*|may (?:need"
    r"|repeat|try)|return for|history of|last (?:year|month|week)|ago"
    r"|since (?:the|her|his|my|last|that)|to be (?:done|frozen|injected|removed|treated|drained|performed|given|placed)"
    r"|prescrib\w*|uses|takes|taking|gives (?:her|him)self|self-?(?:inject|admin)\w*|previous\w*|prior(?! to)"
    r"|had (?:a|an|the|her|his|left|right|both)|needs|overdue|never|request\w*|could|should|might|candidate|declined)\b"
)
_ELSEWHERE: Final = re.compile(
    r"\bat (?:the |an? |her |his )?(?:hospital|pharmacy|imaging|outside|urgent care|er\b|emergency"
    r"|cardiolog|specialist|county|store|regional)"
    r"|in the (?:er|ed|emergency (?:room|department))\b"
    r"|outside (?:lab|hospital|facility|records?)|elsewhere|from the (?:hospital|imaging|outside)"
    r"|\bby (?:the |an )?(?:er|ed|emergency (?:room|department)|urgent care|hospital)\b"
    r"|(?:placed|done|given|performed|applied|made|taken|started) there\b"
    r"|^(?:seen (?:in|at) |in |at |to )?(?:the )?(?:er|ed|emergency (?:room|department)|hospital|urgent care)\b"
    r"[^.;\n]{0,20}\b(?:ago|yesterday|last)\b"
    r"|\bby (?:the )?(?:home health|hospice|visiting nurse)|reference lab[^.\n]*(?:result|reviewed)|portal"
)
_HERE: Final = re.compile(
    r"in (?:the |our |this )?(?:office|clinic)|in-?house|\bhere\b|\btoday\b|by our|by (?:the )?nurse"
    r"|read by me|my (?:written )?interpretation|performed|\bdone\b"
    r"|\bgiven\b|administered|direct read|our machine|tolerated|by me\b|by rn|positive|negative"
    r"|obtained|\b(?:was|were) (?:started|begun|attempted)|\bwas (?:injected|treated|removed|drained|frozen|applied)"
)
_ACTED: Final = re.compile(
    r"\b(?:was|were) (?:then |easily |successfully |gently )?(?:injected|treated|removed|drained|frozen|applied|passed"
    r"|advanced|placed|inserted|debrided|pared|trimmed|snipped|packed|cauterized|irrigated|banded|aspirated|reduced"
    r"|curetted|changed|exchanged|evacuated|fashioned|molded)\b|visuali[sz]ed"
    r"|removed (?:from|with|by)|without difficulty"
)
"""What is told in the past without a place or a day: in a history it may be another's work."""
_APPLIED: Final = re.compile(
    r"\b(?:applied|placed|put on|fashioned|molded|moulded|made|wrapped|strapped|taped|fitted by me|splinted)\b"
)
_TRIED: Final = re.compile(
    r"\b(?:despite|fail(?:ed|s|ing|ure)?|refractory|unresponsive|hold(?:ing)? off|asks?|asked|inquir\w+|wants?"
    r"|(?:relief|benefit) (?:from|with|after)|respon\w+ to|helped by|tried|trial of|status[- ]post|s/p|last|had"
    r"|series of|multiple|several)\b"
)
_TRIED_AMONG: Final = re.compile(r"\b(?:failed|tried|despite) [^.;\n]*\b(?:includ\w+|such as|with)\b")
_TRIED_AFTER: Final = re.compile(
    r"[^.;\n]{0,30}?\b(?:no longer|did(?: not|n't) help|have(?: not|n't) helped|helped|gave|wore off|wearing off"
    r"|without (?:\w+ )?(?:benefit|relief|improvement|success|effect)|(?:was|were) in \w+|in the past"
    r"|last (?:\w+ )?year)\b"
)
_READY_MADE: Final = re.compile(
    r"velcro|prefab\w*|off[- ]the[- ]shelf|removable|ready[- ]made|\bbrace\b|walking boot|dispensed|removed"
    r"|cut off|bivalv|continue|wearing|remain"
)
"""A splint that is handed out is no application of one; nor is one that the patient already has."""
_GUIDED: Final = re.compile(
    r"(?:ultrasound|sonograph\w*|\bus)[- ]?guid"
    r"|(?:under|with|using) (?:direct |live |real[- ]time )?(?:ultrasound|sonograph)"
)
_NOT_GUIDED: Final = re.compile(r"\b(?:no|without|not) (?:ultrasound|sonograph)|landmark")
_IMAGE_KEPT: Final = re.compile(
    r"images? (?:was |were |is |are )?(?:saved|stored|archived|recorded|retained|captured|kept|printed)"
    r"|(?:saved|stored|archived|permanent|recorded|captured)[^.\n]{0,20}(?:images?|recording)"
)
_REPORTED: Final = re.compile(
    r"[^.;\n]{0,30}?(?::|\b(?:via|through|showed|reveals?|revealed|demonstrate[sd]|unremarkable|attempted))"
)
_SCREENED: Final = re.compile(r"\b(?:pass(?:ed|es)?|failed|refer(?:red)?|20/\d\d|scored?|normal|wnl)\b")
_NOT_DONE_AFTER: Final = re.compile(
    r"[^.,;\n]{0,25}\b(?:order|will|schedul|recommend|discuss|offer|consider|declin|refus|deferr|if |next |not done"
    r"|was normal last|at home|planned|at the hospital)"
)
_NOT_PERFORMED: Final = re.compile(r"[^.,;\n]{0,30}\bnot (?:done|performed|obtained)\b")
_NEGATED: Final = re.compile(r"\b(?:no|not|without|never|declined|refused) (?:\w+ )?$")
_LONG_AGO: Final = re.compile(r"[^.,;\n]{0,60}\b(?:ago|last (?:week|month|year))\b")
_OPENED: Final = re.compile(r"drain|excis|incis|remov|repair|sutur")
_HEALING: Final = re.compile(r"[^.\n]{0,15}\bheal(?:ing|ed)\b")
"""What heals was done before."""
_SURELY_TODAY: Final = re.compile(r"\btoday\b|in (?:the |our )?office|consent|tolerated|done here|in-?house")
_CONDITIONAL: Final = re.compile(r"\b(?:if|unless|(?:going to|will|can|may) proceed)\b")
_TODAY: Final = re.compile(r"\btoday\b|\bhere\b|in (?:the |our |this )?(?:office|clinic)|in-?house")
_ANOTHER_DAY: Final = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
    r" \d{1,2},? (?:19|20)\d\d|\b(?:in|from|of) (?:19|20)\d\d\b"
)
_ON_OUR_MACHINE: Final = re.compile(
    r"in (?:the |our |this )?(?:office|clinic)|in-?house|(?:taken|done|obtained"
    r"|performed)[^.\n]{0,15}\bhere\b|read (?:here|by me)|by our|our machine"
    r"|my (?:written )?interpretation|read and reported by me|interpretation (?:and report )?by me"
    r"|(?:taken|done|obtained|performed) today[^.\n]{0,15}\b(?:interpreted|read) by me"
)
_OPERATION: Final = Screened(
    r"operating (?:room|table|suite)|(?:general|spinal|endotracheal|regional) (?:\w+ )?an[ae]?esthe|blood loss"
    r"|\btourniquet|post-?operative diagnos[ei]s"
)
_RECORD: Final = Screened(
    r"consent (?:was )?(?:signed|obtained|given)|time[- ]?out|(?:specimens?|bottles?|pathology)\b|sterile|chlorhexidine"
    r"|betadine|(?:digital|field) block|lidocaine|hemostasis|\btolerated (?:well|the procedure|it\b)"
    r"|\btol(?:erated)? ok|tolerated\.|band-?aid|no complications|\bdressed\b|otoscope|forceps"
)
"""What the record of a procedure tells beside the act."""
_ACT: Final = r"(?:procedures?|injection|biops(?:y|ies)|excision|freezing|removal|drainage)"
_THAT_VISIT: Final = Screened(
    rf"\b{_ACT} (?:visit|note|day|clinic|only|planned|as planned|as arranged)"
    r"|\b(?:planned|arranged|agreed|decided|booked)\b|nothing (?:else|new)|no other (?:concern|problem|issue)"
)
"""A visit for a procedure."""
SOURCES: Final = (
    Section.UNKNOWN, Section.HPI, Section.EXAM, Section.RESULTS, Section.ASSESSMENT, Section.PLAN, Section.PROCEDURE,
    Section.VITALS, Section.CHIEF_COMPLAINT,
)  # fmt: skip
"""Sections that tell of today's work."""
CERTAIN, LIKELY = 0.88, 0.6


def is_operative_report(reading: Reading) -> bool:
    """Whether the note reports an operation under anesthesia: what goes with one is not billed apart."""
    return _OPERATION.search(reading.lowered) is not None


def records_a_procedure(reading: Reading) -> bool:
    """Whether the note tells how a procedure went: what it names without a verb, and does not deny, was done."""
    return _RECORD.search(reading.lowered) is not None and _THAT_VISIT.search(reading.lowered) is not None


def sentence_at(reading: Reading, place: int) -> Sentence | None:
    """The sentence that a place of the note lies in, None between sentences."""
    at = bisect_right(reading.sentence_starts, place) - 1
    return reading.sentences[at] if at >= 0 and place < reading.sentences[at].end else None


def sentence_before(reading: Reading, sentence: Sentence) -> Sentence | None:
    """The sentence before this one, None at the beginning."""
    at = bisect_right(reading.sentence_starts, sentence.start) - 2
    return reading.sentences[at] if at >= 0 else None


def ultrasound_guided(reading: Reading, sentence: Sentence) -> bool:
    """Whether this statement or one beside it says that ultrasound guided the needle."""
    near = reading.lowered[max(0, sentence.start - 120) : sentence.end + 120]
    return _GUIDED.search(near) is not None and _NOT_GUIDED.search(near) is None


def image_kept(reading: Reading) -> bool:
    """Whether the note says that an image of the guidance was kept."""
    return _IMAGE_KEPT.search(reading.lowered) is not None


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch between commas, semicolons and colons of a statement that a match lies in."""
    first = max(text.rfind(mark, 0, start) for mark in (",", ";", ":", " - ")) + 1
    ends = [at for mark in (",", ";", ":", " - ") if (at := text.find(mark, end)) >= 0]
    return first, min(ends, default=len(text))


def denied(text: str, start: int, end: int) -> bool:
    """Whether the statement (lower case) says of the match that it was not done, not here, or not yet."""
    if _ELSEWHERE.search(text) or _CONDITIONAL.search(text, 0, start):
        return True
    if _ANOTHER_DAY.search(text) and "today" not in text:
        return True
    if _HEALING.match(text, end) and _OPENED.search(text[start:end]):
        return True
    if _NOT_PERFORMED.match(text, end):
        return True
    if _NEGATED.search(text[max(0, start - 40) : start]) or _LONG_AGO.match(text, end):
        return True
    before = text[clause(text, start, end)[0] : end]
    not_done = _NOT_DONE.search(before if len(before) < 200 else text[:end]) or _NOT_DONE_AFTER.match(text, end)
    return bool(not_done) and not _SURELY_TODAY.search(text, *clause(text, start, end))


def tried_before(text: str, start: int, end: int) -> bool:
    """Whether a statement speaks of an injection (the match) as of a treatment had before, or only asked about.

    "Pain despite injections", "had relief from the injection"; not where an act or this office is named.
    """
    if "inject" not in text[start:end] or _ACTED.search(text) or _HERE.search(text):
        return False
    before = text[clause(text, start, end)[0] : end]
    tried = _TRIED.search(before) or _TRIED_AMONG.search(text, 0, end)
    return tried is not None or _TRIED_AFTER.match(text, end) is not None


def done_here(text: str) -> bool:
    """Whether the statement names a doing, a result or this office."""
    return _HERE.search(text) is not None


def today_here(text: str) -> bool:
    """Whether the statement names today or this office."""
    return _TODAY.search(text) is not None


def acted(text: str) -> bool:
    """Whether the statement tells an act in the past."""
    return _ACTED.search(text) is not None


def reported(text: str, end: int) -> bool:
    """Whether what was found follows the name of a look inside (ending at `end`): "laryngoscopy: cords normal"."""
    return _REPORTED.match(text, end) is not None


def applied(text: str, start: int, end: int) -> bool:
    """Whether a splint, cast or strapping (the match) was put on here, not handed out or worn before."""
    near = text[max(0, start - 60) : end + 80]
    return _APPLIED.search(near) is not None and _READY_MADE.search(near) is None


def screened(text: str, _: int = 0, __: int = 0) -> bool:
    """Whether a screen has its result, or was done here."""
    return _SCREENED.search(text) is not None or done_here(text)


def on_our_machine(text: str, _: int = 0, __: int = 0) -> bool:
    """Whether a test was made and read here: a result alone may be another's."""
    return _ON_OUR_MACHINE.search(text) is not None


def was_done(reading: Reading, sentence: Sentence, start: int, end: int) -> bool:
    """Whether a match at start to end of the note tells of today's work; places are those of the note."""
    text = reading.lowered[sentence.start : sentence.end]
    return sentence.section in SOURCES and not denied(
        text, start - sentence.start, min(end, sentence.end) - sentence.start
    )
