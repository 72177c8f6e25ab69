"""Repairs that admit no second opinion: case, white space, punctuation, accents. Never of clinical content.

Every repair is logged as a finding with severity `repair`. What a repair cannot settle stays for the edits to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from operator import is_not
from typing import Any, Final, NamedTuple, TypeVar

from events.envelope import Part
from events.phi import ClaimContent

from claim_builder.scrubbing.edit import Finding, Severity, Snip

P = TypeVar("P", bound=Part)
VERSION: Final = 1


class Repair(NamedTuple):
    """One kind of repair and the fields (patterns of paths) that it is made on."""

    code: str
    text: str
    source: str
    mend: Callable[[str], str]
    plain: re.Pattern[str]
    """Texts that it surely leaves as they are, told faster than by mending them."""
    patterns: tuple[str, ...]


_TEN_DIGITS: Final = re.compile(r"[0-9]{10}")
_BARE: Final = re.compile(r"[A-Z0-9]+")
_WORDS: Final = re.compile(r"[A-Z0-9'&,.#/()-]+(?: [A-Z0-9'&,.#/()-]+)*")
_STRICTEST_FIRST: Final = (_TEN_DIGITS, _BARE, _WORDS)
"""Each takes in what the one before it does."""


_PEOPLE: Final = (
    "coverage/subscriber",
    "patient",
    "other_coverages/*/subscriber",
    "prior_payments/*/coverage/subscriber",
)
_PROVIDERS: Final = (
    "billing_provider",
    "rendering_provider",
    "referring_provider",
    "ordering_provider",
    "supervising_provider",
    "service_facility",
)
_COVERAGES: Final = ("coverage", "other_coverages/*", "prior_payments/*/coverage")
_ADDRESSES: Final = (
    *(f"{who}/address" for who in (*_PEOPLE, *_PROVIDERS)),
    *(f"{coverage}/payer_address" for coverage in _COVERAGES),
    "pay_to_address",
)
_NAMES: Final = (
    *(f"{who}/{part}" for who in _PEOPLE for part in ("last_name", "first_name", "middle_name", "suffix")),
    *(f"{who}/{part}" for who in _PROVIDERS for part in ("name", "first_name", "middle_name", "contact_name")),
    *(f"{coverage}/{part}" for coverage in _COVERAGES for part in ("payer_name", "group_name")),
    *(f"{address}/{part}" for address in _ADDRESSES for part in ("line1", "line2", "city")),
)
_NOTES: Final = ("claim_note", "lines/*/note", "lines/*/third_party_note", "lines/*/description")
_CODES: Final = (
    *(f"{address}/{part}" for address in _ADDRESSES for part in ("state", "country")),
    *(f"{who}/taxonomy_code" for who in _PROVIDERS),
    *(f"{coverage}/filing_indicator" for coverage in _COVERAGES),
    "clia_number",
    "lines/*/code",
    "lines/*/modifiers/*",
    "diagnosis_codes/*",
    "related_causes/accident_state",
    "place_of_service",
    "lines/*/place_of_service",
    "attachments/*/report_type_code",
)
_IDENTIFIERS: Final = (
    *(f"{coverage}/{part}" for coverage in _COVERAGES for part in ("member_id", "group_number", "payer_id")),
    "prior_authorization_number",
    "referral_number",
    "medical_record_number",
    "payer_claim_control_number",
    "attachments/*/control_number",
)


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign)).translate(_TYPOGRAPHIC)


_TYPOGRAPHIC: Final = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "đ": "d",
        "Đ": "D",
        "ı": "i",
    }
)


def _single_spaces(text: str) -> str:
    return " ".join(text.split())


def _without_delimiters(text: str) -> str:
    return _single_spaces(re.sub(r"[*:^~]", " ", text))


def _digits(text: str) -> str:
    """The digits, if hyphens, blanks, dots and brackets are all that stands between them."""
    bare = re.sub(r"[-\s.()/]", "", text)
    return bare if bare.isascii() and bare.isdigit() else text


def _telephone(text: str) -> str:
    """Without the country code 1; what is no number of digits is left alone."""
    digits = _digits(text.removeprefix("+"))
    if not digits.isdigit():
        return text
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits


def _member_id(text: str) -> str:
    """Without the blanks and hyphens of the printed card."""
    return re.sub(r"[-\s]", "", text)


_UPPER_CASE: Final = (*_NAMES, *_NOTES, *_CODES, *(f"{coverage}/member_id" for coverage in _COVERAGES))

REPAIRS: Final = (
    Repair(
        "repair.whitespace",
        "Blanks around or doubled within a text were removed.",
        "005010 TR3 appendix B.1.1.3.1.4: no trailing spaces",
        _single_spaces,
        _WORDS,
        (*_NAMES, *_NOTES, *_CODES, *_IDENTIFIERS),
    ),
    Repair(
        "repair.accents",
        "Accents and typographic signs were written with plain letters and signs.",
        "005010 TR3 appendix B.1.1.2: character set",
        _without_accents,
        _WORDS,
        (*_NAMES, *_NOTES),
    ),
    Repair(
        "repair.delimiters",
        "Signs that separate elements were taken out of a text.",
        "005010 TR3 appendix B.1.1.2.5: delimiters do not occur in data",
        _without_delimiters,
        _WORDS,
        (*_NAMES, *_NOTES),
    ),
    Repair(
        "repair.case",
        "A text was written in upper case.",
        "005010 TR3 appendix B.1.1.2.2: basic character set",
        str.upper,
        _WORDS,
        _UPPER_CASE,
    ),
    Repair(
        "repair.digits",
        "Hyphens and blanks were taken out of an identifier that is all digits.",
        "005010X222A1: NPI, EIN, NDC and ZIP are written without punctuation",
        _digits,
        _BARE,
        (
            *(f"{who}/npi" for who in _PROVIDERS),
            *(f"{who}/tax_id" for who in _PROVIDERS),
            *(f"{address}/postal_code" for address in _ADDRESSES),
            "lines/*/drug/ndc",
        ),
    ),
    Repair(
        "repair.telephone",
        "A telephone number was written as ten digits.",
        "005010X222A1 PER04: area code and number without punctuation",
        _telephone,
        _TEN_DIGITS,
        tuple(f"{who}/phone" for who in (*_PEOPLE, *_PROVIDERS)),
    ),
    Repair(
        "repair.member-id",
        "Blanks and hyphens of the printed card were taken out of a member id.",
        "005010X222A1 NM109: the id as the payer stores it; CMS: an MBI has no dashes",
        _member_id,
        _BARE,
        tuple(f"{coverage}/member_id" for coverage in _COVERAGES),
    ),
    Repair(
        "repair.diagnosis-dot",
        "The dot was taken out of a diagnosis code.",
        "005010X222A1 loop 2300 HI: codes without the decimal point",
        lambda code: code.replace(".", "").strip(),
        _BARE,
        ("diagnosis_codes/*",),
    ),
)


class _Step:
    """One step down a claim's content: what is repaired at it, and where it goes on. `*` is any list position."""

    __slots__ = ("below", "kinds")

    def __init__(self) -> None:
        self.below: dict[str, _Step] = {}
        self.kinds: list[Repair] = []

    def plain(self) -> Callable[[str], object]:
        """Tells a text that none of the repairs here changes; nothing is known of what is no text."""
        patterns = {kind.plain for kind in self.kinds}
        return next((each.fullmatch for each in _STRICTEST_FIRST if each in patterns), _unknown)


def _unknown(_: object) -> None:
    return None


def _compiled() -> _Step:
    """All patterns as one tree, so that a claim is walked once and not once for each pattern."""
    root = _Step()
    for kind in REPAIRS:
        for pattern in kind.patterns:
            here = root
            for piece in pattern.split("/"):
                here = here.below.setdefault(piece, _Step())
            here.kinds.append(kind)
    return root


_ROOT: Final = _compiled()


@cache
def _ways(step: _Step) -> tuple[tuple[str, _Step, Callable[[str], object]], ...]:
    """Where it goes on: field, step, and what tells that nothing is to be done there."""
    return tuple((name, below, below.plain()) for name, below in step.below.items())


def repair(content: ClaimContent) -> tuple[ClaimContent, tuple[Finding, ...]]:
    """The content with every repair made, and what was done. Content that needs none is returned as it is."""
    done: list[Finding] = []
    return _part(content, _ROOT, "", done), tuple(done)


def _part(part: P, step: _Step, prefix: str, done: list[Finding]) -> P:
    """The part with its repairs; only what is changed is copied, and a mended text needs no validating."""
    told, changes = part.__dict__, {}
    for name, below, plain in _ways(step):
        old = told[name]
        if old and not plain(old) and (new := _value(old, below, prefix + name, done)) is not old:
            changes[name] = new
    return part.model_copy(update=changes) if changes else part


def _value(value: Any, step: _Step, path: str, done: list[Finding]) -> Any:
    if step.kinds:
        return _text(value, step, path, done)
    if isinstance(value, tuple):
        below = step.below["*"]
        items = tuple(_value(item, below, f"{path}/{position}", done) for position, item in enumerate(value))
        return items if any(map(is_not, items, value)) else value
    return _part(value, step, f"{path}/", done)


def _text(text: str, step: _Step, path: str, done: list[Finding]) -> str:
    for kind in step.kinds:
        if (better := kind.mend(text)) != text:
            text = better
            done.append(_logged(kind, path))
    return text


def _logged(kind: Repair, path: str) -> Finding:
    return Finding(
        kind.code,
        Severity.REPAIR,
        Snip.SYNTAX,
        path,
        "",
        "",
        kind.text,
        "Nothing to do.",
        kind.source,
        VERSION,
    )
