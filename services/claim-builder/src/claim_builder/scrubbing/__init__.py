"""Scrubbing: repair what admits no second opinion, then run every edit over the claim.

`EDITS` is the table of all of them; `docs/edits.md` is generated from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from events.phi import ClaimContent

from claim_builder.scrubbing import (
    institutional,
    institutional_values,
    snip1_syntax,
    snip2_requirement,
    snip2_values,
    snip3_balance,
    snip4_dates,
    snip4_order,
    snip4_parts,
    snip4_shapes,
    snip4_situation,
    snip5_codes,
    snip5_identifiers,
    snip5_providers,
    snip6_bundling,
    snip6_companions,
    snip6_services,
    snip6_visits,
    snip7_payer,
)
from claim_builder.scrubbing.edit import (
    EarlierLine,
    Edit,
    Finding,
    ScrubContext,
    Severity,
    Snip,
    Subject,
    finding,
)
from claim_builder.scrubbing.occasions import EditIndex
from claim_builder.scrubbing.payers import PayerProfiles, load_profiles
from claim_builder.scrubbing.repairing import REPAIRS, repair
from claim_builder.scrubbing.snip5_codes import warm_up

__all__ = [
    "EDITS",
    "INSTITUTIONAL",
    "PROFESSIONAL",
    "REPAIRS",
    "EarlierLine",
    "Edit",
    "Finding",
    "PayerProfiles",
    "ScrubContext",
    "Scrubbed",
    "Severity",
    "Snip",
    "blocks",
    "load_profiles",
    "scrub",
    "warm_up",
]

PROFESSIONAL: Final[tuple[Edit, ...]] = tuple(
    edit
    for table in (
        snip1_syntax.EDITS,
        snip2_requirement.EDITS,
        snip2_values.EDITS,
        snip3_balance.EDITS,
        snip4_dates.EDITS,
        snip4_order.EDITS,
        snip4_parts.EDITS,
        snip4_situation.EDITS,
        snip4_shapes.EDITS,
        snip5_identifiers.EDITS,
        snip5_providers.EDITS,
        snip5_codes.EDITS,
        snip6_services.EDITS,
        snip6_visits.EDITS,
        snip6_companions.EDITS,
        snip6_bundling.EDITS,
        snip7_payer.EDITS,
    )
    for edit in table.edits
)
"""The edits of a professional claim."""
INSTITUTIONAL: Final[tuple[Edit, ...]] = (
    *(edit for edit in PROFESSIONAL if edit.code not in institutional.OF_PROFESSIONAL_ONLY),
    *institutional.EDITS,
    *institutional_values.EDITS,
)
"""The edits of an institutional claim."""
EDITS: Final = (*PROFESSIONAL, *institutional.EDITS, *institutional_values.EDITS)
_RANK: Final = {severity: rank for rank, severity in enumerate(Severity)}
_PROFESSIONAL, _INSTITUTIONAL = EditIndex(PROFESSIONAL), EditIndex(INSTITUTIONAL)


class Scrubbed(NamedTuple):
    """A claim after its repairs, with everything that was found or repaired: what holds it first, repairs last."""

    content: ClaimContent
    findings: tuple[Finding, ...]


def scrub(content: ClaimContent, context: ScrubContext) -> Scrubbed:
    """Repair and examine one claim. Pure: the same claim on the same day gives the same findings.

    What rules of the practice set is repaired and examined as if it had come so.
    """
    mended, repairs = repair(content)
    own: tuple[Finding, ...] = ()
    if context.rules is not None:
        ruled, own = context.rules.apply(mended, context)
        if ruled is not mended:
            mended, more = repair(ruled)
            repairs = (*repairs, *more)
    subject = Subject(mended, context)
    index = _PROFESSIONAL if mended.institutional is None else _INSTITUTIONAL
    found = tuple(finding(edit, place) for edit in index.of(subject) for place in edit.check(subject))
    return Scrubbed(mended, _worst_first((*repairs, *found, *own)))


def _worst_first(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """By severity, and in the order of finding within."""
    return tuple(sorted(findings, key=lambda it: _RANK[it.severity])) if len(findings) > 1 else findings


def blocks(findings: Iterable[Finding]) -> bool:
    """Whether any of them holds the claim."""
    return any(found.blocks for found in findings)
