"""The payment: how and how much, who pays whom, the trace, and adjustments that belong to no claim."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from x12 import identifiers as ids
from x12.amounts import cents_text
from x12.checking import parse_date
from x12.parts import money, number
from x12.remittance_835.rules.tables import ADVICES, GROUPS, SEGMENTS
from x12.remittance_835.rules.view import Advice, Group
from x12.rules import At, Spot, text

VERSION = "005010X221A1"
_PLB_PAIRS = range(3, 14, 2)
_PLB_REASONS = frozenset(
    [
        "50", "51", "72", "90", "AH", "AM", "AP", "B2", "B3", "BD", "BN", "C5", "CR", "CS", "CT", "CV", "CW", "DM",
        "E3", "FB", "FC", "GO", "HM", "IP", "IR", "IS", "J1", "L3", "L6", "LE", "LS", "OA", "OB", "PI", "PL", "RA",
        "RE", "SL", "TL", "WO", "WU",
    ]
)  # fmt: skip
_MOVED_BY_BANK = frozenset(["ACH", "BOP", "FWT"])
_YEAR = timedelta(days=366)


@ADVICES.error(
    "REQ-VERSION",
    "GS08 (or ST03, where it is sent) does not name the guide in force",
    do="Send 005010X221A1.",
    source="005010X221A1 GS08; 45 CFR 162.1602",
)
def version(advice: Advice) -> Iterator[At]:
    if advice.context.group_version != VERSION:
        yield advice.at("GS", 8, 0, advice.context.group_version[:12])
    if text(advice.first("ST"), 3) not in ("", VERSION):
        yield advice.at(advice.first("ST"), 3)


@ADVICES.error(
    "BAL-TRANSACTION",
    "the payment is not the sum of the claim payments less the provider adjustments",
    do="Do not post; ask the payer for a corrected remittance.",
    source="005010X221A1 1.10.2.1.3: BPR02 = sum of CLP04 - sum of PLB; a positive PLB lowers the payment",
)
def transaction_balance(advice: Advice) -> Iterator[At]:
    withheld = sum(money(plb, at + 1) or 0 for plb in advice.all("PLB") for at in _PLB_PAIRS)
    amount = money(advice.bpr, 2)
    if amount is not None and advice.paid - withheld != amount:
        detail = f"claims less adjustments {cents_text(advice.paid - withheld)}, payment {cents_text(amount)}"
        yield advice.at(advice.bpr, 2, 0, detail)


@ADVICES.error(
    "BAL-TRACE",
    "the trace number repeats an earlier remittance of this file",
    do="Post it once.",
    source="005010X221A1 TRN02 with TRN03: one for each payment",
)
def trace_repeated(advice: Advice) -> Iterator[At]:
    key = (text(advice.trn, 3), text(advice.trn, 2))
    if key[1] and advice.context.memory.traces.repeats(key):
        yield advice.at(advice.trn, 2)


@ADVICES.error(
    "SIT-PAYMENT-NEGATIVE",
    "the payment is negative",
    do="Carry the amount forward with PLB FB; the payment is zero then.",
    source="005010X221A1 BPR02: zero or above; X12 RFI 227 (FB)",
)
def negative(advice: Advice) -> Iterator[At]:
    amount = money(advice.bpr, 2)
    if amount is not None and amount < 0:
        yield advice.at(advice.bpr, 2)


@ADVICES.error(
    "SIT-PAYMENT-METHOD",
    "amount, handling and method of the payment do not go together",
    do="H and NON stand without money; money goes by ACH, BOP, FWT or CHK.",
    source="005010X221A1 BPR01 = H, BPR04 = NON: no dollars are moved",
)
def method(advice: Advice) -> Iterator[At]:
    amount, handling, way = money(advice.bpr, 2), text(advice.bpr, 1), text(advice.bpr, 4)
    if (handling == "H" and way != "NON" and way) or (amount is not None and amount > 0 and way == "NON"):
        yield advice.at(advice.bpr, 4)
    elif amount is not None and amount > 0 and handling == "H":
        yield advice.at(advice.bpr, 1)


@ADVICES.warning(
    "SIT-PAYMENT-ZERO",
    "nothing is paid, and a method of payment is named",
    do="Expect no money; BPR04 = NON says so.",
    source="005010X221A1 BPR04 = NON",
)
def zero(advice: Advice) -> Iterator[At]:
    if money(advice.bpr, 2) == 0 and text(advice.bpr, 4) != "NON":
        yield advice.at(advice.bpr, 4)


@ADVICES.error(
    "SIT-CREDIT",
    "the payment is a debit",
    do="A payment to the payee is a credit (C).",
    source="005010X221A1 BPR03: C; D only where the payee pays back",
)
def credit(advice: Advice) -> Iterator[At]:
    amount = money(advice.bpr, 2)
    if text(advice.bpr, 3) == "D" and amount is not None and amount >= 0:
        yield advice.at(advice.bpr, 3)


@ADVICES.error(
    "SIT-BANK",
    "a payment through a bank lacks format, bank, account or company id",
    do="Complete BPR05 to BPR10 and BPR12 to BPR15.",
    source="005010X221A1 BPR05 to BPR15: required where BPR04 is ACH (format), ACH, BOP or FWT (accounts)",
)
def bank(advice: Advice) -> Iterator[At]:
    way = text(advice.bpr, 4)
    if way not in _MOVED_BY_BANK:
        return
    needed = (5, 6, 7, 8, 9, 10, 12, 13, 14, 15) if way == "ACH" else (6, 7, 8, 9, 10, 12, 13, 14, 15)
    for at in needed:
        if not text(advice.bpr, at):
            yield advice.at(advice.bpr, at)
            return


@ADVICES.error(
    "COD-ROUTING",
    "a routing number is not nine digits",
    do="Correct the bank's number.",
    source="005010X221A1 BPR07, BPR13 where the qualifier is 01: ABA routing number",
)
def routing(advice: Advice) -> Iterator[At]:
    for at in (6, 12):
        value = text(advice.bpr, at + 1)
        if text(advice.bpr, at) == "01" and value and not ids.is_nine_digits(value):
            yield advice.at(advice.bpr, at + 1)


@ADVICES.warning(
    "COD-ROUTING-DIGIT",
    "a routing number has a wrong check digit",
    do="Check the bank's number.",
    source="ABA routing number: weights 3, 7, 1",
)
def routing_digit(advice: Advice) -> Iterator[At]:
    for at in (6, 12):
        value = text(advice.bpr, at + 1)
        if text(advice.bpr, at) == "01" and ids.is_nine_digits(value) and not ids.is_routing_number(value):
            yield advice.at(advice.bpr, at + 1)


@ADVICES.error(
    "SIT-ORIGINATOR",
    "the payer's id of the trace is not that of the payment",
    do="Use one id in TRN03 and BPR10 (and one supplement in TRN04 and BPR11).",
    source="005010X221A1 TRN03: the same as BPR10; TRN04 as BPR11",
)
def originator(advice: Advice) -> Iterator[At]:
    for of_trace, of_payment in ((3, 10), (4, 11)):
        one, other = text(advice.trn, of_trace), text(advice.bpr, of_payment)
        if one and other and one != other:
            yield advice.at(advice.trn, of_trace)


@ADVICES.error(
    "COD-ORIGINATOR",
    "the payer's id of the trace is not a digit and nine digits",
    do="Send 1 and the employer identification number.",
    source="005010X221A1 TRN03: 1 and the payer's tax number",
)
def originator_form(advice: Advice) -> Iterator[At]:
    value = text(advice.trn, 3)
    if len(value) == 10 and not (value.isascii() and value.isdigit()):
        yield advice.at(advice.trn, 3)


@ADVICES.warning(
    "SIT-PRODUCTION-DATE",
    "the remittance was produced after the file that it is in",
    do="Correct DTM*405 or GS04.",
    source="005010X221A1 DTM*405",
)
def production(advice: Advice) -> Iterator[At]:
    segment = advice.first("DTM", "405")
    made, sent = parse_date(text(segment, 2)), advice.context.created
    if made and sent and made > sent:
        yield advice.at(segment, 2)


@ADVICES.warning(
    "SIT-PAYMENT-DATE",
    "the payment's date is more than a year from the file's",
    do="Check BPR16.",
    source="005010X221A1 BPR16",
)
def payment_date(advice: Advice) -> Iterator[At]:
    paid, sent = parse_date(text(advice.bpr, 16)), advice.context.created
    if paid and sent and abs(paid - sent) > _YEAR:
        yield advice.at(advice.bpr, 16)


@SEGMENTS.on("REF")
@SEGMENTS.error(
    "COD-TAX-ID",
    "a tax number is not nine digits that can be one",
    do="Take the number from the W-9, without hyphen.",
    source="005010X221A1 REF02 where REF01 = TJ or EI; IRS: nine digits, prefix not 00",
)
def tax_number(spot: Spot) -> Iterator[At]:
    if spot[1] in ("TJ", "EI") and not ids.is_employer_number(spot[2]):
        yield spot.at(2)


@SEGMENTS.on("PLB")
@SEGMENTS.error(
    "COD-PLB-REASON",
    "the reason of a provider adjustment is not one of the guide's",
    do="Use a code such as WO, FB, L6, CS or 72.",
    source="005010X221A1 PLB03-1 to PLB13-1",
)
def adjustment_reason(spot: Spot) -> Iterator[At]:
    for at in range(5, 14, 2):
        if spot[at] and spot.parts(at)[0] not in _PLB_REASONS:
            yield spot.at(at, 1)


@SEGMENTS.on("PLB")
@SEGMENTS.error(
    "SIT-PLB-ZERO",
    "a provider adjustment of nothing",
    do="Leave the pair out.",
    source="005010X221A1 PLB04 to PLB14: an amount above or below zero",
)
def adjustment_zero(spot: Spot) -> Iterator[At]:
    for at in range(4, 15, 2):
        if money(spot.segment, at) == 0:
            yield spot.at(at)


@SEGMENTS.on("PLB")
@SEGMENTS.error(
    "COD-PLB-PROVIDER",
    "a provider adjustment's NPI has a wrong check digit",
    do="Take the NPI from the NPPES registry.",
    source="005010X221A1 PLB01: the payee's NPI; 45 CFR 162.406",
)
def adjustment_provider(spot: Spot) -> Iterator[At]:
    value = spot[1]
    if len(value) == 10 and value.isascii() and value.isdigit() and value[0] in "12" and not ids.is_npi(value):
        yield spot.at(1)


@SEGMENTS.on("PLB")
@SEGMENTS.warning(
    "SIT-PLB-REFERENCE",
    "a provider adjustment that moves money between remittances names nothing that it belongs to",
    do="Send the reference behind the reason: the earlier trace number, claim or letter.",
    source="005010X221A1 PLB03-2: where a number applies; X12 RFI 227, 1756, 2051",
)
def adjustment_reference(spot: Spot) -> Iterator[At]:
    for at in _PLB_PAIRS:
        reason, *rest = spot.parts(at)
        if reason in ("WO", "FB") and not any(rest):
            yield spot.at(at, 2)


@ADVICES.warning(
    "SIT-PLB-FORWARD",
    "more than one balance is carried forward",
    do="Send one FB for each remittance.",
    source="X12 RFI 227, 1756: one FB in an 835",
)
def forward_twice(advice: Advice) -> Iterator[At]:
    component = advice.context.component
    found = [(plb, at) for plb in advice.all("PLB") for at in _PLB_PAIRS if text(plb, at).split(component)[0] == "FB"]
    if len(found) > 1:
        yield advice.at(found[1][0], found[1][1])


@ADVICES.warning(
    "SIT-PLB-INTEREST",
    "interest lowers the payment",
    do="Check the sign: a negative amount raises the payment.",
    source="005010X221A1 PLB L6",
)
def interest(advice: Advice) -> Iterator[At]:
    component = advice.context.component
    for plb in advice.all("PLB"):
        for at in _PLB_PAIRS:
            if text(plb, at).split(component)[0] == "L6" and (money(plb, at + 1) or 0) > 0:
                yield advice.at(plb, at + 1)


@GROUPS.error(
    "BAL-GROUP",
    "the summary of a group (TS3) does not count or add up its claims",
    do="Ask the payer for a corrected remittance.",
    source="005010X221A1 TS304: number of claims, TS305: sum of CLP03",
)
def summary(group: Group) -> Iterator[At]:
    ts3 = group.first("TS3")
    count = number(ts3, 4)
    if count is not None and count != group.claims:
        yield group.at(ts3, 4)
    charge = money(ts3, 5)
    if charge is not None and charge != group.charge:
        yield group.at(ts3, 5)


@GROUPS.error(
    "REQ-GROUP-NUMBER",
    "the group's number is not above that of the group before",
    do="Number the groups in their order.",
    source="005010X221A1 LX01: differentiates within a transaction set",
)
def group_number(group: Group) -> Iterator[At]:
    if group.out_of_order:
        yield group.at(group.first("LX"), 1)
