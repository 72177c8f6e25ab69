"""Standard Webhooks signatures, version 1: HMAC-SHA256 over `id.timestamp.body` with the decoded whsec_ secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence


def signature_headers(webhook_id: str, timestamp: int, body: bytes, whsec: Sequence[str]) -> dict[str, str]:
    """The three headers; `timestamp` is the second of this attempt. One signature per live secret, space-separated."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    signatures = (hmac.new(_key(secret), signed, hashlib.sha256).digest() for secret in whsec)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(s).decode()}" for s in signatures),
    }


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


def new_webhook_id() -> str:
    """An id that no other webhook has."""
    return f"msg_{secrets.token_hex(16)}"


def new_traceparent() -> str:
    """W3C trace context of a trace that starts at the payer, sampled."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
