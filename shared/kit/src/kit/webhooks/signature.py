"""Standard Webhooks signatures: HMAC-SHA256 over `id.timestamp.body`, any of several secrets, five minutes either way.

The reference library decodes the body as UTF-8 before it checks, so it refuses signed X12 in any other encoding; a
payer does not send twice, hence these lines over raw bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence

from pydantic import SecretStr

MAX_ID_LENGTH = 200
TOLERANCE_SECONDS = 300


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[SecretStr]) -> bool:
    """True if one of the secrets signed this body within ±300 s of real time; never raises."""
    webhook_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not 1 <= len(webhook_id) <= MAX_ID_LENGTH or not webhook_id.isascii() or not webhook_id.isprintable():
        return False
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signatures = _signatures(headers.get("webhook-signature", ""))
    signed = b".".join((webhook_id.encode(), timestamp.encode(), body))
    expected = [hmac.new(_key(secret), signed, hashlib.sha256).digest() for secret in secrets]
    # Every pair is compared, so that the time taken does not tell which secret fitted.
    matches = [hmac.compare_digest(wanted, given) for wanted in expected for given in signatures]
    return any(matches)


def _signatures(header: str) -> list[bytes]:
    found = []
    for part in header.split(" ")[:20]:
        version, _, encoded = part.partition(",")
        if version == "v1":
            try:
                found.append(base64.b64decode(encoded, validate=True))
            except (binascii.Error, ValueError):
                continue
    return found


def _key(secret: SecretStr) -> bytes:
    encoded = secret.get_secret_value().removeprefix("whsec_")
    return base64.b64decode(encoded + "=" * (-len(encoded) % 4))
