"""Reading request bodies: bounded, strict, and never echoed."""

from __future__ import annotations

import hashlib
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from kit.api.problems import Problem, problem_of_validation

M = TypeVar("M", bound=BaseModel)


async def read_bytes(request: Request, limit_bytes: int) -> bytes:
    """The raw body; Problem 400 if the caller hangs up, 413 above the limit, 415 if compressed (it may inflate)."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "body.compressed", hint="Send the body without Content-Encoding.")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit_bytes:
        raise _too_large(limit_bytes)
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit_bytes:
                raise _too_large(limit_bytes)
            chunks.append(chunk)
    except ClientDisconnect:
        # Nobody hears this answer; but it is no failure of ours, and is not counted as one.
        raise Problem(400, "body.cut-off", hint="The connection ended before the body did. Send it again.") from None
    return b"".join(chunks)


def media_type(request: Request) -> str:
    """The Content-Type in lower case without its parameters; application/json if there is none."""
    return request.headers.get("content-type", "application/json").split(";")[0].strip().lower()


async def read_body(request: Request, model: type[M], *, other_types: str = "") -> tuple[M, bytes]:
    """The body as `model`, and its SHA-256 (32 bytes) for idempotency. Problems 413, 415, 422.

    `other_types` names in the hint what else the endpoint takes.
    """
    content_type = media_type(request)
    if content_type != "application/json" and not content_type.endswith("+json"):
        or_else = f" or {other_types}" if other_types else ""
        raise Problem(415, "body.not-json", hint=f"Send Content-Type: application/json{or_else}.")
    raw = await read_bytes(request, request.app.state.context.settings.body_limit_bytes)
    return parse_body(raw, model), hashlib.sha256(raw).digest()


def parse_body(raw: bytes, model: type[M]) -> M:
    """Validate JSON bytes; Problem 422 with JSON pointers."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise problem_of_validation(error) from None


def json_body(model: type[BaseModel]) -> dict[str, Any]:
    """OpenAPI description of a body that the endpoint reads itself; pass as `openapi_extra`."""
    schema = model.model_json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _too_large(limit_bytes: int) -> Problem:
    return Problem(413, "body.too-large", hint=f"The body may have {limit_bytes} bytes at most; split it.")
