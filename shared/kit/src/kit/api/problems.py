"""Errors as problem+json (RFC 9457): a stable code, JSON pointers, a hint; never what the caller sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from kit.database.engine import is_transient
from kit.telemetry import logs

_log = logs.get_logger("kit.api")
MAX_ITEMS = 50


@dataclass(frozen=True, slots=True)
class ProblemItem:
    """One fault: its code, where it lies (JSON pointer) and what to do."""

    code: str
    pointer: str
    hint: str


class Problem(Exception):
    """Raise it anywhere in a request: it becomes the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        hint: str,
        pointer: str | None = None,
        items: Sequence[ProblemItem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.hint = hint
        self.items = [*([ProblemItem(code, pointer, hint)] if pointer is not None else []), *items][:MAX_ITEMS]
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The problem+json answer."""
        content: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.hint,
        }
        if self.items:
            content["errors"] = [asdict(item) for item in self.items]
        return JSONResponse(content, self.status, self.headers, media_type="application/problem+json")


def pointer_of(location: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901) of a validation error's location."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in location)


def problem_of_validation(
    error: ValidationError | RequestValidationError, *, skip: int = 0, of: Literal["body", "parameter"] = "body"
) -> Problem:
    """422 with one item per fault; their codes begin with `of`.

    Messages are pydantic's own texts about types and limits; inputs are left out. An unknown field's name is the
    caller's text too, so it is replaced by its parent's pointer.
    """
    items = []
    for fault in error.errors()[:MAX_ITEMS]:
        location = list(fault["loc"])[skip:]
        if fault["type"] == "extra_forbidden":
            items.append(ProblemItem("body.unknown-field", pointer_of(location[:-1]), "Remove the unknown field."))
        elif fault["type"] == "json_invalid":
            items.append(ProblemItem("body.not-json", "", "Send one well-formed JSON document in UTF-8."))
        else:
            items.append(ProblemItem(f"{of}.{fault['type'].replace('_', '-')}", pointer_of(location), _hint(fault)))
    if of == "parameter":
        hint = "The path or the query does not match the API's description; see errors."
        return Problem(422, "parameter.invalid", hint=hint, items=items)
    return Problem(422, "body.invalid", hint="The body does not match the schema; see errors.", items=items)


_QUOTING = {
    "union_tag_invalid": "Use one of the documented kinds.",
    "uuid_parsing": "Give a UUID, such as 3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f.",
    "date_from_datetime_parsing": "Give a date as YYYY-MM-DD.",
    "decimal_parsing": 'Give a decimal number as text, such as "1.5".',
}
"""Faults whose message quotes the input, or a piece of it, and what is said instead."""
_OF_HTTP = {
    404: "There is no such address. /openapi.json describes all there are.",
    405: "This address does not take this method; the header Allow names those it takes.",
}


def _hint(fault: Mapping[str, Any]) -> str:
    # `value_error` texts and literal lists are ours; a message that could quote the input is replaced.
    message, given = str(fault["msg"]), fault.get("input")
    if fault["type"] in _QUOTING:
        return _QUOTING[fault["type"]]
    return "Use the documented format." if isinstance(given, str) and len(given) > 3 and given in message else message


def install(app: FastAPI) -> None:
    """Make every failure of `app` a problem+json answer."""

    @app.exception_handler(Problem)
    async def _problem(_: Request, error: Problem) -> Response:
        return error.response()

    @app.exception_handler(RequestValidationError)
    async def _parameters(_: Request, error: RequestValidationError) -> Response:
        return problem_of_validation(error, of="parameter").response()

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> Response:
        phrase = HTTPStatus(error.status_code).phrase
        code = "http." + phrase.lower().replace(" ", "-")
        hint = _OF_HTTP.get(error.status_code, f"{phrase}.")
        return Problem(error.status_code, code, hint=hint, headers=error.headers).response()

    @app.exception_handler(SQLAlchemyError)
    async def _database(_: Request, error: SQLAlchemyError) -> Response:
        return _unexpected(error)

    @app.exception_handler(OSError)
    async def _system(_: Request, error: OSError) -> Response:
        return _unexpected(error)

    @app.exception_handler(Exception)
    async def _any(_: Request, error: Exception) -> Response:
        return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    if is_transient(error):
        _log.warning("database away", **logs.describe(error))
        hint = "The service cannot reach its database. Repeat the request."
        return Problem(503, "service.unavailable", hint=hint, headers={"Retry-After": "2"}).response()
    _log.error("request failed", **logs.describe(error))
    return Problem(500, "service.failed", hint="An error of ours, logged under this request's trace.").response()
