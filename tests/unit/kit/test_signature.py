"""Standard Webhooks signatures, checked against the reference library."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.webhooks.signature import verify
from pydantic import SecretStr
from standardwebhooks import Webhook

SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes or more").decode()
OTHER = "whsec_" + base64.b64encode(b"another secret, just rotated").decode()
BODY = b"ISA*00*          *00*          *ZZ*PAYER          *ZZ*\xff\xfe~"


def headers(
    body: bytes = BODY, secret: str = SECRET, at: float | None = None, webhook_id: str = "msg_1"
) -> dict[str, str]:
    import hashlib
    import hmac

    stamp = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{webhook_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(mac).decode()
    return {"webhook-id": webhook_id, "webhook-timestamp": stamp, "webhook-signature": signature}


def secrets(*values: str) -> list[SecretStr]:
    return [SecretStr(value) for value in values]


def test_the_reference_library_signs_what_we_accept() -> None:
    now = datetime.now(UTC)
    signature = Webhook(SECRET).sign("msg_1", now, "ISA*00~")
    given = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    assert verify(b"ISA*00~", given, secrets(SECRET))


def test_any_live_secret_fits_and_bodies_need_not_be_utf8() -> None:
    assert verify(BODY, headers(secret=OTHER), secrets(SECRET, OTHER))
    assert not verify(BODY, headers(secret=OTHER), secrets(SECRET))


@pytest.mark.parametrize(("skew", "accepted"), [(-290, True), (290, True), (-310, False), (310, False)])
def test_the_window_is_five_minutes_either_way(skew: int, accepted: bool) -> None:
    assert verify(BODY, headers(at=time.time() + skew), secrets(SECRET)) is accepted


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
        {"webhook-id": "x" * 201},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "1e9"},
        {"webhook-timestamp": "\u0661\u0662"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,a,b"},
        {"webhook-signature": "v1a,AAAA v2,BBBB"},
        {"webhook-signature": "v1,\u00e9\u00e9"},
    ],
)
def test_a_changed_header_is_refused(change: dict[str, str]) -> None:
    assert not verify(BODY, {**headers(), **change}, secrets(SECRET))


def test_a_changed_body_or_missing_header_is_refused() -> None:
    assert not verify(BODY + b" ", headers(), secrets(SECRET))
    for name in headers():
        assert not verify(BODY, {k: v for k, v in headers().items() if k != name}, secrets(SECRET))


@given(st.text(), st.text(), st.text(), st.binary())
def test_it_never_raises(webhook_id: str, stamp: str, signature: str, body: bytes) -> None:
    given_headers = {"webhook-id": webhook_id, "webhook-timestamp": stamp, "webhook-signature": signature}
    assert not verify(body, given_headers, secrets(SECRET))
