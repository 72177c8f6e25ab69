"""`POST /v1/webhooks/{account}`: 401 for a bad signature; a good one is stored raw and answered 2xx."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import text

from kit.api.bodies import read_bytes
from kit.api.problems import Problem
from kit.context import Context
from kit.telemetry import annotate, current_traceparent, metrics, names
from kit.webhooks.signature import verify
from kit.webhooks.worker import WAKE

TRANSACTION_SETS = frozenset({"TA1", "999", "997", "824", "277CA", "277", "835"})
_INSERT = text(
    """
    INSERT INTO webhook (account_id, webhook_id, tenant_id, kind, content_type, body, body_sha256, traceparent)
    VALUES (:account_id, :webhook_id, :tenant_id, :kind, :content_type, :body, :sha256, :traceparent)
    ON CONFLICT (account_id, webhook_id) DO NOTHING
    """
)


def webhook_router() -> APIRouter:
    """The router; the service's WebhookWorker works off what it stores."""
    router = APIRouter(tags=["webhooks"])

    @router.post("/v1/webhooks/{account_id}", status_code=202)
    async def receive(account_id: str, request: Request) -> Response:
        """Take one webhook of a payer gateway (Standard Webhooks headers, raw X12 body)."""
        context: Context = request.app.state.context
        body = await read_bytes(request, context.settings.webhook_limit_bytes)
        tenant_id = _authenticated_tenant(context, account_id, body, request)
        kind = _kind(request.headers.get("x-transaction-set", ""))
        annotate(attributes={names.TRANSACTION_SET: kind, names.GATEWAY_ID: account_id, names.TENANT_ID: tenant_id})
        stored = await _store(context, account_id, tenant_id, kind, body, request)
        metrics.WEBHOOKS.add(1, {"kind": kind, "result": "stored" if stored else "duplicate"})
        if stored:
            WAKE.set()
        return JSONResponse({"status": "stored" if stored else "duplicate"}, 202 if stored else 200)

    return router


def _authenticated_tenant(context: Context, account_id: str, body: bytes, request: Request) -> str:
    found = context.tenants.account(account_id)
    # An unknown account is answered like a bad signature: ids must not be guessable.
    if found is None or not verify(body, request.headers, found[1].webhook_secrets):
        metrics.WEBHOOKS.add(1, {"kind": "unknown", "result": "refused"})
        raise Problem(401, "webhook.signature-invalid", hint="Sign id.timestamp.body with a live secret, within 300 s.")
    return found[0].id


async def _store(context: Context, account_id: str, tenant_id: str, kind: str, body: bytes, request: Request) -> bool:
    async with context.database.transaction([tenant_id]) as transaction:
        result = await transaction.execute(
            _INSERT,
            {
                "account_id": account_id,
                "webhook_id": request.headers["webhook-id"],
                "tenant_id": tenant_id,
                "kind": kind,
                "content_type": _token(request.headers.get("content-type", "")),
                "body": body,
                "sha256": hashlib.sha256(body).digest(),
                "traceparent": current_traceparent(),
            },
        )
    return bool(result.rowcount)


def _kind(value: str) -> str:
    """The sender's word for the transaction set, where it is one: it names spans and metrics, so it is bounded."""
    return value if value in TRANSACTION_SETS else "other"


def _token(value: str) -> str:
    kept = "".join(character for character in value[:60] if character.isascii() and character.isprintable())
    return kept or "unknown"
