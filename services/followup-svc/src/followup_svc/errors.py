"""Problems that the API answers with: a stable code, and what to do."""

from __future__ import annotations

from kit.api import Problem


def claim_not_found() -> Problem:
    """No such claim in the caller's practice."""
    return Problem(404, "claim.not-found", hint="No claim of your practice has this id.")


def encounter_not_found() -> Problem:
    """No such encounter in the caller's practice."""
    return Problem(404, "encounter.not-found", hint="Nothing of your practice happened under this encounter id.")


def item_not_found() -> Problem:
    """No such work item in the caller's practice."""
    return Problem(404, "work-item.not-found", hint="No work item of your practice has this id.")


def item_closed() -> Problem:
    """The item was closed otherwise before."""
    return Problem(409, "work-item.closed", hint="This work item is closed already; read it to see how.")


def ledger_not_open() -> Problem:
    """The claim has no ledger yet."""
    return Problem(409, "ledger.not-open", hint="The claim was not built yet, so nothing is outstanding on it.")


def exceeds_outstanding(outstanding_cents: int) -> Problem:
    """More than the payer owes cannot be written off."""
    hint = f"At most {max(0, outstanding_cents)} cents are outstanding at this payer turn."
    return Problem(409, "write-off.exceeds-outstanding", hint=hint, pointer="/amount_cents")


def patient_responsibility() -> Problem:
    """The patient's share is not written off here."""
    return Problem(
        409,
        "write-off.patient-responsibility",
        hint="What is left is the patient's share: it is billed, not written off.",
        pointer="/amount_cents",
    )


def already_corrected() -> Problem:
    """One correction per claim and reason."""
    return Problem(
        409,
        "correction.already-requested",
        hint="A correction of this claim for this reason was requested before; name what changed by another reason.",
        pointer="/reason_code",
    )


def no_replacement() -> Problem:
    """The payer adjudicated the claim and takes no replacement of it."""
    return Problem(
        409,
        "correction.payer-takes-originals-only",
        hint="This payer takes no replacement, or its control number is unknown: ask for a reopening or appeal.",
        pointer="/action",
    )


def no_void() -> Problem:
    """The claim cannot be voided electronically."""
    return Problem(
        409,
        "correction.void-not-possible",
        hint="This payer takes no void, or its control number is unknown: call the payer.",
        pointer="/action",
    )


def no_next_payer() -> Problem:
    """There is nobody to bill after this payer."""
    return Problem(
        409,
        "correction.no-next-payer",
        hint="The patient has no later coverage, or this payer has not decided yet.",
        pointer="/action",
    )


def key_missing() -> Problem:
    """Commands that move money need an idempotency key."""
    return Problem(400, "idempotency.key-missing", hint="Send the header Idempotency-Key, new for each command.")
