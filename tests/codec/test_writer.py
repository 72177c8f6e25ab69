"""The element writer: no value can begin an element or segment of its own; what cannot be carried is refused."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from x12 import ack_999, claim_837p, claim_ack_277ca, remittance_835
from x12.ack_999.models import ElementNote, ImplementationAcknowledgement, SegmentNote, TransactionSetResponse
from x12.amounts import cents, cents_text, decimal, decimal_text
from x12.claim_837p.models import Claim, ClaimTransactionSet, Note
from x12.envelope import Delimiters
from x12.findings import WriteError
from x12.parties import Name
from x12.segments import SegmentWriter

from tests.codec.makers import Maker
from tests.codec.validators import pyx12_errors
from tests.load import codec_files

MAKER = Maker(11)
ENVELOPE = MAKER.envelope()
SET = MAKER.claim_sets(1, 1)[0]
CLAIM = SET.claims[0]
NASTY = st.text(st.one_of(st.characters(), st.sampled_from("~*:^|>\r\n\x00\x1d\x1e\x1f")), min_size=1, max_size=120)


def with_text(text: str) -> ClaimTransactionSet:
    """The claim with ``text`` in every free-text field that is easily reached."""
    name = Name("1", text, text, text, text[:9])
    address = replace(CLAIM.billing_provider.address, line_1=text, line_2=text, city=text)
    lines = tuple(replace(line, note=Note(text), third_party_note=text) for line in CLAIM.service_lines)
    claim = replace(
        CLAIM,
        billing_provider=replace(CLAIM.billing_provider, name=name, address=address),
        subscriber=replace(CLAIM.subscriber, name=name, address=address, group_name=text),
        note=Note(text),
        file_information=(text,),
        service_lines=lines,
    )
    return replace(SET, claims=(claim,))


def shape(data: bytes) -> list[str]:
    return [segment.partition("*")[0] for segment in data.decode("ascii").split("~")]


@given(text=NASTY)
@settings(max_examples=200, deadline=None)
def test_no_text_changes_the_segments(text: str) -> None:
    harmless = shape(claim_837p.write(ENVELOPE, [with_text("X")]))
    assert shape(claim_837p.write(ENVELOPE, [with_text(text)])) == harmless


@given(text=NASTY)
@settings(max_examples=100, deadline=None)
def test_no_bad_value_changes_an_acknowledgement(text: str) -> None:
    note = SegmentNote("CLM", 9, "8", "2300", (), (ElementNote(1, "6", bad_value=text),))
    made = ImplementationAcknowledgement(
        "0001", "HC", "1", "R", 1, 1, 0, "", (TransactionSetResponse("837", "0001", "R", "", ("5",), (note,)),)
    )
    assert shape(ack_999.write(ENVELOPE, [made])).count("IK4") == 1


@pytest.mark.parametrize("delimiter", "*~:^")
@pytest.mark.parametrize(
    "change",
    [
        lambda c, x: replace(c, patient_control_number=f"A{x}B"),
        lambda c, x: replace(c, diagnosis_codes=(f"J0{x}2",)),
        lambda c, x: replace(c, prior_authorization_number=f"{x}1"),
        lambda c, x: replace(c, subscriber=replace(c.subscriber, member_id=f"M{x}")),
        lambda c, x: replace(c, service_lines=(replace(c.service_lines[0], line_item_control_number=f"1{x}"),)),
    ],
)
def test_delimiters_in_codes_and_identifiers_are_refused(change, delimiter: str) -> None:
    claim = change(CLAIM, delimiter)
    with pytest.raises(WriteError) as caught:
        claim_837p.write(ENVELOPE, [replace(SET, claims=(claim,))])
    assert caught.value.finding.code == "IK403-6"
    assert [finding.code for finding in claim_837p.check(claim)] == ["IK403-6"]


@pytest.mark.parametrize("bad", ["\n", "\x00", "é", "名"])
def test_control_and_foreign_characters_in_identifiers_are_refused(bad: str) -> None:
    with pytest.raises(WriteError):
        claim_837p.write(ENVELOPE, [replace(SET, claims=(replace(CLAIM, patient_control_number=f"A{bad}"),))])


def test_a_refusal_names_the_place_and_not_the_value() -> None:
    with pytest.raises(WriteError) as caught:
        claim_837p.write(ENVELOPE, [replace(SET, claims=(replace(CLAIM, patient_control_number="SECRET*"),))])
    assert caught.value.finding.element == "CLM01"
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("José Muñoz", "Jose Munoz"),
        ("Strauß", "Strauss"),
        ("O’Neill", "O'Neill"),
        ("A*B~C", "A B C"),
        ("  x  ", "x"),
        ("Łukasz Þór", "Lukasz Thor"),
        ("名", "?"),
        ("two\nlines", "two lines"),
    ],
)
def test_names_are_mapped_to_what_x12_can_carry(text: str, written: str) -> None:
    writer = SegmentWriter(Delimiters())
    writer.add("NM1", "IL", "1", text)
    assert writer.segments == [f"NM1*IL*1*{written}"]


def test_long_text_is_cut_at_the_elements_length() -> None:
    writer = SegmentWriter(Delimiters())
    writer.add("NTE", "ADD", "X" * 200)
    assert writer.segments == ["NTE*ADD*" + "X" * 80]


def test_elements_of_every_type() -> None:
    writer = SegmentWriter(Delimiters())
    writer.add("AA", "A", None, 7, date(2026, 5, 4), Decimal("1.50"), ("HC", "99213", ""), None, "")
    assert writer.segments == ["AA*A**7*20260504*1.5*HC:99213"]


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"interchange_control_number": 0}, "ISA13"),
        ({"interchange_control_number": 10**9}, "ISA13"),
        ({"group_control_number": 0}, "GS06"),
        ({"usage_indicator": "X"}, "ISA15"),
        ({"sender_id": "A" * 16}, "ISA06"),
        ({"receiver_id": ""}, "ISA08"),
        ({"sender_qualifier": "Z"}, "ISA05"),
        ({"delimiters": Delimiters("*", "*", ":", "~")}, "ISA16"),
        ({"delimiters": Delimiters("A", "^", ":", "~")}, "ISA16"),
    ],
)
def test_envelopes_that_cannot_be_written(change: dict, element: str) -> None:
    with pytest.raises(WriteError) as caught:
        claim_837p.write(replace(ENVELOPE, **change), [SET])
    assert caught.value.finding.element == element


@pytest.mark.parametrize("number", ["1", "", "00012345678", "00*1"])
def test_transaction_set_control_numbers_are_checked(number: str) -> None:
    with pytest.raises(WriteError):
        claim_837p.write(ENVELOPE, [replace(SET, control_number=number)])


def test_transaction_set_control_numbers_are_unique() -> None:
    with pytest.raises(WriteError):
        claim_837p.write(ENVELOPE, [SET, SET])


def test_a_whole_claim_can_be_checked_before_it_is_sent() -> None:
    assert claim_837p.check(CLAIM) == []
    without = replace(CLAIM, service_lines=(), charge_cents=0)
    assert [(f.code, f.loop) for f in claim_837p.check(without)] == [("IK304-3", "2400")]
    long = replace(CLAIM, medical_record_number="1" * 51)
    assert [(f.code, f.element) for f in claim_837p.check(long)] == [("IK403-5", "REF02")]


def tree(claims: list[Claim]) -> list[str]:
    data = claim_837p.write(ENVELOPE, [replace(SET, claims=tuple(claims))])
    return [s for s in data.decode().split("~") if s[:3] in ("HL*", "CLM")]


def test_the_hierarchy_groups_neighbours() -> None:
    maker = Maker(3)
    provider, other = maker.billing_provider(), maker.billing_provider()
    subscriber, payer, child = maker.subscriber("P"), maker.payer(), maker.patient()
    own = [maker.claim(provider, subscriber, payer, None) for _ in range(2)]
    of_child = maker.claim(provider, subscriber, payer, child)
    elsewhere = maker.claim(other, subscriber, payer, None)
    levels = [segment.split("*")[:5] for segment in tree([*own, of_child, elsewhere])]
    assert [each for each in levels if each[0] == "HL"] == [
        ["HL", "1", "", "20", "1"],
        ["HL", "2", "1", "22", "0"],
        ["HL", "3", "1", "22", "1"],
        ["HL", "4", "3", "23", "0"],
        ["HL", "5", "", "20", "1"],
        ["HL", "6", "5", "22", "0"],
    ]
    mixed = [own[0], elsewhere, of_child, own[1]]
    assert claim_837p.in_hierarchy_order(mixed) == [own[0], own[1], of_child, elsewhere]


def test_more_than_a_hundred_claims_of_one_patient_get_another_level() -> None:
    maker = Maker(4)
    provider, subscriber, payer = maker.billing_provider(), maker.subscriber("P"), maker.payer()
    claims = [maker.claim(provider, subscriber, payer, None) for _ in range(101)]
    assert [s[:3] for s in tree(claims)].count("HL*") == 3
    data = claim_837p.write(ENVELOPE, [replace(SET, claims=tuple(claims))])
    assert pyx12_errors(data) == []


def test_which_claim_went_into_which_set() -> None:
    sets = Maker(5).claim_sets(2, 2)
    carried = claim_837p.claims_by_transaction_set(sets)
    assert carried == {claim.patient_control_number: each.control_number for each in sets for claim in each.claims}


@given(st.integers(-(10**15), 10**15))
def test_amounts_survive_their_text(amount: int) -> None:
    assert cents(cents_text(amount)) == amount


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_decimals_survive_their_text(value: Decimal) -> None:
    assert decimal(decimal_text(value)) == value


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        *[("79.04", 7904), ("12", 1200), ("-1.5", -150), (".5", 50), ("-.05", -5), ("0", 0), ("1.005", 101)],
        *[("+3", 300), ("1,234.50", 123450), ("$12", 1200), ("-$1,000", -100_000), ("12.50-", -1250), (" 7.00 ", 700)],
        *[("1E3", 100_000), ("1e5", 10_000_000)],
    ],
)
def test_amounts_are_read(text: str, amount: int) -> None:
    assert cents(text) == amount


@pytest.mark.parametrize(
    "text",
    ["", "-", ".", "1_0", "1e99", "NaN", "Infinity", "１２", "1.2.3", "--1", "9" * 40, "-5-", "12,34", "XXX", "1_0.00"],
)
def test_what_is_no_amount(text: str) -> None:
    assert cents(text) is None


def test_a_277ca_and_an_835_refuse_too() -> None:
    maker = Maker(6)
    answer = maker.claim_acknowledgement(1, 1)
    with pytest.raises(WriteError):
        claim_ack_277ca.write(ENVELOPE, [replace(answer, reference="A~B")])
    remittance = maker.remittance(1, 1)
    with pytest.raises(WriteError):
        remittance_835.write(ENVELOPE, [replace(remittance, receiver_id="A*B")])


TEXT = NASTY | st.sampled_from(["A*B", "A~B", " A", "A ", "A  B", "É", "\u2028", "~ST*837*9~", "%s?", "", "X" * 61])


@given(seed=st.integers(0, 2**32), text=TEXT)
@settings(max_examples=100, deadline=None)
def test_what_is_written_in_one_go_is_what_is_written_element_by_element(seed: int, text: str) -> None:
    maker = Maker(seed)
    sets = maker.claim_sets(1, 3)
    claims = [
        replace(claim, subscriber=replace(claim.subscriber, name=replace(claim.subscriber.name, last=text)))
        if number % 2
        else replace(claim, patient_control_number=text or "A")
        for number, claim in enumerate(sets[0].claims)
    ]
    made = [replace(sets[0], claims=tuple(claims))]

    def outcome() -> object:
        try:
            return claim_837p.write(ENVELOPE, made)
        except WriteError as error:
            return error.finding

    quick = outcome()
    with patch.object(SegmentWriter, "fill", return_value=False):
        assert outcome() == quick


def test_an_office_s_claims_are_written_in_one_go() -> None:
    sets = codec_files.claim_sets(codec_files.claims(50))
    results = []
    fill = SegmentWriter.fill

    def noting(writer: SegmentWriter, form: str, values: Sequence[str | int]) -> bool:
        results.append(fill(writer, form, values))
        return results[-1]

    with patch.object(SegmentWriter, "fill", noting):
        quick = claim_837p.write(ENVELOPE, sets)
    assert len(results) == 50 * 2, "the subscriber, and the claim with its lines"
    assert all(results)
    with patch.object(SegmentWriter, "fill", return_value=False):
        assert claim_837p.write(ENVELOPE, sets) == quick
