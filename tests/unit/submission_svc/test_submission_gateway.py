"""The HTTP adapter against a real socket, and the breaker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import uuid4

import pytest
from kit.tenancy import GatewayAccount
from submission_svc.domain import AnswerKind
from submission_svc.gateway.breaker import FAILURES_TO_OPEN, Breaker
from submission_svc.gateway.http import HttpGateway, HttpTimeouts, retry_after_seconds

BODY = b"ISA*exact bytes~" * 100
Script = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """A socket that answers each request by the next script, and keeps what it was sent."""

    scripts: list[Script] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    open_now: int = 0
    open_most: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    (int(x.split(b":")[1]) for x in head.lower().split(b"\r\n") if x.startswith(b"content-length")), 0
                )
                self.requests.append(head + await reader.readexactly(length))
                self.open_now += 1
                self.open_most = max(self.open_most, self.open_now)
                try:
                    await self.scripts.pop(0)(writer)
                finally:
                    self.open_now -= 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def account(self, **more: object) -> GatewayAccount:
        told = {
            "id": "prairie-gw", "url": f"http://127.0.0.1:{self.port}/gateways/prairie-gw/", "api_key": "the-key",
            "webhook_secrets": ["whsec_AAAA"], "submitter_id": "S", "submitter_name": "S", "submitter_phone": "1",
            "receiver_id": "R", "receiver_name": "R",
        }  # fmt: skip
        return GatewayAccount.model_validate({**told, **more})

    def gateway(self, read: float = 0.3, **more: object) -> HttpGateway:
        return HttpGateway(self.account(**more), HttpTimeouts(connect=0.3, write=0.3, read=read))


def reply(status: int, body: bytes = b"", *headers: str) -> Script:
    async def script(writer: asyncio.StreamWriter) -> None:
        head = "".join(f"{h}\r\n" for h in headers)
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n{head}\r\n".encode() + body)
        await writer.drain()

    return script


async def hang(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(1.5)


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    state = Server()
    listening = await asyncio.start_server(state.serve, "127.0.0.1", 0)
    state.port = listening.sockets[0].getsockname()[1]
    yield state
    listening.close()


async def test_posts_the_exact_bytes_under_the_key(server: Server) -> None:
    server.scripts = [reply(202, b'{"file_id": "F1"}')]
    gateway, key = server.gateway(), uuid4()
    answer = await gateway.send(BODY, key)
    await gateway.close()
    assert (answer.kind, answer.code, answer.reference) == (AnswerKind.TAKEN, "http-202", "F1")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == BODY
    lines = head.decode().lower().split("\r\n")
    assert lines[0] == "post /gateways/prairie-gw/files http/1.1"
    for header in (f"idempotency-key: {key}", "content-type: application/edi-x12", "authorization: bearer the-key"):
        assert header in lines


@pytest.mark.parametrize(
    ("script", "kind", "code"),
    [
        (reply(200, b"not json"), AnswerKind.TAKEN, "http-200"),
        (reply(400), AnswerKind.REFUSED, "http-400"),
        (reply(413), AnswerKind.REFUSED, "http-413"),
        (reply(422), AnswerKind.REFUSED, "http-422"),
        (reply(409), AnswerKind.DUPLICATE, "http-409"),
        (reply(409, b"", "retry-after: 1"), AnswerKind.UNKNOWN, "http-409"),
        (reply(401), AnswerKind.UNKNOWN, "http-401"),
        (reply(404), AnswerKind.UNKNOWN, "http-404"),
        (reply(408), AnswerKind.UNKNOWN, "http-408"),
        (reply(425), AnswerKind.UNKNOWN, "http-425"),
        (reply(429, b"", "retry-after: 7"), AnswerKind.UNKNOWN, "http-429"),
        (reply(500), AnswerKind.UNKNOWN, "http-500"),
        (reply(503), AnswerKind.UNKNOWN, "http-503"),
        (reply(302, b"", "location: http://127.0.0.1:1/"), AnswerKind.UNKNOWN, "http-302"),
        (hang, AnswerKind.UNKNOWN, "read-timeout"),
        (reset, AnswerKind.UNKNOWN, "remote-protocol-error"),
    ],
)
async def test_what_each_answer_means(server: Server, script: Script, kind: AnswerKind, code: str) -> None:
    server.scripts = [script]
    gateway = server.gateway()
    answer = await gateway.send(BODY, uuid4())
    await gateway.close()
    assert answer.kind is kind
    assert answer.code == code or (code == "remote-protocol-error" and answer.code == "read-error")
    assert len(server.requests) == 1, "a redirect or retry was followed"


async def test_nobody_listening_is_unknown() -> None:
    gateway = Server(port=1).gateway()
    answer = await gateway.send(BODY, uuid4())
    await gateway.close()
    assert (answer.kind, answer.code) == (AnswerKind.UNKNOWN, "connect-error")


async def test_retry_after_is_kept(server: Server) -> None:
    server.scripts = [reply(429, b"", "retry-after: 7")]
    gateway = server.gateway()
    assert (await gateway.send(BODY, uuid4())).retry_after_seconds == 7
    await gateway.close()


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (reply(200, b'{"file_id": "F9"}'), AnswerKind.TAKEN),
        (reply(404), AnswerKind.ABSENT),
        (reply(410), AnswerKind.ABSENT),
        (reply(405), AnswerKind.UNASKABLE),
        (reply(501), AnswerKind.UNASKABLE),
        (reply(500), AnswerKind.UNKNOWN),
        (reply(401), AnswerKind.UNKNOWN),
        (hang, AnswerKind.UNKNOWN),
    ],
)
async def test_the_question_after_a_file(server: Server, script: Script, kind: AnswerKind) -> None:
    server.scripts = [script]
    gateway, key = server.gateway(), uuid4()
    answer = await gateway.find(key)
    await gateway.close()
    assert answer.kind is kind
    assert server.requests[0].startswith(f"GET /gateways/prairie-gw/files/{key} ".encode())


async def test_a_huge_answer_is_not_read_to_its_end(server: Server) -> None:
    async def flood(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
        for _ in range(200):
            writer.write(b"x" * 65536)
            await writer.drain()

    server.scripts = [flood, reply(200)]
    gateway = server.gateway()
    assert (await gateway.send(BODY, uuid4())).kind is AnswerKind.TAKEN
    assert (await gateway.send(BODY, uuid4())).kind is AnswerKind.TAKEN
    await gateway.close()


async def test_the_pool_survives_timeouts_and_the_cap_holds(server: Server) -> None:
    """20 requests at once over 2 connections that all hang: afterwards the pool still works (httpcore #1093)."""
    server.scripts = [hang] * 20 + [reply(200)] * 5
    gateway = server.gateway(read=0.05, max_concurrency=2)
    answers = await asyncio.gather(*(gateway.send(BODY, uuid4()) for _ in range(20)))
    assert {a.code for a in answers} == {"read-timeout"}
    await asyncio.sleep(0)
    after = [await server_ok(gateway) for _ in range(5)]
    await gateway.close()
    assert after == [AnswerKind.TAKEN] * 5


async def server_ok(gateway: HttpGateway) -> AnswerKind:
    return (await gateway.send(BODY, uuid4())).kind


async def test_no_more_than_the_cap_at_once(server: Server) -> None:
    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        await reply(200)(writer)

    server.scripts = [slow] * 12
    gateway = server.gateway(max_concurrency=3)
    answers = await asyncio.gather(*(gateway.send(BODY, uuid4()) for _ in range(12)))
    await gateway.close()
    assert {a.kind for a in answers} == {AnswerKind.TAKEN}
    assert server.open_most == 3


def test_retry_after_forms() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert retry_after_seconds("120") == 120
    assert 85 < (retry_after_seconds(later) or 0) <= 90
    assert retry_after_seconds(format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)) == 0
    assert [retry_after_seconds(x) for x in (None, "", "soon", "-5", "9" * 40)] == [None] * 5


def test_the_breaker_opens_probes_and_closes() -> None:
    now = [100.0]
    breaker = Breaker(lambda: now[0])
    assert breaker.allowance(4, 1) == 3
    for _ in range(FAILURES_TO_OPEN):
        breaker.failed()
    assert breaker.allowance(4, 0) == 0
    now[0] += 1.0
    assert breaker.allowance(4, 0) == 1
    assert breaker.allowance(4, 1) == 0
    breaker.failed()
    now[0] += 1.5
    assert breaker.allowance(4, 0) == 0
    now[0] += 0.5
    assert breaker.allowance(4, 0) == 1
    for _ in range(50):
        breaker.failed()
    now[0] += 15
    assert breaker.allowance(4, 0) == 1
    breaker.succeeded()
    assert breaker.allowance(4, 0) == 4
