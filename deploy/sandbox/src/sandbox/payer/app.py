"""The gateway's HTTP face: files in, books out. Answers are JSON; faults are acted out here."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from sandbox.payer.config import Account
from sandbox.payer.desk import BodyChangedError, Taken, UnreadableError
from sandbox.payer.office import Office
from sandbox.payer.switches import OUTCOMES

_log = logging.getLogger("sandbox.app")
_router = APIRouter()
MAX_FILE_BYTES = 32 * 1024 * 1024


def build_app(office: Office) -> FastAPI:
    """The app over an office that it opens and closes."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await office.open()
        work = asyncio.create_task(office.run())
        work.add_done_callback(_stop_when_dead)
        yield
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await office.close()

    app = FastAPI(title="sandbox payer gateway", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.office = office
    app.include_router(_router)
    return app


def _stop_when_dead(work: asyncio.Task[None]) -> None:
    """A gateway that takes files but answers none is worse than none: the process ends and is started again."""
    if not work.cancelled() and work.exception() is not None:
        _log.error("background work died", exc_info=work.exception())
        os.kill(os.getpid(), signal.SIGTERM)


def _office(request: Request) -> Office:
    office: Office = request.app.state.office
    return office


def _account(request: Request, account_id: str, authorization: Annotated[str, Header()] = "") -> Account:
    """The account, if the caller presents its key; 401 otherwise."""
    account = _office(request).config.account(account_id)
    presented = authorization.removeprefix("Bearer ").encode()
    if account is None or not hmac.compare_digest(presented, account.api_key.encode()):
        raise HTTPException(401, "unknown account or wrong API key")
    return account


_Office = Annotated[Office, Depends(_office)]
_Account = Annotated[Account, Depends(_account)]
_Key = Annotated[str, Header(alias="idempotency-key", min_length=1, max_length=128)]


@_router.post("/gateways/{account_id}/files", status_code=202)
async def post_file(request: Request, office: _Office, account: _Account, key: _Key) -> Response:
    """Take an 837P file: 202 once it is on disk; 422 for a key with another body; 400 for what is no X12."""
    body = await _body(request)
    try:
        taken = await office.take(account, key, body)
    except BodyChangedError:
        return _problem(422, "idempotency.body-changed")
    except UnreadableError:
        return _problem(400, "file.unreadable")
    return await _answer(taken, office.delays.hang)


@_router.get("/gateways/{account_id}/files/{idempotency_key}")
async def get_file(idempotency_key: str, office: _Office, account: _Account) -> Response:
    """Was a file taken under this key?"""
    file_id = await office.file_id(account.id, idempotency_key)
    return JSONResponse({"file_id": file_id}) if file_id else _problem(404, "file.not-taken")


@_router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Alive."""
    return {"status": "ok"}


@_router.get("/books")
async def books(office: _Office, after: int = 0, limit: int = 1_000_000) -> dict[str, Any]:
    """Every booked claim after a seq, with counts per outcome and totals in cents."""
    return {"claims": await office.claims(after, limit), **await office.summary()}


@_router.get("/books/summary")
async def summary(office: _Office) -> dict[str, Any]:
    """Counts per outcome, totals in cents, what is still to come."""
    return await office.summary()


@_router.get("/outcomes")
async def outcomes() -> dict[str, dict[str, str]]:
    """The table of member switches."""
    return {code: {"name": o.name, "stage": o.stage, "about": o.about} for code, o in OUTCOMES.items()}


async def _body(request: Request) -> bytes:
    """The raw file; 413 over the limit, 400 for what is no interchange at all."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_FILE_BYTES:
            raise HTTPException(413, "file too large")
        chunks.append(chunk)
    body = b"".join(chunks)
    if not body.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"ISA"):
        raise HTTPException(400, "not an X12 interchange: it must begin with ISA")
    return body


async def _answer(taken: Taken, hang_seconds: float) -> Response:
    """202 with the file id, or the fault that a member asks for."""
    if taken.fault.startswith("hang"):
        await asyncio.sleep(hang_seconds)
        return _problem(504, "gateway.timeout")
    if taken.fault == "too_many_requests":
        return _problem(429, "gateway.too-many-requests", {"retry-after": "1"})
    if taken.fault:
        return _problem(503 if taken.fault == "error_before" else 500, "gateway.error")
    return JSONResponse({"file_id": taken.file_id}, status_code=202)


def _problem(status: int, code: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"status": status, "code": code}, status_code=status, headers=headers)
