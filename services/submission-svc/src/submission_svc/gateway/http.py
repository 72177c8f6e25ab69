"""The HTTP adapter: `POST {url}/files` with the raw X12, `GET {url}/files/{key}` to look. The only user of httpx.

A request is ended by httpx's own timeouts only, never cancelled from outside, and never more are started than the pool
has connections: requests that are cancelled while they wait for a connection block the pool for good (httpcore #1093).
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from uuid import UUID

import httpx
from kit.telemetry import current_traceparent, metrics
from kit.tenancy import GatewayAccount

from submission_svc.domain import Answer, AnswerKind

ANSWER_LIMIT_BYTES = 65_536
CREDENTIAL_OR_ADDRESS = frozenset({401, 403, 404, 405, 407})
"""Our key or the address is wrong: the gateway has not looked at the file, so no claim is to blame. Retried."""
PASSING = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class HttpTimeouts:
    """Seconds for each step; a whole answer may take no longer than twice `read`."""

    connect: float = 5
    write: float = 20
    read: float = 30


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpGateway:
    """One account: its own client, pool and limit."""

    def __init__(self, account: GatewayAccount, timeouts: HttpTimeouts) -> None:
        self._account = account
        self._timeouts = timeouts
        self._slots = asyncio.Semaphore(account.max_concurrency)
        self._client = self._new_client()

    async def send(self, content: bytes, idempotency_key: UUID) -> Answer:
        """POST the exact bytes under the key."""
        headers = {"Content-Type": "application/EDI-X12", "Idempotency-Key": str(idempotency_key)}
        response = await self._request("POST", "/files", headers, content)
        return response if isinstance(response, Answer) else answer_to_post(response)

    async def find(self, idempotency_key: UUID) -> Answer:
        """Look for the file of this key."""
        response = await self._request("GET", f"/files/{idempotency_key}", {}, None)
        return response if isinstance(response, Answer) else answer_to_question(response)

    async def close(self) -> None:
        """Close the pool."""
        await self._client.aclose()

    async def _request(
        self, method: str, path: str, headers: dict[str, str], content: bytes | None
    ) -> _Response | Answer:
        trace = current_traceparent()
        if trace:
            headers["traceparent"] = trace
        begun = time.monotonic()
        async with self._slots:
            try:
                return await self._exchange(method, path, headers, content)
            except httpx.PoolTimeout:
                await self._rebuild()
                return Answer(AnswerKind.UNKNOWN, "pool-timeout")
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
                return Answer(AnswerKind.UNKNOWN, _kebab(type(error).__name__))
            finally:
                metrics.GATEWAY_DURATION.record(time.monotonic() - begun, {"http.request.method": method})

    async def _exchange(self, method: str, path: str, headers: dict[str, str], content: bytes | None) -> _Response:
        url = self._account.url.rstrip("/") + path
        deadline = time.monotonic() + 2 * self._timeouts.read + self._timeouts.write
        body = b""
        async with self._client.stream(method, url, headers=headers, content=content) as response:
            # Raw: what a payer compresses could inflate without bound.
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > ANSWER_LIMIT_BYTES:
                    break
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout("the answer drips")
            return _Response(response.status_code, response.headers, body)

    def _new_client(self) -> httpx.AsyncClient:
        limit = self._account.max_concurrency
        return httpx.AsyncClient(
            headers={
                "Authorization": f"Bearer {self._account.api_key.get_secret_value()}",
                "Accept-Encoding": "identity",
            },
            timeout=httpx.Timeout(
                connect=self._timeouts.connect,
                write=self._timeouts.write,
                read=self._timeouts.read,
                pool=self._timeouts.connect,
            ),
            limits=httpx.Limits(max_connections=limit, max_keepalive_connections=limit),
            follow_redirects=False,
            trust_env=False,
        )

    async def _rebuild(self) -> None:
        broken, self._client = self._client, self._new_client()
        await broken.aclose()


class HttpGateways:
    """The HTTP gateways of a process, one per account, made when first used."""

    def __init__(self, timeouts: HttpTimeouts) -> None:
        self._timeouts = timeouts
        self._gateways: dict[str, HttpGateway] = {}

    def of(self, account: GatewayAccount) -> HttpGateway:
        """The account's gateway."""
        if account.id not in self._gateways:
            self._gateways[account.id] = HttpGateway(account, self._timeouts)
        return self._gateways[account.id]

    async def close(self) -> None:
        """Close all pools."""
        for gateway in self._gateways.values():
            await gateway.close()


def answer_to_post(response: _Response) -> Answer:
    """What a status means for the file.

    2xx: taken. 409 without a Retry-After: a duplicate; with one: in flight. 408, 425, 429, 5xx, redirects: unknown.
    Wrong credentials or address: unknown too, for the file was not looked at. Every other 4xx: refused.
    """
    status, code = response.status, f"http-{response.status}"
    wait = retry_after_seconds(response.headers.get("retry-after"))
    if 200 <= status < 300:
        return Answer(AnswerKind.TAKEN, code, _reference(response.body))
    if status == 409 and wait is None:
        return Answer(AnswerKind.DUPLICATE, code, _reference(response.body))
    if not 400 <= status < 500 or status == 409 or status in PASSING or status in CREDENTIAL_OR_ADDRESS:
        return Answer(AnswerKind.UNKNOWN, code, retry_after_seconds=wait)
    return Answer(AnswerKind.REFUSED, code)


def answer_to_question(response: _Response) -> Answer:
    """What a status means for the question after a file: 200 there, 404, 410 not there, 405, 501 cannot be asked."""
    status, code = response.status, f"lookup-http-{response.status}"
    if 200 <= status < 300:
        return Answer(AnswerKind.TAKEN, code, _reference(response.body))
    if status in (404, 410):
        return Answer(AnswerKind.ABSENT, code)
    if status in (405, 501):
        return Answer(AnswerKind.UNASKABLE, code)
    wait = retry_after_seconds(response.headers.get("retry-after"))
    return Answer(AnswerKind.UNKNOWN, code, retry_after_seconds=wait)


def retry_after_seconds(header: str | None) -> float | None:
    """Seconds of a Retry-After (RFC 9110: seconds or an HTTP date); None if absent or senseless."""
    if header is None:
        return None
    if header.strip().isdigit() and len(header) < 12:
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _reference(body: bytes) -> str | None:
    """The gateway's own id of the file, where its JSON answer has one; bounded, since it is a stranger's text."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = answer.get("file_id") or answer.get("reference") if isinstance(answer, dict) else None
    return found[:100] if isinstance(found, str) and found.isascii() and found.isprintable() else None


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
