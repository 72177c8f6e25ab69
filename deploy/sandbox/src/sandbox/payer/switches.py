"""A member's switch: the outcome that a member id asks for. A pure function of the id.

Two forms, both at the very end of the member id; an id without one is adjudicated by the plan's rules alone.

`…XXnn` or `…XXnnk`   the outcome nn of `OUTCOMES`; the optional digit k is the number of faulty attempts of
                      the outcomes 80 to 84 (default 2). `1EG4TE5XX60` is a well-formed Medicare number.
`…XDggc` / `…XDggcRr` every line denied with group gg (CO, OA, PI, PR), CARC c and RARC r:
                      `W2031144XDCO197`, `W2031144XDCO16RN382`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Stage = Literal["adjudication", "interchange", "transaction_set", "claim_acknowledgement", "delivery", "gateway"]
"""Where a switch acts."""


@dataclass(frozen=True, slots=True)
class Denial:
    """Group code, claim adjustment reason code, optional remittance advice remark code."""

    group: str
    reason: str
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """STC01 of a 277CA: claim status category, claim status, entity identifier code."""

    category: str
    status: str
    entity: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of the table: its name is what the books and the sample day call it."""

    name: str
    stage: Stage
    about: str
    denial: Denial | None = None
    rejection: Rejection | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """What a member id asks for; `attempts` counts only for gateway faults."""

    outcome: Outcome
    attempts: int = 2

    @property
    def name(self) -> str:
        """The outcome's name."""
        return self.outcome.name


def _denied(group: str, reason: str, remark: str | None = None, *, about: str) -> Outcome:
    return Outcome("denied", "adjudication", about, denial=Denial(group, reason, remark))


def _rejected(category: str, status: str, entity: str | None = None, *, about: str) -> Outcome:
    rejection = Rejection(category, status, entity)
    return Outcome("rejected_277ca", "claim_acknowledgement", about, rejection=rejection)


NATURAL: Final = Switch(Outcome("natural", "adjudication", "adjudicated by the plan's rules alone"))

OUTCOMES: Final[dict[str, Outcome]] = {
    "00": Outcome("paid", "adjudication", "allowed amount paid, nothing left for the patient"),
    "01": Outcome("paid_coinsurance", "adjudication", "deductible met, coinsurance of 20 % is the patient's"),
    "02": Outcome("paid_copay", "adjudication", "a copay on the visit is the patient's"),
    "03": Outcome("deductible", "adjudication", "nothing paid: the allowed amount is all deductible; no denial"),
    "10": Outcome("rejected_ta1", "interchange", "TA1 rejects the file, once per patient control number"),
    "11": Outcome("rejected_999", "transaction_set", "999 rejects the transaction set and names the claim"),
    "12": Outcome("accepted_999_e", "transaction_set", "999 notes an error and accepts (E); then paid"),
    "20": _rejected("A3", "21", about="returned as unprocessable"),
    "21": _rejected("A6", "164", "IL", about="missing: the subscriber's member number"),
    "22": _rejected("A7", "562", "82", about="invalid: the rendering provider's NPI"),
    "23": _rejected("A8", "254", about="relation of fields: principal diagnosis"),
    "24": _rejected("A7", "33", "IL", about="subscriber not found"),
    "25": Outcome(
        "rejected_once",
        "claim_acknowledgement",
        "rejected the first time, accepted and paid when sent again",
        rejection=Rejection("A6", "125", "IL"),
    ),
    "30": _denied("CO", "16", "N382", about="missing or invalid patient identifier"),
    "31": _denied("CO", "16", "MA130", about="unprocessable; a new claim is wanted, no appeal"),
    "32": _denied("CO", "197", about="authorization missing"),
    "33": _denied("CO", "50", "N115", about="not medically necessary under a local coverage determination"),
    "34": _denied("CO", "97", about="included in another service"),
    "35": _denied("PR", "96", "N425", about="excluded by statute"),
    "36": _denied("PR", "204", "N130", about="not covered by the plan"),
    "37": _denied("CO", "29", about="filed too late"),
    "38": _denied("OA", "18", about="exact duplicate"),
    "39": _denied("CO", "22", "MA04", about="another payer comes first"),
    "40": _denied("PR", "27", about="coverage had ended"),
    "41": _denied("PR", "31", about="patient not recognised (CLP02 = 4)"),
    "42": _denied("CO", "4", "N519", about="modifier missing or inconsistent"),
    "43": _denied("CO", "11", about="diagnosis does not fit the procedure"),
    "44": _denied("CO", "252", "N706", about="documentation wanted"),
    "45": _denied("CO", "B7", "N570", about="provider not eligible on the date of service"),
    "46": _denied("CO", "151", about="so many services are not supported"),
    "47": _denied("PR", "119", about="benefit maximum reached"),
    "48": _denied("CO", "236", about="code combination not allowed on one day"),
    "49": _denied("OA", "109", "N418", about="sent to the wrong payer"),
    "50": Outcome("partially_paid", "adjudication", "the last line, or half of an only line, is denied (CO-151)"),
    "51": Outcome("partially_paid", "adjudication", "the same with CO-16 and N4", denial=Denial("CO", "16", "N4")),
    "60": Outcome("reversed_corrected", "adjudication", "paid, then reversed and corrected to 80 % in one 835"),
    "61": Outcome("reversed", "adjudication", "paid, then reversed for good"),
    "62": Outcome("takeback", "adjudication", "reversed and corrected with WO: held now, taken from a later 835"),
    "63": Outcome("interest", "adjudication", "paid with interest (PLB L6)"),
    "64": Outcome("split", "adjudication", "split on acceptance (A5): one remittance claim per line group"),
    "65": Outcome("crossover", "adjudication", "paid, and the coinsurance forwarded to the next payer (CLP02 = 19)"),
    "70": Outcome("acks_out_of_order", "delivery", "277CA before the 999; then paid"),
    "71": Outcome("remittance_first", "delivery", "835 before the 277CA"),
    "72": Outcome("duplicated_same_id", "delivery", "acknowledgement and remittance twice under one webhook id"),
    "73": Outcome("duplicated_new_id", "delivery", "acknowledgement and remittance twice under two webhook ids"),
    "74": Outcome("late", "delivery", "acknowledgement and remittance late"),
    "75": Outcome("unbalanced", "delivery", "an 835 whose service line does not add up; no better one follows"),
    "76": Outcome("silent", "delivery", "accepted, but neither a 277CA nor an 835 ever comes"),
    "80": Outcome("error_before", "gateway", "503 before accepting; then paid"),
    "81": Outcome("error_after", "gateway", "500 after accepting; then paid"),
    "82": Outcome("hang_before", "gateway", "no answer, not accepted; then paid"),
    "83": Outcome("hang_after", "gateway", "accepted, but no answer; then paid"),
    "84": Outcome("too_many_requests", "gateway", "429 with Retry-After; then paid"),
}
"""The table that README and tests print; names are stable."""

_TABLE = re.compile(r"XX([0-9]{2})([1-9])?$")
_CHOSEN = re.compile(r"XD(CO|OA|PI|PR)([0-9]{1,3}|[A-Z][0-9]{1,2})(?:R((?:N|M|MA)[0-9]{1,3}))?$")


def switch_of(member_id: str) -> Switch:
    """Read the switch at the end of a member id; `NATURAL` where there is none or the number is unknown."""
    if table := _TABLE.search(member_id):
        outcome = OUTCOMES.get(table[1])
        return Switch(outcome, int(table[2] or 2)) if outcome else NATURAL
    if chosen := _CHOSEN.search(member_id):
        about = "denied as the member id asks"
        return Switch(_denied(chosen[1], chosen[2], chosen[3], about=about))
    return NATURAL


def is_forced_payment(switch: Switch) -> bool:
    """True where the outcome is about the road, not the money: the claim itself is paid in full."""
    return switch.outcome.stage != "adjudication" and switch is not NATURAL
