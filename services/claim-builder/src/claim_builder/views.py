"""Reads for the HTTP interface, through SQLModel selects; every one names its tenant besides row-level security."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from kit.database import Transaction
from sqlalchemy import ColumnElement, exists, text, tuple_
from sqlmodel import col, select

from claim_builder.domain import ClaimState
from claim_builder.models import Claim, ClaimFix, ClaimVersionRow
from claim_builder.schemas import ClaimDetail, ClaimOut, EditItem, FindingOut, FixOut, VersionOut

_HAS_TAGS = text("""claim_version.findings @> '[{"severity": "tag"}]'""")
"""As in the partial index of tags, which is used only where these words stand."""
_CODERS_WORK = ("diagnosis.", "procedure.", "code-set.", "code.missing", "line.missing", "visit.")


async def page_of_claims(
    tx: Transaction,
    tenant_id: str,
    state: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    *,
    tag: str | None = None,
) -> list[Claim]:
    """Up to `limit` claims in the order of their making, after the cursor; only those that the rule `tag` marked."""
    query = select(Claim).where(Claim.tenant_id == tenant_id)
    if tag is not None:
        query = query.where(_tagged(tag))
    if state is not None:
        query = query.where(Claim.state == state)
    if after is not None:
        query = query.where(tuple_(col(Claim.created_at), col(Claim.claim_id)) > after)
    query = query.order_by(col(Claim.created_at), col(Claim.claim_id)).limit(limit)
    return list((await tx.session.exec(query)).all())


def _tagged(tag: str) -> ColumnElement[bool]:
    """Whether the newest version of a claim has the tag."""
    of_claim = (
        col(ClaimVersionRow.tenant_id) == col(Claim.tenant_id),
        col(ClaimVersionRow.claim_id) == col(Claim.claim_id),
        col(ClaimVersionRow.claim_version) == col(Claim.claim_version),
    )
    marked = col(ClaimVersionRow.findings).contains([{"severity": "tag", "code": f"rule.{tag}"}])
    return exists().where(*of_claim, _HAS_TAGS, marked)


async def find_claim(tx: Transaction, tenant_id: str, claim: UUID) -> Claim | None:
    """One claim of the tenant, as it stands now, also if this transaction has read it before."""
    query = select(Claim).where(Claim.tenant_id == tenant_id, Claim.claim_id == claim)
    query = query.execution_options(populate_existing=True)
    return (await tx.session.exec(query)).one_or_none()


async def versions_of(tx: Transaction, claim: Claim) -> list[ClaimVersionRow]:
    """All versions of a claim, the newest first."""
    query = select(ClaimVersionRow).where(
        ClaimVersionRow.tenant_id == claim.tenant_id, ClaimVersionRow.claim_id == claim.claim_id
    )
    return list((await tx.session.exec(query.order_by(col(ClaimVersionRow.claim_version).desc()))).all())


async def findings_of(tx: Transaction, claims: Sequence[Claim]) -> dict[UUID, list[dict[str, Any]]]:
    """Findings of the newest versions of those claims that are held."""
    held = [claim for claim in claims if claim.state == ClaimState.HELD]
    if not held:
        return {}
    newest = tuple_(col(ClaimVersionRow.claim_id), col(ClaimVersionRow.claim_version))
    query = select(ClaimVersionRow.claim_id, ClaimVersionRow.findings).where(
        ClaimVersionRow.tenant_id == held[0].tenant_id,
        newest.in_([(claim.claim_id, claim.claim_version) for claim in held]),
    )
    return {claim: list(findings) for claim, findings in (await tx.session.exec(query)).all()}


async def fixes_of(tx: Transaction, claim: Claim) -> list[FixOut]:
    """What billers have changed on a claim, in order."""
    query = select(ClaimFix).where(ClaimFix.tenant_id == claim.tenant_id, ClaimFix.claim_id == claim.claim_id)
    rows = (await tx.session.exec(query.order_by(col(ClaimFix.fix_number)))).all()
    return [
        FixOut(
            field=row.field,
            before=row.value_before,
            after=row.value_after,
            reason=row.reason,
            fixed_by=row.fixed_by,
            fixed_at=row.fixed_at,
            claim_version=row.claim_version,
        )
        for row in rows
    ]


def claim_out(claim: Claim, findings: Sequence[dict[str, Any]] = ()) -> ClaimOut:
    """The claim as a list shows it."""
    return ClaimOut(**_summary(claim, findings))


def edit_item(claim: Claim, findings: Sequence[dict[str, Any]]) -> EditItem:
    """A held claim as the edit queue shows it."""
    return EditItem(**_summary(claim, findings), findings=[FindingOut(**finding) for finding in findings])


def claim_detail(claim: Claim, versions: Sequence[ClaimVersionRow], *, with_content: bool) -> ClaimDetail:
    """The claim with all that was made of it."""
    findings = versions[0].findings if claim.state == ClaimState.HELD else []
    return ClaimDetail(
        **_summary(claim, findings),
        versions=[VersionOut(**version.model_dump(include=set(VersionOut.model_fields))) for version in versions],
        content=versions[0].content if with_content else None,
    )


def waits_on(findings: Sequence[dict[str, Any]]) -> Literal["biller", "coder"] | None:
    """Whose turn it is: the coder's if everything that blocks is about codes, else the biller's."""
    blocking = [finding["code"] for finding in findings if finding["severity"] == "error"]
    if not blocking:
        return None
    return "coder" if all(code.startswith(_CODERS_WORK) for code in blocking) else "biller"


def _summary(claim: Claim, findings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    fields = claim.model_dump(include=set(ClaimOut.model_fields))
    return {**fields, "waits_on": waits_on(findings) if claim.state == ClaimState.HELD else None}
