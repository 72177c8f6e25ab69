"""A lean HTTP client for load: keep-alive connections over asyncio streams, to leave the cores to the system."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Outcome:
    """What came of a load: how many were taken, refused, and how long an answer took in seconds."""

    taken: int = 0
    refused: dict[int, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)


async def post_all(
    url: str, bodies: Sequence[bytes], headers: dict[str, str], *, connections: int, rate: float | None = None
) -> Outcome:
    """POST every body; as fast as they are taken, or `rate` a second. A refusal is counted, not repeated."""
    outcome = Outcome()
    queue = _paced(bodies, rate)
    lock = asyncio.Lock()
    workers = [_work(url, headers, queue, lock, outcome) for _ in range(connections)]
    await asyncio.gather(*workers)
    return outcome


async def _paced(bodies: Sequence[bytes], rate: float | None) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    started = loop.time()
    for number, body in enumerate(bodies):
        if rate is not None:
            await asyncio.sleep(max(0.0, started + number / rate - loop.time()))
        yield body


async def _work(
    url: str, headers: dict[str, str], queue: AsyncIterator[bytes], lock: asyncio.Lock, outcome: Outcome
) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    fixed = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: application/json\r\n{fixed}"
    loop = asyncio.get_running_loop()
    try:
        while True:
            async with lock:
                body = await anext(queue, None)
            if body is None:
                return
            begin = loop.time()
            writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
            status = await _answer(reader)
            outcome.seconds.append(loop.time() - begin)
            if status == 202:
                outcome.taken += 1
            else:
                outcome.refused[status] = outcome.refused.get(status, 0) + 1
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
    await reader.readexactly(length)
    return int(head.split()[1])
