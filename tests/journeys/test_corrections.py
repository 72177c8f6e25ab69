"""What happens after a claim was built or sent: revisions, cancellations, denials, other payers, people's corrections.

All encounters are played at the same time on the running system (`after_sending.py`); each test looks at one end: what
the payers took in, where the claims and the money stand, which work items are open and which closed themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from local_stack.config import SERVICE_DATABASES
from local_stack.stack import Stack
from sandbox.emr.day import load_cases

from tests.chaos.ledger_watch import LedgerWatch, ledger_watched
from tests.journeys.after_sending import End, Player, Programme
from tests.support.live import Live

BLUE, COMMERCIAL, MEDICARE, SUPPLEMENT = "BPH11", "SUM22", "15202", "GLS33"
PAID, COINSURANCE, UNAUTHORIZED, UNPROCESSABLE, NOT_NECESSARY = "00", "01", "32", "31", "33"
LATE, CROSSOVER, SUBSCRIBER_UNKNOWN, REJECTED_999, DIAGNOSIS_UNFIT = "74", "65", "24", "11", "43"
programme = Programme()
scenario = programme.scenario


@dataclass(frozen=True)
class Played:
    """All ends, and what was seen of the ledger meanwhile."""

    ends: dict[str, End]
    watch: LedgerWatch

    def __getitem__(self, name: str) -> End:
        end = self.ends[name]
        assert not end.failure, (end.failure, end.states, end.accepted, end.open_items, end.corrections)
        return end


@pytest.fixture(scope="module")
async def played(stack: Stack) -> AsyncIterator[Played]:
    """Every scenario, played once."""
    live = Live(stack)
    try:
        async with ledger_watched(live) as watch:
            ends = await programme.play(live)
        yield Played(ends, watch)
    finally:
        await live.close()


# --- before the payer has it -----------------------------------------------------------------------------------------


@scenario(before_sending=True)
async def addendum_before_sending(player: Player) -> None:
    await player.until_event("ClaimBuilt")
    await player.addendum()
    await player.until_event("ClaimBuilt", 2)


async def test_an_addendum_before_sending_replaces_the_version(played: Played) -> None:
    end = played["addendum_before_sending"]
    assert end.accepted == [(BLUE, "1")]
    assert end.states == [("P", "paid")]
    sent = {e["claim_version"] for e in end.claims[0]["timeline"] if e["event_type"] == "ClaimSubmitted"}
    assert sent == {2}
    assert (end.open_items, end.corrections) == ([], [])


@scenario()
async def cancelled_before_coding(player: Player) -> None:
    await player.put(status="cancelled")
    await player.until_event("EncounterClosed")


@scenario(before_sending=True)
async def cancelled_before_sending(player: Player) -> None:
    await player.until_event("ClaimBuilt")
    await player.put(status="cancelled")
    await player.until_event("ClaimWithdrawn")


@scenario(before_sending=True)
async def self_pay_before_sending(player: Player) -> None:
    await player.until_event("ClaimBuilt")
    await player.put(self_pay=True)
    await player.until_event("ClaimWithdrawn")


@pytest.mark.parametrize("name", ["cancelled_before_coding", "cancelled_before_sending", "self_pay_before_sending"])
async def test_what_was_not_sent_never_reaches_the_payer(played: Played, name: str) -> None:
    end = played[name]
    assert end.encounter["status"] == "closed"
    assert end.rows == [] or name == "cancelled_before_coding", "coding may be faster than the second request"
    assert all(state == "voided" for _, state in end.states)
    assert end.open_items == []


@scenario(before_sending=True)
async def other_payer_before_sending(player: Player) -> None:
    await player.until_event("ClaimBuilt")
    await player.other_payer()
    await player.until_event("ClaimBuilt", 2)


async def test_another_payer_before_sending_is_the_only_one_asked(played: Played) -> None:
    end = played["other_payer_before_sending"]
    assert end.accepted == [(COMMERCIAL, "1")]
    assert end.states == [("P", "voided"), ("P", "paid")]
    assert (end.open_items, end.corrections) == ([], [])


# --- revised after sending -------------------------------------------------------------------------------------------


@scenario(switch=LATE)
async def addendum_before_adjudication(player: Player) -> None:
    await player.until("submitted", "accepted")
    await player.addendum()
    await player.until_event("ClaimBuilt", 2)
    await player.until_event("ClaimBuilt", 3)


@scenario()
async def addendum_after_payment(player: Player) -> None:
    await player.until("paid")
    await player.addendum()
    await player.until_event("ClaimBuilt", 3)


@pytest.mark.parametrize("name", ["addendum_before_adjudication", "addendum_after_payment"])
async def test_changed_content_replaces_the_paid_claim(played: Played, name: str) -> None:
    end = played[name]
    assert end.accepted == [(BLUE, "1"), (BLUE, "7")]
    assert end.states == [("P", "paid")]
    assert end.corrections == [("rebill", "encounter.revised.2", "7")]
    assert end.open_items == []
    (claim,) = end.claims
    assert Counter(p["claim_status_code"] for p in claim["payments"]) == {"1": 2, "22": 1}
    assert sum(p["paid_cents"] for p in claim["payments"]) == end.rows[-1]["paid_cents"] > 0
    assert claim["closed"]


@scenario()
async def nothing_changed_after_payment(player: Player) -> None:
    await player.until("paid")
    author = player.body["notes"][0] | {"author": "A. Colleague"}
    await player.put(notes=[author])
    await player.until_event("EncounterCoded", 2)


@scenario(switch=LATE)
async def changed_and_changed_back_before_payment(player: Player) -> None:
    await player.until("submitted", "accepted")
    await player.put(prior_authorization_number="AUTH1")
    await player.until_event("ClaimBuilt", 2)
    del player.body["prior_authorization_number"]
    await player.put()
    await player.until_event("CorrectionRequested")
    await player.until("paid")


async def test_unchanged_content_asks_nothing_of_the_payer(played: Played) -> None:
    end = played["nothing_changed_after_payment"]
    assert end.encounter["version"] == 2
    assert end.accepted == [(BLUE, "1")]
    assert end.states == [("P", "paid")]
    assert (end.corrections, end.open_items, end.events("ClaimBuilt")) == ([], [], 1)


async def test_content_that_came_back_to_what_was_sent_asks_nothing_either(played: Played) -> None:
    end = played["changed_and_changed_back_before_payment"]
    assert end.accepted == [(BLUE, "1")]
    assert end.states == [("P", "paid")]
    assert end.open_items == []
    assert end.closed_items["claim.stalled"] == 2


@scenario(switch=UNAUTHORIZED)
async def authorized_after_denial(player: Player) -> None:
    await player.until_item("denial.authorization")
    card = player.coverage("blue", PAID)
    await player.put(coverages=[card], prior_authorization_number="AUTH77012")
    await player.until("paid")


async def test_changed_content_replaces_the_denied_claim_and_its_item_closes_itself(played: Played) -> None:
    end = played["authorized_after_denial"]
    assert end.accepted == [(BLUE, "1"), (BLUE, "7")]
    assert end.states == [("P", "paid")]
    assert end.open_items == []
    assert end.closed_items["denial.authorization"] == 1


@scenario(payer="medicare", switch=NOT_NECESSARY)
async def medicare_denied(player: Player) -> None:
    await player.until_item("denial.medical-necessity")
    await player.addendum()
    await player.until_item("correction.needs-a-person")


async def test_medicare_takes_no_replacement_so_a_person_asks_for_a_reopening(played: Played) -> None:
    end = played["medicare_denied"]
    assert end.accepted == [(MEDICARE, "1")]
    assert end.open_items == ["correction.needs-a-person", "denial.medical-necessity"]
    assert end.corrections == []


@scenario(payer="medicare", switch=UNPROCESSABLE)
async def medicare_unprocessable(player: Player) -> None:
    await player.until("denied")
    await player.member_id()
    await player.until("paid")


async def test_medicare_gets_an_unprocessable_claim_anew_as_an_original(played: Played) -> None:
    end = played["medicare_unprocessable"]
    assert end.accepted == [(MEDICARE, "1"), (MEDICARE, "1")]
    assert end.states == [("P", "paid")]
    assert end.open_items == []


# --- taken back ------------------------------------------------------------------------------------------------------


@scenario(switch=LATE)
async def cancelled_after_sending(player: Player) -> None:
    await player.until("submitted", "accepted")
    await player.put(status="cancelled")
    await player.until("voided")


@scenario()
async def cancelled_after_payment(player: Player) -> None:
    await player.until("paid")
    await player.put(status="cancelled")
    await player.until("voided")


@scenario(switch=LATE)
async def self_pay_after_sending(player: Player) -> None:
    await player.until("submitted", "accepted")
    await player.put(self_pay=True)
    await player.until("voided")


@scenario()
async def withheld_after_payment(player: Player) -> None:
    await player.until("paid")
    await player.put(withhold_from_payer=True)
    await player.until("voided")


@pytest.mark.parametrize(
    "name",
    ["cancelled_after_sending", "cancelled_after_payment", "self_pay_after_sending", "withheld_after_payment"],
)
async def test_what_the_payer_has_is_voided_and_its_money_goes_back(played: Played, name: str) -> None:
    end = played[name]
    assert end.accepted == [(BLUE, "1"), (BLUE, "8")]
    assert end.states == [("P", "voided")]
    assert [(action, code) for action, _, code in end.corrections] == [("void", "8")]
    assert end.open_items == []
    assert not any(_accounts(end.claims[0]).values()), "nothing is charged, paid or owed"


@scenario(payer="medicare")
async def medicare_cancelled_after_payment(player: Player) -> None:
    await player.until("paid")
    await player.put(status="cancelled")
    await player.until_item("void.needs-a-person")


async def test_medicare_takes_no_void_so_a_person_gives_the_money_back(played: Played) -> None:
    end = played["medicare_cancelled_after_payment"]
    assert end.accepted == [(MEDICARE, "1")]
    assert end.open_items == ["void.needs-a-person"]
    assert end.corrections == []


@scenario(switch=UNAUTHORIZED)
async def cancelled_after_denial(player: Player) -> None:
    await player.until_item("denial.authorization")
    await player.put(status="cancelled")
    await player.until("voided")


async def test_a_denied_claim_leaves_nothing_to_void(played: Played) -> None:
    end = played["cancelled_after_denial"]
    assert end.accepted == [(BLUE, "1")]
    assert (end.corrections, end.open_items) == ([], [])
    assert not any(_accounts(end.claims[0]).values())


@scenario()
async def reopened_after_a_void(player: Player) -> None:
    await player.until("paid")
    await player.put(status="cancelled")
    await player.until("voided")
    await player.put(status="final")
    await player.until_claims(("P", "voided"), ("P", "paid"))


async def test_an_encounter_that_comes_back_after_a_void_is_billed_anew(played: Played) -> None:
    end = played["reopened_after_a_void"]
    assert end.accepted == [(BLUE, "1"), (BLUE, "8"), (BLUE, "1")]
    assert end.open_items == []


# --- another payer ---------------------------------------------------------------------------------------------------


@scenario()
async def other_payer_after_payment(player: Player) -> None:
    await player.until("paid")
    await player.other_payer()
    await player.until_claims(("P", "voided"), ("P", "paid"))


@scenario(switch=LATE)
async def other_payer_after_sending(player: Player) -> None:
    await player.until("submitted", "accepted")
    await player.other_payer()
    await player.until_claims(("P", "voided"), ("P", "paid"))


@pytest.mark.parametrize("name", ["other_payer_after_payment", "other_payer_after_sending"])
async def test_the_former_payer_takes_its_money_back_and_the_new_one_gets_an_original(
    played: Played, name: str
) -> None:
    end = played[name]
    assert sorted(end.accepted) == sorted([(BLUE, "1"), (BLUE, "8"), (COMMERCIAL, "1")])
    assert end.states == [("P", "voided"), ("P", "paid")]
    assert [(action, code) for action, _, code in end.corrections] == [("void", "8")]
    assert end.open_items == []
    former, new = end.claims
    assert not any(_accounts(former).values())
    assert _accounts(new)["charges"] == new["charge_cents"]
    assert not [row for row in end.rows if row["stage"] != "accepted" and row["outcome"] == "rejected_277ca"]


@scenario(switch=UNAUTHORIZED)
async def other_payer_after_denial(player: Player) -> None:
    await player.until_item("denial.authorization")
    await player.other_payer()
    await player.until_claims(("P", "voided"), ("P", "paid"))


@scenario(switch=SUBSCRIBER_UNKNOWN)
async def other_payer_after_rejection(player: Player) -> None:
    await player.until_item("claim.rejected")
    await player.other_payer()
    await player.until_claims(("P", "voided"), ("P", "paid"))


@pytest.mark.parametrize(
    ("name", "asked", "closed"),
    [
        ("other_payer_after_denial", [(BLUE, "1"), (COMMERCIAL, "1")], "denial.authorization"),
        ("other_payer_after_rejection", [(COMMERCIAL, "1")], "claim.rejected"),
    ],
)
async def test_a_payer_that_paid_nothing_is_left_alone(
    played: Played, name: str, asked: list[tuple[str, str]], closed: str
) -> None:
    end = played[name]
    assert end.accepted == asked
    assert (end.corrections, end.open_items) == ([], [])
    assert end.closed_items[closed] == 1
    assert not any(_accounts(end.claims[0]).values())


@scenario(payer="medicare")
async def other_payer_after_medicare_paid(player: Player) -> None:
    await player.until("paid")
    await player.other_payer()
    await player.until_claims(("P", "paid"), ("P", "paid"))
    await player.until_item("void.needs-a-person")


async def test_medicares_money_for_another_payers_patient_is_a_persons_matter(played: Played) -> None:
    end = played["other_payer_after_medicare_paid"]
    assert end.accepted == [(MEDICARE, "1"), (COMMERCIAL, "1")]
    assert end.open_items == ["void.needs-a-person"]
    assert end.corrections == []


# --- several payers --------------------------------------------------------------------------------------------------


@scenario(payer="medicare", switch=COINSURANCE, second_payer="supplement", second_switch=PAID)
async def second_payer(player: Player) -> None:
    await player.until("paid")
    await player.until("paid", turn="S")


async def test_the_second_payer_takes_over_what_the_first_one_left(played: Played) -> None:
    end = played["second_payer"]
    assert end.accepted == [(MEDICARE, "1"), (SUPPLEMENT, "1")]
    assert end.states == [("P", "paid"), ("S", "paid")]
    assert end.open_items == []
    assert [action for action, _, _ in end.corrections] == ["secondary"]
    first, second = end.claims
    money = first["money"]
    borne = sum(b["paid_cents"] + b["contractual_cents"] for b in money["bearers"].values()) + money["patient_cents"]
    assert borne == money["charge_cents"] == first["charge_cents"] == second["charge_cents"]
    assert all(b["outstanding_cents"] == 0 for b in money["bearers"].values())
    assert second["payments"][0]["paid_cents"] > 0


@scenario(payer="blue", switch=COINSURANCE, second_payer="supplement", second_switch=PAID)
async def second_payer_and_addendum(player: Player) -> None:
    await player.until("paid", turn="S")
    await player.addendum()
    await player.until_event("ClaimBuilt", 4)


async def test_the_second_payer_is_not_asked_again_for_the_same_share(played: Played) -> None:
    end = played["second_payer_and_addendum"]
    assert end.accepted == [(BLUE, "1"), (SUPPLEMENT, "1"), (BLUE, "7")]
    assert end.states == [("P", "paid"), ("S", "paid")]
    assert end.open_items == []
    assert all(b["outstanding_cents"] == 0 for b in end.claims[0]["money"]["bearers"].values())


@scenario(payer="blue", switch=COINSURANCE, second_payer="supplement", second_switch=PAID)
async def second_payer_and_another_first(player: Player) -> None:
    await player.until("paid", turn="S")
    await player.put(coverages=[player.coverage("commercial_b", COINSURANCE), player.body["coverages"][1]])
    await player.until_claims(("P", "voided"), ("P", "paid"), ("S", "voided"), ("S", "paid"))


async def test_another_first_payer_starts_the_second_one_anew(played: Played) -> None:
    end = played["second_payer_and_another_first"]
    wanted = [(BLUE, "1"), (BLUE, "8"), (COMMERCIAL, "1"), (SUPPLEMENT, "1"), (SUPPLEMENT, "1"), (SUPPLEMENT, "8")]
    assert sorted(end.accepted) == sorted(wanted)
    assert end.open_items == []
    assert not any(_accounts(end.claims[0]).values())
    assert all(b["outstanding_cents"] == 0 for b in end.claims[1]["money"]["bearers"].values())


@scenario(payer="medicare", switch=CROSSOVER, second_payer="supplement", second_switch=PAID)
async def crossed_over(player: Player) -> None:
    await player.until_item("cob.crossover")


async def test_a_claim_that_the_payer_forwarded_is_not_sent_again(played: Played) -> None:
    end = played["crossed_over"]
    assert end.accepted == [(MEDICARE, "1")]
    assert end.open_items == ["cob.crossover"]
    assert end.corrections == []


# --- rejected --------------------------------------------------------------------------------------------------------


@scenario(switch=SUBSCRIBER_UNKNOWN)
async def revised_after_277ca_rejection(player: Player) -> None:
    await player.until_item("claim.rejected")
    await player.member_id()
    await player.until("paid")


async def _revised_after_999(player: Player) -> None:
    await player.until_item("claim.rejected")
    await player.member_id()
    await player.until("paid")


@scenario(before_sending=True, then=_revised_after_999, switch=REJECTED_999)
async def revised_after_999_rejection(player: Player) -> None:
    await player.until_event("ClaimBuilt")


@pytest.mark.parametrize("name", ["revised_after_277ca_rejection", "revised_after_999_rejection"])
async def test_a_rejected_claim_goes_out_again_as_an_original(played: Played, name: str) -> None:
    end = played[name]
    assert end.accepted == [(BLUE, "1")]
    assert len({row["patient_control_number"] for row in end.rows}) == 1
    assert len({row["file_id"] for row in end.rows}) == len(end.rows) >= 2, "a new interchange"
    assert end.states == [("P", "paid")]
    assert (end.corrections, end.open_items) == ([], [])
    assert end.closed_items["claim.rejected"] == 1


async def test_neighbours_of_a_rejected_claim_are_sent_once_more(played: Played) -> None:
    innocent = [
        [row for row in end.rows if row["patient_control_number"] == claim["patient_control_number"]]
        for end in played.ends.values()
        for claim in end.claims
        if any(
            row["outcome"] == "rejected_999_with_neighbour"
            and row["patient_control_number"] == claim["patient_control_number"]
            for row in end.rows
        )
    ]
    assert innocent, "the 999 took a whole transaction set down"
    for rows in innocent:
        assert [row["stage"] for row in rows] == ["rejected_999", "accepted"]
        assert len({row["file_id"] for row in rows}) == 2
    for name in ("addendum_before_sending", "other_payer_before_sending"):
        assert not played[name].closed_items["claim.rejected"], "it is nobody's work"


# --- people ----------------------------------------------------------------------------------------------------------


_UNCERTAIN = {k: v for k, v in load_cases()["uncertain-breathlessness"].items() if k not in ("payer", "switch")}


@scenario(**_UNCERTAIN)
async def coder_releases_and_the_emr_revises(player: Player) -> None:
    await player.until_item("encounter.held")  # a hold that is released before followup-svc saw it leaves no item
    await player.release_review("J18.9")
    await player.until("paid")
    await player.put(total_minutes=21)
    await player.until_item("encounter.held")
    await player.release_review("J22", version=2)
    await player.until_event("ClaimBuilt", 3)
    await player.until("paid")


async def test_a_coders_second_release_replaces_the_paid_claim(played: Played) -> None:
    end = played["coder_releases_and_the_emr_revises"]
    assert end.accepted == [(BLUE, "1"), (BLUE, "7")]
    assert end.states == [("P", "paid")]
    assert end.open_items == []
    assert end.closed_items["encounter.held"] == 2


@scenario(without=["address"])
async def biller_fixes_and_releases(player: Player) -> None:
    await player.until_item("claim.held")
    claim = (await player.claims())[0]
    await player.fix(claim, "coverage/subscriber/address", player.body["billing_provider"]["address"])
    await player.until("paid")


@scenario(without=["address"])
async def emr_completes_a_held_claim(player: Player) -> None:
    await player.until_item("claim.held")
    who = player.body["patient"] | {"address": player.body["billing_provider"]["address"]}
    await player.put(patient=who)
    await player.until("paid")


@pytest.mark.parametrize("name", ["biller_fixes_and_releases", "emr_completes_a_held_claim"])
async def test_a_held_claim_is_sent_once_when_it_is_complete(played: Played, name: str) -> None:
    end = played[name]
    assert end.accepted == [(BLUE, "1")]
    assert end.states == [("P", "paid")]
    assert end.open_items == []
    assert end.closed_items["claim.held"] == 1


@scenario(switch=UNAUTHORIZED)
async def biller_asks_for_a_correction(player: Player) -> None:
    await player.until_item("denial.authorization")
    (claim,) = await player.claims()
    body = {"action": "rebill", "reason_code": "payer.asked-again"}
    assert await player.order(claim, "corrections", body) == 202
    assert await player.order(claim, "corrections", body) == 202, "the same order is the same answer"
    assert await player.order(claim, "corrections", body, key="other") == 409, "once per claim and reason"
    await player.until_event("ClaimDenied", 2)


async def test_a_billers_correction_goes_out_once_and_starts_no_loop(played: Played) -> None:
    end = played["biller_asks_for_a_correction"]
    assert end.accepted == [(BLUE, "1"), (BLUE, "7")]
    assert end.states == [("P", "denied")]
    assert end.corrections == [("rebill", "payer.asked-again", "7")]
    assert end.open_items == ["denial.authorization"]
    assert end.closed_items["denial.authorization"] == 1


@scenario(switch=DIAGNOSIS_UNFIT)
async def biller_asks_the_coder(player: Player) -> None:
    await player.until("denied")
    (claim,) = await player.claims()
    assert await player.order(claim, "corrections", {"action": "recode", "reason_code": "diagnosis.questioned"}) == 202
    await player.release_review("R30.0")
    await player.until_event("ClaimDenied", 2)


async def test_a_coders_correction_of_a_denied_claim_is_a_replacement(played: Played) -> None:
    end = played["biller_asks_the_coder"]
    assert end.accepted == [(BLUE, "1"), (BLUE, "7")]
    assert end.corrections == [("recode", "diagnosis.questioned", "7")]
    assert "encounter.held" not in end.open_items


@scenario(switch=UNAUTHORIZED)
async def biller_writes_off(player: Player) -> None:
    await player.until_item("denial.authorization")
    (claim,) = await player.claims()
    order = {"amount_cents": claim["outstanding_cents"], "reason_code": "no-authorization"}
    assert await player.order(claim, "write-offs", {**order, "amount_cents": order["amount_cents"] + 1}, "more") == 409
    assert await player.order(claim, "write-offs", order) == 201
    await player.until("written_off")


async def test_a_write_off_closes_the_claim_and_its_item(played: Played) -> None:
    end = played["biller_writes_off"]
    assert end.accepted == [(BLUE, "1")]
    assert end.states == [("P", "written_off")]
    assert end.claims[0]["closed"]
    assert end.open_items == []
    assert end.claims[0]["money"]["bearers"]["P"]["written_off_cents"] == end.claims[0]["charge_cents"]


# --- all of them -----------------------------------------------------------------------------------------------------


async def test_every_ledger_balances_at_every_moment(played: Played) -> None:
    assert played.watch.by_database > 5
    assert played.watch.wrong == []
    for name, end in played.ends.items():
        for claim in end.claims:
            assert claim["money"]["balanced"], name
            assert sum(_accounts(claim).values()) == 2 * _accounts(claim)["charges"], name


async def test_no_payer_took_a_request_twice_and_no_correction_ran_twice(played: Played) -> None:
    for name, end in played.ends.items():
        assert not [row for row in end.rows if row["duplicate"]], name
        asked = Counter((c["claim_id"], e["data"]["action"], e["data"]["reason_code"]) for c in end.claims
                        for e in c["timeline"] if e["event_type"] == "CorrectionRequested")  # fmt: skip
        assert all(times == 1 for times in asked.values()), name
        assert end.events("CorrectionRefused") == 0, name


async def test_nothing_was_set_aside(played: Played, live: Live) -> None:
    for service in SERVICE_DATABASES:
        query = "SELECT reason, event_type, convert_from(key, 'utf-8') AS key FROM dead_letter"
        letters = await live.rows(service, query)
        mine = {end.encounter["encounter_id"] for end in played.ends.values()}
        assert [tuple(row) for row in letters if row["key"] in mine] == [], service


def _accounts(claim: dict[str, Any]) -> Counter[str]:
    """Cents per account of a claim's ledger as its transfers tell; charges are counted as what was charged."""
    found: Counter[str] = Counter()
    for transfer in claim["transfers"]:
        for account, sign in ((transfer["debit_account"], 1), (transfer["credit_account"], -1)):
            found[account] += transfer["amount_cents"] * (-sign if account == "charges" else sign)
    return found
