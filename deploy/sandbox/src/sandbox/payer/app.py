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

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from sandbox.payer.config import Account
from sandbox.payer.desk import BodyChangedError, Taken, UnreadableError
from sandbox.payer.office import Office
from sandbox.payer.switches import OUTCOMES

_log = logging.getLogger("sandbox.app")
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
    _add_gateway(app, office)
    _add_books(app, office)
    return app


def _stop_when_dead(work: asyncio.Task[None]) -> None:
    """A gateway that takes files but answers none is worse than none: the process ends and is started again."""
    if not work.cancelled() and work.exception() is not None:
        _log.error("background work died", exc_info=work.exception())
        os.kill(os.getpid(), signal.SIGTERM)


def _add_gateway(app: FastAPI, office: Office) -> None:
    def authorized(account_id: str, authorization: Annotated[str, Header()] = "") -> Account:
        account = office.config.account(account_id)
        presented = authorization.removeprefix("Bearer ").encode()
        if account is None or not hmac.compare_digest(presented, account.api_key.encode()):
            raise HTTPException(401, "unknown account or wrong API key")
        return account

    Authorized = Annotated[Account, Depends(authorized)]

    @app.post("/gateways/{account_id}/files", status_code=202)
    async def post_file(
        request: Request, account: Authorized, idempotency_key: Annotated[str, Header(min_length=1, max_length=128)]
    ) -> Response:
        body = await _body(request)
        try:
            taken = await office.take(account, idempotency_key, body)
        except BodyChangedError:
            return _problem(422, "idempotency.body-changed")
        except UnreadableError:
            return _problem(400, "file.unreadable")
        return await _answer(taken, office.delays.hang)

    @app.get("/gateways/{account_id}/files/{idempotency_key}")
    async def get_file(idempotency_key: str, account: Authorized) -> Response:
        file_id = await office.file_id(account.id, idempotency_key)
        return JSONResponse({"file_id": file_id}) if file_id else _problem(404, "file.not-taken")


def _add_books(app: FastAPI, office: Office) -> None:
    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/books")
    async def books(after: int = 0, limit: int = 1_000_000) -> dict[str, Any]:
        return {"claims": await office.claims(after, limit), **await office.summary()}

    @app.get("/books/summary")
    async def summary() -> dict[str, Any]:
        return await office.summary()

    @app.get("/outcomes")
    async def outcomes() -> dict[str, dict[str, str]]:
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
