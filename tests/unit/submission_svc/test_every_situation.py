"""Every situational field that an EMR can send stands in the file at its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from claim_builder.building import Turn, build
from claim_builder.fees import PriceList
from events.phi import CodedEncounter
from submission_svc import claim_837i, claim_837p
from submission_svc.batching import EncodableClaim, Former, _of_one_kind, model_of
from submission_svc.errors import IncompleteClaim
from submission_svc.repository.interchanges import PendingClaim

from tests.support.situations import INSTITUTIONAL, OF_CLAIM, OF_LINE, SURGEON
from tests.unit.claim_builder.claim_examples import CODED, ENCOUNTER_ID, institutional_claim
from tests.unit.submission_svc import samples
from tests.unit.submission_svc.test_submission_mapping import former


def encounter(**more: Any) -> CodedEncounter:
    """The example encounter with every situation, as it travels."""
    plain = json.loads(CODED.model_dump_json())
    line = {**plain["lines"][0], "code": "00400", "charge_cents": 60_000, **OF_LINE}
    return CodedEncounter.model_validate_json(json.dumps({**plain, **OF_CLAIM, "lines": [line], **more}))


def written(coded: CodedEncounter) -> str:
    content = build(ENCOUNTER_ID, coded, Turn(), PriceList(())).content
    pending = PendingClaim(samples.claim_id(1), 1, samples.encounter_id(1), content.patient_control_number, "")
    record, refused = former().form([EncodableClaim(pending, model_of(content))])
    assert record is not None
    assert refused == []
    return record.content.decode()


PROFESSIONAL_SEGMENTS = (
    "NM1*87*2~N3*PO BOX 12",
    "NM1*PE*2*STATE PLAN*****PI*PLAN1~N3*9 RIVER RD~N4*TROY*NY*121801234~REF*EI*141234567",
    "PAT*****D8*20260520*01*160*Y",
    "REF*Y4*PC1",
    "CLM*", ":B:1*N*C*W*I*P*AA:::NY*03********11~",
    "DTP*431*D8*20260501", "DTP*454*D8*20260502", "DTP*304*D8*20260420", "DTP*453*D8*20260501",
    "DTP*439*D8*20260501", "DTP*484*D8*20260410", "DTP*455*D8*20260502", "DTP*471*D8*20260402",
    "DTP*314*RD8*20260501-20260520", "DTP*297*D8*20260430", "DTP*296*D8*20260521", "DTP*435*D8*20260503",
    "DTP*096*D8*20260505", "DTP*090*D8*20260502", "DTP*091*D8*20260509", "DTP*444*D8*20260501",
    "PWK*OZ*EL***AC*ATT1", "CN1*09*50*10*C1*2*V1", "AMT*F5*15", "REF*4N*1", "REF*F5*Y", "REF*EW*M1", "REF*9F*RF1",
    "REF*G1*PA1", "REF*X4*33D1234567", "REF*LX*G12345", "REF*P4*D1", "REF*1J*CPO1", "K3*STATE DATA",
    "NTE*CER*SEE REPORT", "CR1*LB*160**A*DH*12.5***DIALYSIS*UNABLE TO SIT", "CR2********A**LOW BACK*ACUTE",
    "CRC*07*Y*01*09", "CRC*ZZ*N*NU", "HI*BP:33960*BO:33961", "HI*BG:AA",
    "NM1*DN*1*COLE*SAM****XX*1003000126", "NM1*P3*1*BAKER*ELI****XX*1245319599",
    "NM1*77*2*TROY LAB*****XX*1679576722", "REF*LU*LOC1", "NM1*DQ*1*COLE*SAM****XX*1003000126",
    "NM1*PW*2~N3*9 RIVER RD", "NM1*45*2*TROY GENERAL~N3*1 HOSPITAL DR",
    "SV1*HC:00400:25:::", "UNLISTED PROCEDURE*600*MJ*45*22**1:2**Y**Y*Y***0", "SV5*HC:E0570*DA*30*20*90*4",
    "PWK*03*FX***AC*ATT2", "PWK*CT*AD", "CR1*LB*160**B*DH*12.5", "CR3*I*MO*12", "CRC*70*Y*65",
    "DTP*472*RD8*20260504-20260505", "DTP*471*D8*20260501", "DTP*607*D8*20260502", "DTP*463*D8*20260501",
    "DTP*461*D8*20260501", "DTP*304*D8*20260421", "DTP*738*D8*20260503", "DTP*739*D8*20260503",
    "DTP*011*D8*20260504", "DTP*454*D8*20260502", "QTY*PT*2", "QTY*FL*3", "MEA*TR*R1*11.3", "REF*G1*PA2",
    "REF*EW*M2", "REF*X4*33D7654321", "REF*F4*33D1111111", "REF*BT*LOT1", "REF*9F*RF2", "AMT*T*1", "AMT*F4*2",
    "K3*LINE DATA", "NTE*DCP*LEFT", "NTE*TPO*TPO TEXT", "PS1*1679576722*9", "LIN**N4*63323016501", "CTP****2.5*ML",
    "REF*VY*RX1", "NM1*82*1*COLE*SAM****XX*1003000126", "NM1*QB*2******XX*1679576722",
    "NM1*DK*1*BAKER*ELI****XX*1932102084", "NM1*DQ*1*COLE*SAM****XX*1932102084",
    "NM1*DN*1*COLE*SAM****XX*1932102084", "LQ*UT*04.03", "FRM*1*Y", "FRM*2**A",
)  # fmt: skip


def test_every_professional_situation_is_written() -> None:
    text = written(encounter())
    assert [segment for segment in PROFESSIONAL_SEGMENTS if segment not in text] == []


INSTITUTIONAL_SEGMENTS = (
    ":A:1**C*W*I***********11~", "DTP*096*TM*1400", "DTP*434*RD8*20260504-20260504", "DTP*435*DT*202605030930",
    "CL1*1*7*01", "PWK*OZ*EL***AC*ATT1", "CN1*09*50*10*C1*2*V1", "REF*4N*1", "REF*9F*RF1", "REF*G1*PA1",
    "REF*LX*G12345", "REF*LU*NY", "REF*P4*D1", "K3*STATE DATA", "NTE*ADD*SEE REPORT", "CRC*ZZ*N*NU",
    "HI*ABK:I10:::::::Y", "HI*ABJ:R079", "HI*ABN:W010XXA", "HI*DR:313", "HI*ABF:E1122:::::::N",
    "HI*BBR:4A023N7:D8:20260504", "HI*BBQ:B2111ZZ:D8:20260504", "HI*BI:74:RD8:20260504-20260505",
    "HI*BH:11:D8:20260501", "HI*BE:80:::2", "HI*BG:AA",
    "NM1*71*1*BAKER*ELI****XX*1245319599", "NM1*72*1*COLE*SAM****XX*1003000126", "NM1*77*2*TROY LAB",
    "NM1*82*1*OKAFOR*JOHN****XX*", "NM1*DN*1*COLE*SAM****XX*1003000126",
    "SV2*0370*HC:00400:25", "*600*UN*45**10~", "SV2*0120**2000*DA*2", "DTP*472*D8*20260503", "LIN**N4*63323016501",
)  # fmt: skip


def test_every_institutional_situation_is_written() -> None:
    line = {**OF_LINE, "line_number": 1, "code": "00400", "pointers": [], "charge_cents": 60_000, "modifiers": ["25"],
            "unit_basis": "UN", "revenue_code": "0370", "non_covered_cents": 1_000}  # fmt: skip
    attending = {**SURGEON, "name": "BAKER", "first_name": "ELI", "npi": "1245319599"}
    rendering = {**SURGEON, "name": "OKAFOR", "first_name": "JOHN", "npi": "1932102084"}
    text = written(
        encounter(
            institutional=INSTITUTIONAL, lines=[line], attending_provider=attending, operating_provider=SURGEON,
            rendering_provider=rendering,
        )
    )  # fmt: skip
    assert [segment for segment in INSTITUTIONAL_SEGMENTS if segment not in text] == []
    assert "GS*HC*" in text
    assert "005010X223A2" in text


@pytest.mark.parametrize(
    ("missing", "pointer"),
    [("patient_status_code", "/institutional/patient_status_code"), ("", "/lines/1/revenue_code")],
)
def test_what_no_837i_can_do_without_is_named(missing: str, pointer: str) -> None:
    content = institutional_claim()
    assert content.institutional is not None
    if missing:
        content = content.model_copy(update={"institutional": content.institutional.model_copy(update={missing: None})})
    else:
        bare = content.lines[0].model_copy(update={"revenue_code": None})
        content = content.model_copy(update={"lines": (bare, *content.lines[1:])})
    with pytest.raises(IncompleteClaim, match=pointer):
        claim_837i.claim(content)


def test_an_interchange_holds_one_kind_of_claim() -> None:
    """An 837I and an 837P never share a group: the oldest claim's kind goes first, the others wait for their own."""
    stay, visit = institutional_claim(), samples.content(2)
    made = [
        EncodableClaim(PendingClaim(samples.claim_id(n), 1, samples.encounter_id(n), f"P{n}", ""), model_of(content))
        for n, content in enumerate((stay, visit, stay, visit), start=1)
    ]
    assert [claim.pending.patient_control_number for claim in _of_one_kind(made)] == ["P1", "P3"]
    assert [claim.pending.patient_control_number for claim in _of_one_kind(made[1:])] == ["P2", "P4"]
    assert _of_one_kind([]) == []
    forming: Former = former()
    record, refused = forming.form(_of_one_kind(made))
    assert record is not None
    assert refused == []
    assert record.content.count(b"005010X223A2") == 2, "GS08 and ST03"


def test_the_line_says_only_what_the_claim_does_not() -> None:
    """A line that repeats the claim's providers and numbers repeats nothing in the file."""
    claim_only = encounter().model_copy(update={"rendering_provider": encounter().referring_provider})
    repeated = claim_only.lines[0].model_copy(
        update={
            "rendering_provider": claim_only.rendering_provider,
            "supervising_provider": claim_only.supervising_provider,
            "referring_provider": claim_only.referring_provider,
            "service_facility": claim_only.service_facility,
            "clia_number": claim_only.clia_number,
            "prior_authorization_number": claim_only.prior_authorization_number,
            "referral_number": claim_only.referral_number,
            "mammography_certification_number": claim_only.mammography_certification_number,
        }
    )
    content = build(ENCOUNTER_ID, claim_only.model_copy(update={"lines": (repeated,)}), Turn(), PriceList(())).content
    (line,) = claim_837p.claim(content).service_lines
    assert (line.rendering_provider, line.supervising_provider, line.referring_providers) == (None, None, ())
    assert (line.service_facility, line.clia_number, line.mammography_certification_number) == (None, "", "")
    assert (line.prior_authorizations, line.referrals) == ((), ())
