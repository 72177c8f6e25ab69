"""Step 5a, marks: what is written right beside a term says of it: question marks, boxes, "(-)", "Diabetes: No".

A question states nothing, an empty box and a minus deny, and so does a short answer after a colon or a dash. Only
signs that stand alone count: "Gout: no flares" speaks of the flares.
"""

from __future__ import annotations

import re
from typing import Final

from coding_svc.domain import Assertion

_DOUBT_BEFORE: Final = re.compile(r"(?:^|[\s,;:(/])\(?\?+\)?[ \t]*(?:[\w-]+[ \t]+){0,3}$")
_DOUBT_AFTER: Final = re.compile(
    r"[^.,;:\n?]{0,60}\?+(?![\w?])(?!\s*(?:yes|cause|a?etiology|source|reason|why)\b)", re.IGNORECASE
)
"""Not "abdominal pain ? cause": what is asked for is the cause."""
_HAD: Final = re.compile(r"\bhad (?:an? |the )?(?:[\w-]+ ){0,2}$", re.IGNORECASE)
_IN_YEAR: Final = re.compile(r" (?:back )?(?:in|around) (?:19|20)\d\d\b")
_LAST_IN_YEAR: Final = re.compile(r"(?:(?!diagnos|found|since)[^.;\n]){0,25}? (?:in|around) (?:19|20)\d\d\b")
_REMOVED: Final = re.compile(
    r"\W{1,3}(?:s/p|status[- ]post)\W+(?:(?:lap\w*|open|robotic|total|elective|emergency)\W+){0,2}(\w{5})\w*ectomy",
    re.IGNORECASE,
)
_TUMOUR: Final = re.compile(r"cancer|carcinoma|tumor|tumour|neoplasm|melanoma|sarcoma|lymphoma", re.IGNORECASE)
_REACH: Final = 40
"""Code points before a term in which a sign counts."""
_LINE: Final = 240
"""Code points before a term in which its line is looked for boxes."""
_ANSWER: Final = re.compile(
    r"[ \t]*(?:[:=–—-]+|\()[ \t]*(?:(?P<no>no|none|nil|never|denie[sd]|neg(?:ative)?|absent|not present|n/a"
    r"|ruled out|excluded|not found|not seen)|(?P<past>resolved|recovered|healed|none since[^.,;\n]*)"
    r"|(?P<later>(?:was |were )?(?:not (?:addressed|discussed)|deferred)))"
    r"(?:[ \t]+today)?[ \t]*(?=[.,;)/|\n]|$)",
    re.IGNORECASE,
)
_ANSWERS: Final = {"no": Assertion.NEGATED, "past": Assertion.HISTORICAL, "later": Assertion.PLANNED}
_TICK: Final = re.compile(r"\[(?P<empty>[ _]?)\]|\[[xX✓✔]\]|\((?P<minus>[-−–])\)|\(\+\)|(?P<open>[☐□])|[☑☒✓✔]")
_TICKED: Final = frozenset("[(+☐□☑☒✓✔")
_SIGNED: Final = re.compile(r"(?:^|[,:;.])[ \t]*\+[ \t]?[a-z]", re.IGNORECASE)
"""A line of "+ cough, - fever"."""
_SIGN: Final = re.compile(r"(?:^|(?<=[,:;.]))[ \t]*(?:\+|(?P<minus>[-−–]))[ \t]?(?=[A-Za-z])")
_ITEM_END: Final = re.compile(r"[.;]\s")
_NEAR: Final = re.compile(r"[^.,;:\n]{0,20}")


def marked(text: str, start: int, end: int) -> tuple[Assertion, str] | None:
    """What the signs around text[start:end] say of it, with the sign; None if nothing."""
    if text.find("?", max(0, start - _REACH), end + _REACH + 24) >= 0 and (
        _DOUBT_BEFORE.search(text, max(0, start - _REACH), start) or _DOUBT_AFTER.match(text, end) is not None
    ):
        return Assertion.UNCERTAIN, "?"
    answer = _ANSWER.match(text, end)
    if answer is not None and answer.lastgroup is not None:
        return _ANSWERS[answer.lastgroup], answer.group().strip(" \t:=–—-(")
    if _is_over(text, start, end):
        return Assertion.HISTORICAL, "had"
    return (Assertion.NEGATED, "[ ]") if _left_empty(text, start, end) else None


def _is_over(text: str, start: int, end: int) -> bool:
    """ "Had shingles in 2019"; an organ that is out: "appendicitis s/p appendectomy". Of a tumour that says less."""
    if _LAST_IN_YEAR.match(text, end) and _HAD.search(text, max(0, start - _REACH), start):
        return True
    if text[max(0, start - 3) : start].lower() == "hx ":
        return True
    removed = _REMOVED.match(text, end)
    if removed is None:
        return False
    named = text[start:end].lower()
    return removed.group(1).lower() in named and not _TUMOUR.search(named)


def dated(text: str, end: int) -> bool:
    """Whether the term that ends here is set in a year: "diverticulitis in 2021"."""
    return _IN_YEAR.match(text, end) is not None


def _left_empty(text: str, start: int, end: int) -> bool:
    """Whether the box or sign of an item is empty or a minus; it stands before all items of a line, or behind all."""
    first, last = max(0, start - _LINE), end + _REACH
    begin, stop = max(first, text.rfind("\n", first, start) + 1), text.find("\n", end, last)
    line = text[begin : stop if stop >= 0 else last]
    if (line.isascii() and "[" not in line and "(" not in line and "+" not in line) or _TICKED.isdisjoint(line):
        return False
    ticks = list((_SIGN if _SIGNED.search(line) else _TICK).finditer(line))
    if not ticks:
        return False
    if _leads(line[: ticks[0].start()]):
        before = [tick for tick in ticks if tick.end() <= start - begin]
        own = before[-1] if before and not _ITEM_END.search(line, before[-1].end(), start - begin) else None
    else:
        near = _NEAR.match(line, end - begin)
        own = next((tick for tick in ticks if near and end - begin <= tick.start() <= near.end()), None)
    return own is not None and own.lastgroup is not None


def _leads(head: str) -> bool:
    """Whether a sign opens its item: nothing but a label or punctuation stands before it."""
    plain = head.rstrip(" \t")
    return not plain or plain[-1] in ":.;,-–•*|#)"
