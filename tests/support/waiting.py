"""Waits for what comes about by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest


async def eventually(condition: Callable[[], Awaitable[Any]], seconds: float = 40, what: str = "") -> Any:
    """Wait until an async condition gives something true and return it; services may be away meanwhile."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            found = await condition()
        except (httpx.TransportError, OSError, asyncpg.PostgresError):
            found = None
        if found:
            return found
        if asyncio.get_running_loop().time() > deadline:
            pytest.fail(f"did not come about in {seconds} s: {what or condition}")
        await asyncio.sleep(0.1)
