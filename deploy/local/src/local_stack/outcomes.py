"""The one word for what became of an encounter: by the services, by the payer's books, and as the sample was meant.

`paid`, `patient_share`, `partially_paid`, `denied`, `reversed`, `written_off`, `voided`, `held` and `rejected` are
states of the last claim as followup-svc has them; besides, `corrected` (paid, after a decision was taken back and
replaced), `waiting` (adjudicated, but the payer's remittance cannot be used), `review` (a coder's turn), `closed`
(no claim is wanted), `refused` (intake did not take it), and `on_the_way`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sandbox.emr.status import ClaimStanding, Standing, states_by_books
from sandbox.payer.switches import OUTCOMES

Json = dict[str, Any]

ON_THE_WAY: Final = "on_the_way"
REFUSED: Final = "refused"
_MOVING: Final = frozenset({"unknown", "built", "submitted"})
_BY_PAYER_CORRECTED: Final = frozenset({"reversed_corrected", "takeback"})
_MEANT_WITHOUT_PAYER: Final[Mapping[str, str]] = {
    "waiting_for_signature": "held",
    "codeset_not_loaded": "review",
    "coder_queue": "review",
    "held": "held",
    "self_pay": "closed",
    "withheld": "closed",
}
"""Samples that end before a payer: their books say nothing of them."""
_MEANT_AT_THE_PAYER: Final[Mapping[str, str]] = {
    "deductible": "patient_share",
    "denied": "denied",
    "partially_paid": "partially_paid",
    "rejected_277ca": "rejected",
    "rejected_999": "rejected",
    "rejected_once": "rejected",
    "reversed_corrected": "corrected",
    "takeback": "corrected",
    "reversed": "reversed",
    "unbalanced": "waiting",
    "silent": "waiting",
    "revised": "corrected",
    "cancelled": "voided",
}
"""Samples that a payer decides on; every other one is meant to be paid."""
_SWITCHES: Final = frozenset(each.name for each in OUTCOMES.values())
_ADJUDICATED: Final = frozenset({"paid", "patient_share", "partially_paid", "denied"})


def is_at_rest(standing: Standing) -> bool:
    """Nothing more comes from the services; what is accepted waits for the payer alone."""
    if standing.claims:
        return standing.status != "received" and not any(claim.state in _MOVING for claim in standing.claims)
    return standing.is_at_rest


def outcome_here(standing: Standing, *, was_corrected: bool) -> str:
    """The word by the services; `was_corrected`: another decision came before the one that stands."""
    if not is_at_rest(standing):
        return ON_THE_WAY
    if not standing.claims:
        return "review" if standing.waits_on == "coder" else standing.status
    state = standing.claims[-1].state
    if state == "accepted":
        return "waiting"
    return "corrected" if state == "paid" and was_corrected else state


def outcome_by_books(claims: Sequence[ClaimStanding], books: Mapping[str, Sequence[Json]]) -> str | None:
    """The word by the payer's books (rows by patient control number); None where they do not know the last claim."""
    rows = books.get(claims[-1].patient_control_number, ()) if claims else ()
    if not rows:
        return None
    (state,) = states_by_books(rows).values()
    if state == "accepted":
        return "waiting"
    replaced = any(row["replaced"] for row in rows[:-1]) or rows[-1]["outcome"] in _BY_PAYER_CORRECTED
    last = claims[-1]  # a claim of the same payer beside it is another page of the encounter
    former = [c for c in claims if c.payer_sequence == last.payer_sequence and c.payer_id != last.payer_id]
    replaced |= any(row["stage"] == "accepted" for c in former for row in books.get(c.patient_control_number, ()))
    return "corrected" if state == "paid" and replaced else state


def meant(label: str) -> str | None:
    """The word that a sample of the day is meant to end with; None for a natural one, which the plan decides."""
    if label == "natural":
        return None
    return _MEANT_WITHOUT_PAYER.get(label) or _MEANT_AT_THE_PAYER.get(label, "paid")


def not_as_meant(
    label: str, outcome: str, claims: Sequence[ClaimStanding], books: Mapping[str, Sequence[Json]]
) -> Iterator[str]:
    """What is wrong with a sample of the day, in words; nothing if it ended as meant, for the payer too."""
    wanted = meant(label)
    by_payer = {row["outcome"] for claim in claims for row in books.get(claim.patient_control_number, ())}
    if wanted is None:
        if outcome not in _ADJUDICATED:
            yield f"{outcome}, but it was meant to be adjudicated"
    elif outcome != wanted:
        yield f"{outcome}, but as '{label}' it was meant to be {wanted}"
    elif label in _MEANT_WITHOUT_PAYER and by_payer:
        yield f"the payer has it, but as '{label}' it was meant to stay here"
    elif label in _SWITCHES and label not in by_payer:
        yield f"the payer did {' and '.join(sorted(by_payer)) or 'nothing'}, but '{label}' was asked for"
