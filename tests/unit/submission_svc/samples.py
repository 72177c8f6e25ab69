"""Made-up claims of many kinds, as claim-builder would send them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from events import ClaimBuilt, ClaimWithdrawn, Correction, phi

NAMESPACE = UUID("00000000-0000-5000-8000-000000000837")
NOW = datetime(2026, 9, 1, 15, 30, tzinfo=UTC)
DAY = date(2026, 8, 14)
ADDRESS = phi.Address(line1="100 MAIN ST", line2="STE 4", city="SPRINGFIELD", state="IL", postal_code="627010001")
AT_WORK = phi.RelatedCauses(employment=True, accident_date=DAY)
HOME = phi.Address(line1="7 ELM ST", city="SPRINGFIELD", state="IL", postal_code="62702-1234")


def npi(n: int) -> str:
    """A well-formed NPI (ISO 7812 check digit over 80840 and nine digits)."""
    base = f"1{n:08d}"
    digits = [int(d) for d in "80840" + base]
    doubled = sum(sum(divmod(2 * d, 10)) for d in digits[::-1][::2])
    return base + str((10 - (doubled + sum(digits[::-1][1::2])) % 10) % 10)


def claim_id(n: int) -> UUID:
    return uuid5(NAMESPACE, f"claim {n}")


def encounter_id(n: int) -> UUID:
    return uuid5(NAMESPACE, f"encounter {n}")


def patient_control_number(n: int) -> str:
    return f"CC{n:010d}"


def person(last: str = "RIVERA", **more: Any) -> phi.Person:
    return phi.Person(last_name=last, first_name="ANA", middle_name="M", birth_date=date(1980, 2, 29), sex="F",
                      address=HOME, **more)  # fmt: skip


def coverage(**more: Any) -> phi.Coverage:
    told = {
        "sequence": "P", "payer_id": "60054", "payer_name": "PRAIRIE HEALTH", "filing_indicator": "CI",
        "member_id": "M000001", "relationship": "self", "subscriber": person(),
    }  # fmt: skip
    return phi.Coverage(**{**told, **more})


def line(number: int = 1, charge_cents: int = 12_500, **more: Any) -> phi.ClaimLine:
    told = {
        "line_number": number, "code": "99213", "units": Decimal(1), "pointers": (1,), "date_from": DAY,
        "charge_cents": charge_cents, "line_item_control_number": f"L{number:04d}",
    }  # fmt: skip
    return phi.ClaimLine(**{**told, **more})


def content(n: int = 1, **more: Any) -> phi.ClaimContent:
    """A plain claim of a self-insured patient; `more` overrides any field."""
    lines = more.pop("lines", (line(),))
    told = {
        "external_id": f"E{n}",
        "patient": person(),
        "coverages": (),
        "coverage": coverage(member_id=f"M{n:06d}"),
        "billing_provider": phi.Provider(
            npi=npi(1), entity="organization", name="SPRINGFIELD FAMILY CARE", taxonomy_code="207Q00000X",
            tax_id="37-1234567", address=ADDRESS, contact_name="BILLING OFFICE", phone="(217) 555-0100",
        ),
        "rendering_provider": phi.Provider(
            npi=npi(2), entity="person", name="OKAFOR", first_name="CHIDI", taxonomy_code="207Q00000X"
        ),
        "place_of_service": "11",
        "service_date": DAY,
        "patient_control_number": patient_control_number(n),
        "frequency_code": "1",
        "diagnosis_codes": ("E11.9", "I10"),
        "lines": lines,
        "charge_cents": sum(x.charge_cents for x in lines),
    }  # fmt: skip
    return phi.ClaimContent(**{**told, **more})


def built(n: int = 1, version: int = 1, claim: phi.ClaimContent | None = None, **more: Any) -> ClaimBuilt:
    """The event that carries `claim` (by default the plain one)."""
    claim = claim or content(n)
    told = {
        "occurred_at": NOW,
        "tenant_id": "valley",
        "encounter_id": encounter_id(n),
        "encounter_version": version,
        "claim_id": claim_id(n),
        "claim_version": version,
        "coding_version": version,
        "payer_id": claim.coverage.payer_id,
        "payer_sequence": claim.coverage.sequence,
        "patient_control_number": claim.patient_control_number,
        "frequency_code": claim.frequency_code,
        "charge_cents": claim.charge_cents,
        "line_count": len(claim.lines),
    }
    return ClaimBuilt.create(**{**told, **more})


def correction(n: int = 1, frequency_code: str = "7") -> Correction:
    return Correction(claim_id=claim_id(n), claim_version=1, action="rebill", reason_code="denial.modifier",
                      frequency_code=frequency_code, payer_claim_control_number="PCN1")  # type: ignore[arg-type]  # fmt: skip


def withdrawn(n: int = 1, version: int = 1, tenant_id: str = "valley") -> ClaimWithdrawn:
    return ClaimWithdrawn.create(
        occurred_at=NOW, tenant_id=tenant_id, encounter_id=encounter_id(n), encounter_version=version,
        claim_id=claim_id(n), claim_version=version, reason="encounter_cancelled",
    )  # fmt: skip


def dependent(n: int = 1, relationship: str = "child", **more: Any) -> phi.ClaimContent:
    insured = phi.Person(last_name="RIVERA", first_name="LUIS", birth_date=date(1979, 1, 5), sex="M", address=HOME)
    child = phi.Person(
        last_name="RIVERA", first_name="MIA", suffix="JR", birth_date=date(2015, 6, 1), sex="F", address=HOME
    )
    cover = coverage(member_id=f"D{n:06d}", relationship=relationship, subscriber=insured, group_number="G77")
    return content(n, patient=child, coverage=cover, **more)


def secondary(n: int = 1, *, by_line: bool = True, **more: Any) -> phi.ClaimContent:
    """A claim to the second payer after the first paid 80.00 of 125.00, left 20.00 to the patient, wrote off 25.00."""
    adjustments = (
        phi.PriorAdjustment(group_code="CO", reason_code="45", amount_cents=2_500),
        phi.PriorAdjustment(group_code="PR", reason_code="2", amount_cents=2_000),
    )
    on_line = phi.PriorLinePayment(
        line_item_control_number="L0001", paid_cents=8_000, code="99213", units=Decimal(1), adjustments=adjustments
    )
    payment = phi.PriorPayment(
        coverage=coverage(payer_id="00431", payer_name="FIRST HEALTH", filing_indicator="CI"),
        paid_cents=8_000,
        adjudication_date=date(2026, 8, 25),
        adjustments=() if by_line else adjustments,
        lines=(on_line,) if by_line else (),
    )
    return content(n, coverage=coverage(sequence="S", member_id=f"S{n:06d}"), prior_payments=(payment,), **more)


def everything(n: int = 1) -> phi.ClaimContent:
    """Every situational field at once."""
    lines = (
        line(1, 12_500, modifiers=("25", "95"), pointers=(1, 2, 3, 4), place_of_service="10"),
        line(2, 8_050, code="96372", pointers=(2,), note="LEFT DELTOID"),
        line(3, 4_400, code="J1100", units=Decimal("2.5"),
             drug=phi.Drug(ndc="63323-0165-01", quantity=Decimal("2.5"), unit="ML")),
        line(4, 60_000, code="01996", units=Decimal(45), unit_basis="MJ", date_to=date(2026, 8, 15)),
    )  # fmt: skip
    return content(
        n,
        lines=lines,
        referring_provider=phi.Provider(npi=npi(3), entity="person", name="NGUYEN", first_name="THI"),
        ordering_provider=phi.Provider(npi=npi(4), entity="person", name="HAAS", first_name="EVA", address=ADDRESS),
        supervising_provider=phi.Provider(npi=npi(5), entity="person", name="COLE", first_name="SAM"),
        service_facility=phi.Provider(npi=npi(6), entity="organization", name="LAKESIDE CLINIC", address=HOME),
        pay_to_address=phi.Address(line1="PO BOX 9", city="SPRINGFIELD", state="IL", postal_code="627050009"),
        prior_authorization_number="PA123",
        referral_number="RF456",
        clia_number="14D0000001",
        medical_record_number="MRN77",
        related_causes=phi.RelatedCauses(auto_accident=True, accident_date=date(2026, 8, 1), accident_state="IL"),
        dates=phi.ClaimDates(
            onset=date(2026, 8, 1), initial_treatment=date(2026, 8, 2), last_seen=date(2026, 8, 3),
            last_menstrual_period=date(2026, 7, 20), admission=date(2026, 8, 10), discharge=date(2026, 8, 16),
        ),
        attachments=(phi.Attachment(report_type_code="OZ", transmission_code="EL", control_number="ATT1"),),
        claim_note="SEE ATTACHED REPORT",
        frequency_code="7",
        payer_claim_control_number="PAYER123",
        diagnosis_codes=("S13.4XXA", "M54.2", "E11.9", "I10", "Z79.4", "E78.5"),
        other_coverages=(coverage(sequence="S", payer_id="00431", payer_name="SECOND HEALTH", member_id="X9"),),
        coverage=coverage(group_name="ACME CO", member_id=f"E{n:06d}"),
    )  # fmt: skip


def mixed(count: int) -> list[phi.ClaimContent]:
    """Claims of every kind, in turn."""
    makers = (
        content,
        dependent,
        secondary,
        everything,
        lambda n: secondary(n, by_line=False),
        lambda n: dependent(n, "spouse", frequency_code="8", payer_claim_control_number="PAYER9"),
        lambda n: content(n, diagnosis_codes=(*(f"M25.5{d}" for d in range(1, 10)), "I10", "E11.9", "E78.5")),
        lambda n: content(n, lines=tuple(line(k) for k in range(1, 51))),
        lambda n: content(n, related_causes=AT_WORK, rendering_provider=None),
        lambda n: content(n, patient=phi.Person(last_name="O'NEIL-SMITH", first_name="ZOË", birth_date=date(1990, 1, 1),
                                                sex="U", address=HOME)),
    )  # fmt: skip
    return [makers[n % len(makers)](n) for n in range(1, count + 1)]
