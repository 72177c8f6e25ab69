"""Rules that claims and remittances share: names, addresses, contacts, amounts, adjustments, wherever they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from x12 import identifiers as ids
from x12.amounts import cents, decimal
from x12.checking import parse_range
from x12.code_sets import Standing
from x12.rules import At, SegmentTable, Spot

COMMON = SegmentTable()
_MONEY = {
    "CLM": (2,),
    "SV1": (2,),
    "SV2": (3, 7),
    "AMT": (2,),
    "SVD": (2,),
    "PS1": (2,),
    "BPR": (2,),
    "CLP": (3, 4, 5),
    "SVC": (2, 3),
    "CAS": (3, 6, 9, 12, 15, 18),
    "PLB": (4, 6, 8, 10, 12, 14),
}
_MAX_CENTS = 10**10
_DECIMALS = 2
_CONTACT_FORMS: dict[str, Callable[[str], bool]] = {
    "TE": ids.is_phone,
    "FX": ids.is_phone,
    "EM": lambda value: "@" in value[1:-1],
}


@COMMON.on("NM1")
@COMMON.error(
    "COD-NPI",
    "the NPI is not ten digits from 1 or 2 with a right check digit",
    do="Take the NPI from the NPPES registry.",
    source="45 CFR 162.406: Luhn with prefix 80840; NM109 where NM108 = XX",
)
def name_npi(spot: Spot) -> Iterator[At]:
    if spot[8] == "XX" and not ids.is_npi(spot[9]):
        yield spot.at(9)


@COMMON.on("N1")
@COMMON.error(
    "COD-PAYEE-ID",
    "the payee's NPI or tax number has not its form",
    do="Take the NPI from the NPPES registry, the tax number from the W-9.",
    source="45 CFR 162.406; IRS: nine digits; N104 where N103 = XX or FI",
)
def payee_id(spot: Spot) -> Iterator[At]:
    if (spot[3] == "XX" and not ids.is_npi(spot[4])) or (spot[3] == "FI" and not ids.is_employer_number(spot[4])):
        yield spot.at(4)


@COMMON.on_form
@COMMON.error(
    "REQ-CHARACTER",
    "a character is not of the basic or extended character set",
    do="Write it with letters of A to Z, digits and punctuation.",
    source="005010 TR3s, appendix B.1.1.2: basic and extended character set",
)
def character(spot: Spot) -> Iterator[At]:
    for at, value in enumerate(spot.segment):
        if not value.isascii():
            yield spot.at(at)


@COMMON.on_form
@COMMON.error(
    "REQ-TRAILING",
    "blanks end an element, or separators end a segment or a composite",
    do="Leave out what is empty at an end.",
    source="X12.6 3.5, 3.6: trailing separators and spaces are suppressed; X12 RFI 2224",
)
def trailing(spot: Spot) -> Iterator[At]:
    component = spot.context.component
    for at, value in enumerate(spot.segment[1:], 1):
        is_mark = value == component and at == len(spot.segment) - 1
        if value.endswith(" ") or (len(value) > 1 and value.endswith(component)) or is_mark:
            yield spot.at(at)
    if len(spot.segment) > 1 and spot.segment[-1] == "":
        yield spot.at(len(spot.segment) - 1)


@COMMON.on("REF", "AMT", "QTY", "LQ", "DTM", "PER")
@COMMON.error(
    "SIT-SEGMENT-REPEATED",
    "the same segment stands twice in its loop",
    do="Send it once.",
    source="005010 TR3s: a segment repeats to say something else",
)
def segment_repeated(spot: Spot) -> Iterator[At]:
    if spot.node.segments[spot.node.segments.index(spot.segment)] is not spot.segment:
        yield spot.at(1)


@COMMON.on("NM1", "N4")
@COMMON.error(
    "COD-NAME",
    "the last name of a subscriber or patient, or the name of a city, has no letter",
    do="Send the name.",
    source="005010 TR3s, NM103 where NM101 = IL or QC, and N401",
)
def name(spot: Spot) -> Iterator[At]:
    at = 3 if spot.segment[0] == "NM1" else 1
    is_named = at == 1 or spot[1] in ("IL", "QC")
    if is_named and spot[at] and not any(map(str.isalpha, spot[at])):
        yield spot.at(at)


@COMMON.on("N4")
@COMMON.error(
    "COD-STATE",
    "an address in the United States or Canada has no valid state or province",
    do="Use the two-letter abbreviation; name the country where it is another.",
    source="N402: required in the United States, its territories and Canada; USPS and Canada Post abbreviations",
)
def state(spot: Spot) -> Iterator[At]:
    known = {"": ids.STATES, "US": ids.STATES, "CA": ids.PROVINCES}.get(spot[4])
    if known is not None and spot[2] not in known:
        yield spot.at(2)


@COMMON.on("N4")
@COMMON.error(
    "COD-ZIP",
    "the postal code is not five or nine digits (Canada: A9A9A9)",
    do="Correct the postal code; write ZIP+4 without hyphen.",
    source="N403: required in the United States and Canada; USPS publication 28",
)
def postal_code(spot: Spot) -> Iterator[At]:
    form = {"": ids.is_zip, "US": ids.is_zip, "CA": ids.is_canadian_postal_code}.get(spot[4])
    if form is not None and spot[2] not in ids.PROVINCES and not form(spot[3]):
        yield spot.at(3)


@COMMON.on("N4")
@COMMON.error(
    "COD-COUNTRY",
    "the country is not a two-letter code of ISO 3166",
    do="Use a code such as CA, MX or GB; leave it empty for the United States.",
    source="N404: code source 5 (ISO 3166)",
)
def country(spot: Spot) -> Iterator[At]:
    if spot[4] and spot[4] not in ids.COUNTRIES:
        yield spot.at(4)


@COMMON.on("CUR")
@COMMON.error(
    "COD-CURRENCY",
    "the currency is not a code of ISO 4217",
    do="Use a code such as USD or CAD; leave CUR out for US dollars.",
    source="CUR02: code source 5 (ISO 4217)",
)
def currency(spot: Spot) -> Iterator[At]:
    if spot[2] not in ids.CURRENCIES:
        yield spot.at(2)


@COMMON.on("PER")
@COMMON.error(
    "COD-CONTACT",
    "a telephone or fax number is not ten digits of the North American plan, or an e-mail address has no @",
    do="Write area code and number without punctuation; an extension has its own qualifier EX.",
    source="005010 TR3s, PER note: AAABBBCCCC",
)
def contact(spot: Spot) -> Iterator[At]:
    for at in (3, 5, 7):
        form = _CONTACT_FORMS.get(spot[at])
        if form is not None and spot[at + 1] and not form(spot[at + 1]):
            yield spot.at(at + 1)


@COMMON.on("PER")
@COMMON.error(
    "REQ-EXTENSION",
    "an extension does not follow a telephone number",
    do="Put EX behind the TE that it belongs to.",
    source="005010 TR3s, PER05 to PER08: EX extends the number before it",
)
def extension(spot: Spot) -> Iterator[At]:
    for at in (5, 7):
        if spot[at] == "EX" and spot[at - 2] != "TE":
            yield spot.at(at)


@COMMON.on("PRV")
@COMMON.error(
    "COD-TAXONOMY",
    "the taxonomy code is not ten characters of a provider grouping with X at the end",
    do="Take the code from the NUCC provider taxonomy.",
    source="NUCC Health Care Provider Taxonomy; PRV03",
)
def taxonomy(spot: Spot) -> Iterator[At]:
    if spot[3] and not ids.is_taxonomy(spot[3]):
        yield spot.at(3)


@COMMON.on("DTP")
@COMMON.error(
    "SIT-DATE-RANGE",
    "the first day of a range is behind the last",
    do="Put the earlier day first.",
    source="005010 TR3s, DTP03 with RD8",
)
def date_range(spot: Spot) -> Iterator[At]:
    if "-" in spot[3] and (found := parse_range(spot[3])) and found[0] > found[1]:
        yield spot.at(3)


@COMMON.on(*_MONEY)
@COMMON.error(
    "REQ-AMOUNT",
    "an amount has more than two decimals or more than ten digits",
    do="Send dollars and cents.",
    source="005010 TR3s, appendix B.1.1.3.1.2: two decimals, ten digits",
)
def amount(spot: Spot) -> Iterator[At]:
    for at in _MONEY[spot.segment[0]]:
        value = spot[at]
        if len(value) > 7 or (value and "." in value):
            known = cents(value)
            if len(value.partition(".")[2]) > _DECIMALS or (known is not None and abs(known) >= _MAX_CENTS):
                yield spot.at(at)


@COMMON.on("CAS")
@COMMON.error(
    "COD-GROUP",
    "the adjustment group is CR, which ended with version 4010",
    do="Use CO, OA, PI or PR; a reversal keeps the groups of the claim that it reverses.",
    source="005010X221A1 CAS01; X12 RFI 1147, 1429",
)
def group(spot: Spot) -> Iterator[At]:
    if spot[1] == "CR":
        yield spot.at(1)


@COMMON.on("CAS")
@COMMON.error(
    "COD-REASON",
    "the claim adjustment reason code does not exist",
    do="Take the code from the payer's remittance advice or the published list.",
    source="claim adjustment reason code numbers (CARC, code source 139)",
)
def reason(spot: Spot) -> Iterator[At]:
    yield from _reasons(spot, Standing.UNKNOWN)


@COMMON.on("CAS")
@COMMON.warning(
    "COD-REASON-RETIRED",
    "the claim adjustment reason code is no longer given out",
    do="Accept it for old claims and their reversals.",
    source="claim adjustment reason code numbers (CARC); X12 RFI 1106",
)
def reason_retired(spot: Spot) -> Iterator[At]:
    yield from _reasons(spot, Standing.RETIRED)


def _reasons(spot: Spot, standing: Standing) -> Iterator[At]:
    known = spot.context.codes.adjustment_reason
    for at in range(2, min(len(spot.segment), 20), 3):
        if spot[at] and known(spot[at]) is standing:
            yield spot.at(at)


@COMMON.on("CAS")
@COMMON.error(
    "REQ-TRIPLET-GAP",
    "an adjustment stands behind an empty one",
    do="Fill the six adjustments of a CAS from the left.",
    source="005010X221A1 and X222A1, CAS note: first adjustment first",
)
def triplet_gap(spot: Spot) -> Iterator[At]:
    filled = [bool(spot[at]) for at in range(2, min(len(spot.segment), 20), 3)]
    for index, here in enumerate(filled):
        if here and not all(filled[:index]):
            yield spot.at(2 + 3 * index)
            return


@COMMON.on("CAS")
@COMMON.warning(
    "SIT-QUANTITY-SIGN",
    "the adjusted quantity is zero",
    do="Leave the quantity out where no units were adjusted.",
    source="005010X221A1 CAS04: units not paid",
)
def adjusted_quantity(spot: Spot) -> Iterator[At]:
    for at in range(4, min(len(spot.segment), 20), 3):
        if spot[at] and decimal(spot[at]) == 0:
            yield spot.at(at)


def unknown_remarks(spot: Spot, elements: tuple[int, ...]) -> Iterator[At]:
    """The remark codes among ``elements`` that do not exist."""
    known = spot.context.codes.remark
    for at in elements:
        if spot[at] and (not ids.is_remark(spot[at]) or known(spot[at]) is Standing.UNKNOWN):
            yield spot.at(at)


@COMMON.on("MOA")
@COMMON.error(
    "COD-REMARK",
    "the remittance advice remark code does not exist",
    do="Take the code from the payer's remittance advice or the published list.",
    source="remittance advice remark code numbers (RARC, code source 411); MOA03 to MOA07",
)
def outpatient_remarks(spot: Spot) -> Iterator[At]:
    yield from unknown_remarks(spot, (3, 4, 5, 6, 7))
