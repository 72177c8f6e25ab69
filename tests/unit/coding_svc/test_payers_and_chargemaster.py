"""What a practice loads beside its encounters: what its payers demand of codes, what its charge codes stand for."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from coding_svc.__main__ import _offline
from coding_svc.batch.documents import encounter_of
from coding_svc.chargemaster import COLUMNS, Charge, Chargemaster, ChargemasterError, Chargemasters, read_charges
from coding_svc.coding.engine import CodingEngine
from coding_svc.domain import PayerRules, Reason
from coding_svc.encounters import clinical_encounter, coded_encounter, content_of
from coding_svc.handlers import CodingHandlers, Knowledge
from coding_svc.payers import load_payers
from coding_svc.repository.coding import Pending
from coding_svc.schemas import EncounterRecord
from kit.clock import SystemClock
from kit.profiles import BadProfile

from tests.unit.coding_svc.test_coding_svc_encounters import signed

DAY: Final = date(2026, 5, 4)
OWN: Final = """
[[payer]]
name = "Example Health"
source = "provider manual 2026, page 41"
payer_ids = ["60054"]
valid_from = 2026-01-01
valid_to = 2026-12-31
video_modifier = "95"
audio_modifier = "93"
prolonged_code = "G2212"

[[payer]]
name = "Example Plans"
source = "bulletin 7"
filing_indicators = ["CI", "MB"]
ncci = "none"
telehealth_place = "in_person"
video_modifier = "GT"
"""
ENGINE: Final = CodingEngine()


def payers(tmp_path: Path, text: str = OWN) -> Path:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    return file


def test_a_payers_id_goes_before_its_kind_and_the_practices_file_before_the_packaged_one(tmp_path: Path) -> None:
    known = load_payers(payers(tmp_path))
    assert known.rules_of("60054", "CI", DAY) == PayerRules(
        video_modifier="95", audio_modifier="93", prolonged_code="G2212"
    )
    assert known.rules_of("60054", "CI", date(2025, 12, 31)).video_modifier == "GT"
    assert known.rules_of("99999", "MB", DAY) == PayerRules(ncci=False, video_modifier="GT", telehealth_in_person=True)
    assert known.rules_of("99999", "MC", DAY) == PayerRules(program="medicaid")
    assert known.rules_of("99999", "BL", DAY) == PayerRules()


def test_the_packaged_data_know_medicare() -> None:
    rules = load_payers().rules_of("99999", "MB", DAY)
    assert (rules.medicare, rules.program, rules.audio_modifier, rules.video_modifier) == (True, "medicare", "93", "")
    assert (rules.prolonged_code, rules.longitudinal) == ("G2212", True)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[payer]", "mine.toml: not TOML"),
        ("payers = 1", "mine.toml: it holds [[payer]] entries alone"),
        ("payer = [1]", "mine.toml: it holds [[payer]] entries alone"),
        ('[[payer]]\nname = "A"', "mine.toml, payer 1: give source as text"),
        ('[[payer]]\nname = "A"\nsource = "b"', "payer 1: name the payer by payer_ids or filing_indicators"),
        (OWN + "telehealth = true", "payer 2: unknown field telehealth"),
        (OWN + 'audio_modifier = "audio"', "payer 2: audio_modifier has two characters"),
        (OWN + 'prolonged_code = "99354"', "payer 2: prolonged_code is one of 99417, G2212"),
        (OWN + 'medicare = "yes"', "payer 2: medicare has the wrong type"),
        (OWN + 'payer_ids = "60054"', "payer 2: payer_ids is a list of texts"),
    ],
)
def test_what_is_wrong_with_a_payer_file_is_said(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(BadProfile, match=r"mine\.toml") as refused:
        load_payers(payers(tmp_path, text))
    assert problem in str(refused.value)


def televisit(place: str = "10", **extra: Any) -> EncounterRecord:
    record = signed(visit_type="telehealth_video", place_of_service=place, service_lines=[], **extra)
    note = record.notes[0].model_copy(
        update={"text": "Patient at home.\nAssessment: Gout, stable.\nPlan: no medicines."}
    )
    cover = record.coverages[0].model_copy(update={"payer_id": "60054", "filing_indicator": "CI"})
    return record.model_copy(update={"notes": (note,), "coverages": (cover,)})


def test_telehealth_rules_reach_coding_by_the_payers_id(tmp_path: Path) -> None:
    record, own = televisit(), load_payers(payers(tmp_path))
    with_rules, without = ENGINE.code(clinical_encounter(record, own)), ENGINE.code(clinical_encounter(record))
    assert with_rules.em is not None and without.em is not None
    assert (with_rules.em.modifiers, without.em.modifiers) == (("95",), ())
    subjects = {finding.subject for finding in with_rules.findings}
    assert not {name for name in subjects if name.startswith("pos_")}


def test_a_payer_that_wants_the_place_of_a_visit_in_the_practice(tmp_path: Path) -> None:
    own = load_payers(payers(tmp_path, OWN.replace('filing_indicators = ["CI", "MB"]', 'payer_ids = ["60055"]')))
    record = televisit()
    other = record.model_copy(update={"coverages": (record.coverages[0].model_copy(update={"payer_id": "60055"}),)})
    refused = ENGINE.code(clinical_encounter(other, own))
    taken = ENGINE.code(clinical_encounter(other.model_copy(update={"place_of_service": "11"}), own))
    assert "pos_payer:10" in {finding.subject for finding in refused.findings}
    assert not [finding for finding in taken.findings if finding.code is Reason.PLACE_OF_SERVICE]
    assert taken.em is not None and taken.em.modifiers == ("GT",)


def test_the_command_takes_payer_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = {"id": "1", "encounter": json.loads(content_of(televisit()))}
    assert encounter_of(document, load_payers(payers(tmp_path))).payer_rules.video_modifier == "95"
    assert encounter_of(document).payer_rules.video_modifier == ""
    assert _offline("code", ["--payers", str(tmp_path / "none.toml")]) == 2
    assert "none.toml: cannot be read" in capsys.readouterr().err


# The chargemaster

HEAD: Final = ",".join(COLUMNS)
ROWS: Final = (
    "OV3,99213,,150.00,visit,2025-01-01,",
    "INJ-1,20610,RT,210,right knee,2025-01-01,2026-03-31",
    "INJ-1,20610,LT 59,215.50,left knee,2026-04-01,",
)


def chargemaster(folder: Path, *rows: str, name: str = "charges.csv", head: str = HEAD) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    file = folder / name
    file.write_text("\n".join((head, *rows)) + "\n")
    return file


def test_a_charge_code_stands_for_what_is_in_force_on_the_day(tmp_path: Path) -> None:
    known = Chargemaster(read_charges(chargemaster(tmp_path, *ROWS)))
    assert known.find("inj-1", DAY) == Charge(
        "INJ-1", "20610", ("LT", "59"), 21550, "left knee", date(2026, 4, 1), None
    )
    before = known.find("INJ-1", date(2026, 3, 31))
    assert before is not None and before.modifiers == ("RT",)
    assert known.find("INJ-1", date(2024, 12, 31)) is None
    assert known.find("INJ-2", DAY) is None


def test_a_tenants_own_charges_go_before_the_default_ones(tmp_path: Path) -> None:
    chargemaster(tmp_path / "default", *ROWS)
    chargemaster(tmp_path / "lakeside", "OV3,99214,,200,visit,2026-01-01,")
    known = Chargemasters.load(tmp_path)
    own, default = known.for_tenant("lakeside").find("OV3", DAY), known.for_tenant("other").find("OV3", DAY)
    assert own is not None and default is not None
    assert (own.code, default.code) == ("99214", "99213")
    assert known.for_tenant("lakeside").find("INJ-1", DAY) is not None
    assert Chargemasters.load(None).for_tenant("lakeside").find("OV3", DAY) is None
    with pytest.raises(ChargemasterError, match="no such directory"):
        Chargemasters.load(tmp_path / "none")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",99213,,150,visit,2025-01-01,", "charges.csv:3: charge_code is empty"),
        ("A,9921,,150,visit,2025-01-01,", "charges.csv:3: code is not a CPT or HCPCS code"),
        ("A,99213,2,150,visit,2025-01-01,", "charges.csv:3: modifiers are at most four"),
        ("A,99213,,$150,visit,2025-01-01,", "charges.csv:3: price must be dollars"),
        ("A,99213,,1.505,visit,2025-01-01,", "charges.csv:3: price must be dollars"),
        ("A,99213,,150,visit,1/1/2025,", "charges.csv:3: effective_from must be a date"),
        ("A,99213,,150,visit,2025-01-01,2024-01-01", "charges.csv:3: effective_to lies before"),
        ("A,99213,,150,visit", "charges.csv:3: it must have 7 values"),
        ("A,99213,,150,visit,2025-01-01,,more", "charges.csv:3: it must have 7 values"),
        ("OV3,99214,,150,visit,2026-01-01,", "charges.csv:3: OV3 has another entry in the same days"),
    ],
)
def test_what_is_wrong_with_a_chargemaster_is_said_by_line(tmp_path: Path, row: str, problem: str) -> None:
    with pytest.raises(ChargemasterError) as refused:
        read_charges(chargemaster(tmp_path, ROWS[0], row))
    assert problem in str(refused.value)


def test_files_of_one_practice_may_not_contradict_each_other(tmp_path: Path) -> None:
    chargemaster(tmp_path / "default", ROWS[0])
    chargemaster(tmp_path / "default", "OV3,99215,,1,x,2026-01-01,", name="more.csv")
    with pytest.raises(ChargemasterError, match=r"more\.csv:2"):
        Chargemasters.load(tmp_path)
    with pytest.raises(ChargemasterError, match="columns must be"):
        read_charges(chargemaster(tmp_path, head="code,price"))


def charged(*service_lines: dict[str, Any], orders: tuple[dict[str, Any], ...] = ()) -> EncounterRecord:
    record = signed(service_lines=list(service_lines), orders=list(orders), diagnoses=[], mdm=None, total_minutes=None)
    note = record.notes[0].model_copy(update={"text": "Assessment: Gout, stable.\nPlan: allopurinol 100 mg refilled."})
    return record.model_copy(update={"notes": (note,), "new_patient": False})


def test_posted_charge_codes_are_translated(tmp_path: Path) -> None:
    known = Chargemaster(read_charges(chargemaster(tmp_path, *ROWS)))
    record = charged(
        {"charge_code": "OV3"},
        {"charge_code": "inj-1", "modifiers": ["76"], "charge_cents": 9900},
        {"code": "85610", "charge_code": "OV3"},
        orders=({"text": "knee", "charge_code": "INJ-1", "status": "completed", "performed_in_practice": True},),
    )
    told = clinical_encounter(record, chargemaster=known)
    assert [(line.code, line.modifiers) for line in told.service_lines] == [
        ("99213", ()), ("20610", ("76", "LT", "59")), ("85610", ()),
    ]  # fmt: skip
    assert told.orders[0].code == "20610"
    result = ENGINE.code(told)
    assert result.em is not None and result.em.code == "99213"
    assert Reason.CHARGE_UNKNOWN not in result.reasons


def test_a_charge_code_that_nobody_knows_goes_to_a_person() -> None:
    order = {"text": "knee", "charge_code": "INJ-9", "status": "completed", "performed_in_practice": True}
    open_order = {**order, "charge_code": "INJ-8", "status": "active"}
    result = ENGINE.code(clinical_encounter(charged({"charge_code": "OV9"}, orders=(order, open_order))))
    assert Reason.CHARGE_UNKNOWN in result.reasons
    unknown = {(f.subject, f.location) for f in result.findings if f.code is Reason.CHARGE_UNKNOWN}
    assert unknown == {("charge_unknown:OV9", "/service_lines/0"), ("charge_unknown:INJ-9", "/orders/0")}
    assert not result.procedures


def test_a_line_without_any_code_is_refused() -> None:
    with pytest.raises(ValueError, match="needs code or charge_code"):
        charged({"units": "1"})


def test_the_worker_uses_the_tenants_data(tmp_path: Path) -> None:
    chargemaster(tmp_path / "lakeside", "OV3,99213,,150,visit,2026-01-01,")
    handlers = CodingHandlers(lambda: ENGINE, SystemClock(), 0, load_payers(), Chargemasters.load(tmp_path))
    record = charged({"charge_code": "OV3", "charge_cents": 15000})
    for tenant, known in (("lakeside", True), ("other", False)):
        pending = Pending(
            tenant_id=tenant, encounter_id=uuid4(), version=1, current_version=1, content=content_of(record),
            numbers={}, correction=None,
        )  # fmt: skip
        sheet = handlers.decide(pending, Knowledge()).outcome.sheet
        assert sheet is not None
        assert (Reason.CHARGE_UNKNOWN in sheet.reasons) is not known
        assert [line.code for line in sheet.lines] == ["99213"]
        (claimed,) = coded_encounter(record, sheet).lines
        assert claimed.charge_cents == (15000 if known else None), "the level that was sent keeps its charge"


def test_the_command_checks_and_writes_claim_builders_prices(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fees = tmp_path / "fees.csv"
    assert _offline("chargemaster", [str(chargemaster(tmp_path, *ROWS)), "--fee-schedule", str(fees)]) == 0
    assert "3 charges, 3 prices" in capsys.readouterr().out
    assert list(csv.reader(fees.read_text().splitlines())) == [
        ["code", "modifier", "charge_cents", "effective_from", "effective_to"],
        ["99213", "", "15000", "2025-01-01", ""],
        ["20610", "RT", "21000", "2025-01-01", "2026-03-31"],
        ["20610", "LT", "21550", "2026-04-01", ""],
    ]
    clash = chargemaster(tmp_path, *ROWS, "OV3B,99213,,160,visit,2026-01-01,", name="clash.csv")
    assert _offline("chargemaster", [str(clash), "--fee-schedule", str(fees)]) == 2
    assert "OV3 and OV3B ask different prices for 99213" in capsys.readouterr().err
    assert _offline("chargemaster", [str(clash)]) == 0
    assert (
        _offline("chargemaster", [str(tmp_path / "charges.csv"), "--fee-schedule", str(tmp_path / "no" / "x.csv")]) == 2
    )
    assert "No such file" in capsys.readouterr().err
