"""Repairs that admit no second opinion: case, white space, punctuation, accents. Never of clinical content.

Every repair is logged as a finding with severity `repair`. What a repair cannot settle stays for the edits to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from events.phi import ClaimContent

from claim_builder.scrubbing.edit import Finding, Severity, Snip

VERSION: Final = 1


class Repair(NamedTuple):
    """One kind of repair and the fields (patterns of paths) that it is made on."""

    code: str
    text: str
    source: str
    mend: Callable[[str], str]
    patterns: tuple[str, ...]


_PEOPLE: Final = ("coverage/subscriber", "patient", "other_coverages/*/subscriber")
_PROVIDERS: Final = (
    "billing_provider",
    "rendering_provider",
    "referring_provider",
    "ordering_provider",
    "supervising_provider",
    "service_facility",
)
_COVERAGES: Final = ("coverage", "other_coverages/*")
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
    decomposed = unicodedata.normalize("NFKD", text.translate(_TYPOGRAPHIC))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


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
    digits = _digits(text.removeprefix("+"))
    return digits[1:] if len(digits) == 11 and digits.startswith("1") and digits.isdigit() else digits


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
        (*_NAMES, *_NOTES, *_CODES, *_IDENTIFIERS),
    ),
    Repair(
        "repair.accents",
        "Accents and typographic signs were written with plain letters and signs.",
        "005010 TR3 appendix B.1.1.2: character set",
        _without_accents,
        (*_NAMES, *_NOTES),
    ),
    Repair(
        "repair.delimiters",
        "Signs that separate elements were taken out of a text.",
        "005010 TR3 appendix B.1.1.2.5: delimiters do not occur in data",
        _without_delimiters,
        (*_NAMES, *_NOTES),
    ),
    Repair(
        "repair.case",
        "A text was written in upper case.",
        "005010 TR3 appendix B.1.1.2.2: basic character set",
        str.upper,
        _UPPER_CASE,
    ),
    Repair(
        "repair.digits",
        "Hyphens and blanks were taken out of an identifier that is all digits.",
        "005010X222A1: NPI, EIN, NDC and ZIP are written without punctuation",
        _digits,
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
        tuple(f"{who}/phone" for who in (*_PEOPLE, *_PROVIDERS)),
    ),
    Repair(
        "repair.member-id",
        "Blanks and hyphens of the printed card were taken out of a member id.",
        "005010X222A1 NM109: the id as the payer stores it; CMS: an MBI has no dashes",
        _member_id,
        tuple(f"{coverage}/member_id" for coverage in _COVERAGES),
    ),
    Repair(
        "repair.diagnosis-dot",
        "The dot was taken out of a diagnosis code.",
        "005010X222A1 loop 2300 HI: codes without the decimal point",
        lambda code: code.replace(".", ""),
        ("diagnosis_codes/*",),
    ),
)


class _Step:
    """One step down a claim's content: what is repaired at it, and where it goes on. `*` is any list position."""

    __slots__ = ("below", "kinds")

    def __init__(self) -> None:
        self.below: dict[str, _Step] = {}
        self.kinds: list[Repair] = []


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


def repair(content: ClaimContent) -> tuple[ClaimContent, tuple[Finding, ...]]:
    """The content with every repair made, and what was done. Content that needs none is returned as it is."""
    done: list[Finding] = []
    tree = _mended(content.model_dump(mode="python"), _ROOT, "", done)
    return (ClaimContent.model_validate(tree), tuple(done)) if done else (content, ())


def _mended(value: Any, step: _Step, path: str, done: list[Finding]) -> Any:
    if isinstance(value, dict):
        for name, below in step.below.items():
            if (old := value.get(name)) is not None:
                value[name] = _mended(old, below, f"{path}/{name}" if path else name, done)
        return value
    if isinstance(value, tuple):
        below = step.below["*"]
        return tuple(_mended(item, below, f"{path}/{position}", done) for position, item in enumerate(value))
    for kind in step.kinds:
        if (better := kind.mend(value)) != value:
            value = better
            done.append(_logged(kind, path))
    return value


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
