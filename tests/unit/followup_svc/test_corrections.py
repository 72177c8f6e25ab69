"""What may be corrected without a person, and how it is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from followup_svc.corrections import PayerRules, corrections_due, resend_as
from followup_svc.domain import Balances, Claim, Payment, version_at_payer, voided

from tests.unit.followup_svc.makers import adjudication, claim, fact, line, payment, version

RULES = PayerRules.standard()
OWED = Balances({"outstanding:P": 10_000})
SENT = fact("ClaimSubmitted", 1, day=3)


def _decided(*, remarks: tuple[str, ...] = (), payer_number: str = "ICN1", status_code: str = "1") -> Payment:
    refused = line(1, 10_000, ("CO", "16", 10_000), remarks=remarks)
    decided = adjudication(refused, payer_number=payer_number, status_code=status_code)
    return replace(payment(decided), state="posted", turn="P", denied_cents=10_000)


def _revised(subject: Claim) -> list[tuple[str, str | None]]:
    rebuilt = replace(subject.versions[0], claim_version=2, encounter_version=2)
    subject = replace(subject, versions=(*subject.versions, *(() if subject.version(2) else (rebuilt,))))
    subject = replace(subject, facts=(SENT, *subject.facts))
    due = corrections_due(subject, OWED, RULES)
    return [(correction.reason_code, correction.frequency_code) for correction in due]


@pytest.mark.parametrize(
    ("filing_indicator", "remarks", "payer_number", "frequency_code"),
    [
        ("CI", (), "ICN1", "7"),
        ("CI", (), "", None),  # no control number: nothing to replace
        ("MB", (), "ICN1", None),  # Medicare Part B: a reopening or an appeal
        ("MB", ("MA130",), "ICN1", "1"),  # unprocessable: a new original
    ],
)
def test_frequency_code_by_payer_data(
    filing_indicator: str, remarks: tuple[str, ...], payer_number: str, frequency_code: str | None
) -> None:
    decided = _decided(remarks=remarks, payer_number=payer_number)
    subject = claim(version(filing_indicator=filing_indicator), payments=[decided])
    assert _revised(subject) == [("encounter.revised.2", frequency_code)]


def test_only_changed_content_is_corrected() -> None:
    subject = claim(version(), payments=[_decided()])
    recoded = replace(subject, facts=(fact("EncounterCoded", None, day=12, encounter_version=2),))
    assert corrections_due(recoded, OWED, RULES) == [], "no version was built of it: the content is the same"
    assert _revised(replace(subject, payments=())) == [], "nothing was decided yet"
    versions = (version(), replace(version(2, encounter_version=2), charge_cents=1))
    parked = replace(subject, versions=versions)
    assert _revised(parked) == [("encounter.revised.2", "7")]
    assert _revised(replace(parked, facts=(fact("ClaimSubmitted", 2, day=13),))) == [], "it is on its way"
    assert _revised(replace(parked, facts=(fact("ClaimWithdrawn", 2, day=13, reason="superseded"),))) == []
    fixed = replace(subject, versions=(version(), version(2)))
    assert _revised(fixed) == [("claim.revised.2", "7")], "a biller's fix, a coder's second release"


def test_a_correction_that_never_went_out_does_not_hold_up_the_next() -> None:
    correction = replace(version(2, encounter_version=2), correction_action="rebill", frequency_code="7")
    newest = version(3, encounter_version=3)
    subject = claim(version(), correction, newest, payments=[_decided()])
    assert _revised(subject) == [], "the correction is on its way"
    gone = fact("ClaimWithdrawn", 2, day=13, reason="superseded")
    assert _revised(replace(subject, facts=(gone,))) == [("encounter.revised.3", "7")]
    refused = (fact("ClaimSubmitted", 2, day=13), fact("ClaimRejected", 2, day=14))
    assert _revised(replace(subject, facts=refused)) == [("encounter.revised.3", "7")]


def test_the_next_payer_is_billed_only_when_this_one_is_done() -> None:
    share = adjudication(line(1, 10_000, ("PR", "2", 2_000)))
    decided = replace(payment(share), state="posted", turn="P", patient_cents=2_000)
    subject = claim(version(later_turns=("S",)), payments=[decided])
    done = Balances({"outstanding:S": 2_000})
    assert [c.action for c in corrections_due(subject, done, RULES)] == ["secondary"]
    assert corrections_due(subject, Balances({"outstanding:S": 2_000, "outstanding:P": 1}), RULES) == []
    assert corrections_due(subject, Balances(), RULES) == []
    forwarded = replace(decided, adjudication=replace(share, status_code="19"))
    assert corrections_due(replace(subject, payments=(forwarded,)), done, RULES) == []


def test_a_cancelled_encounter_asks_for_a_void_of_what_the_payer_took_in() -> None:
    gone = fact("ClaimWithdrawn", day=9, reason="encounter_cancelled")
    sent = (fact("ClaimSubmitted", day=3), fact("ClaimAccepted", day=4, payer_claim_control_number="ICN1"))
    taken_in = claim(version(), facts=(*sent, gone))
    assert [(c.action, c.frequency_code) for c in corrections_due(taken_in, Balances(), RULES)] == [("void", "8")]
    assert corrections_due(claim(version(), facts=(sent[0], gone)), Balances(), RULES) == [], "no answer yet"
    medicare = claim(version(filing_indicator="MB"), facts=(*sent, gone))
    assert [c.frequency_code for c in corrections_due(medicare, Balances(), RULES)] == [None]


def test_a_payer_that_refused_everything_needs_no_void() -> None:
    gone = fact("ClaimWithdrawn", day=20, reason="payer_changed")
    sent = (fact("ClaimSubmitted", day=3), fact("ClaimAccepted", day=4, payer_claim_control_number="ICN1"))
    denied = claim(version(), facts=(*sent, gone), payments=[_decided()])
    assert voided(denied)
    assert corrections_due(denied, OWED, RULES) == []
    paid = replace(_decided(), adjudication=adjudication(line(1, 10_000), payer_number="ICN1"))
    taken = replace(denied, payments=(replace(paid, denied_cents=0),))
    assert not voided(taken)
    assert [(c.action, c.frequency_code) for c in corrections_due(taken, OWED, RULES)] == [("void", "8")]
    again = replace(denied, versions=(version(), version(2)), facts=(*denied.facts, fact("ClaimSubmitted", 2, day=15)))
    gone_again = replace(again, facts=(*again.facts, fact("ClaimWithdrawn", 2, day=20, reason="payer_changed")))
    assert not voided(gone_again), "the payer has a version that it has not decided"


def test_a_next_payer_that_has_decided_gets_a_replacement() -> None:
    share = adjudication(line(1, 10_000, ("PR", "2", 2_000)))
    decided = replace(payment(share), state="posted", turn="P", patient_cents=2_000)
    first = claim(version(later_turns=("S",)), payments=[decided])
    second = claim(version(), turn="S", payments=[replace(_decided(payer_number="SUP9"), turn="S")])
    (due,) = corrections_due(first, Balances({"outstanding:S": 2_000}), RULES, [second])
    assert (due.action, due.frequency_code, due.payer_claim_control_number) == ("secondary", "7", "SUP9")
    medicare = replace(second, versions=(version(filing_indicator="MB"),))
    (due,) = corrections_due(first, Balances({"outstanding:S": 2_000}), RULES, [medicare])
    assert due.frequency_code is None, "a person's"


def test_what_was_never_adjudicated_goes_out_as_an_original() -> None:
    assert resend_as(claim(version()), RULES) == "1"
    taken = (fact("ClaimAccepted", day=4, payer_claim_control_number="A"), fact("ClaimRejected", day=5))
    assert resend_as(claim(version(), facts=taken), RULES) == "1"
    assert resend_as(claim(version(), payments=[_decided()]), RULES) == "7"


def test_a_payers_own_entry_wins() -> None:
    rules = PayerRules.parse(
        "[default]\nreplacement = true\nvoid = true\n[filing_indicator.MB]\nreplacement = false\n"
        "[payer.P1]\nreplacement = true\n"
    )
    assert rules.takes("replacement", "P1", "MB")
    assert not rules.takes("replacement", "P2", "MB")
    assert rules.takes("void", "P2", "MB")


def test_the_version_that_the_payer_has_is_the_one_to_correct() -> None:
    versions = (version(), version(2, encounter_version=2))
    sent = claim(*versions, facts=(fact("ClaimSubmitted", 1, day=3), fact("ClaimBuilt", 2, day=5)))
    assert version_at_payer(sent) == 1
    assert version_at_payer(replace(sent, payments=(_decided(),))) == 1
    assert version_at_payer(claim(*versions, facts=(fact("ClaimBuilt", 2, day=5),))) == 2
