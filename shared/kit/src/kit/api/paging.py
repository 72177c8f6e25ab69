"""Cursor pages: a cursor is the last row's sort key, opaque to the caller."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from kit.api.problems import Problem

T = TypeVar("T")
PageLimit = Annotated[int, Query(ge=1, le=500)]
PageCursor = Annotated[str | None, Query(max_length=400)]


class Page(BaseModel, Generic[T]):
    """One page; `next_cursor` is null at the end."""

    items: list[T]
    next_cursor: str | None = None


def encode_cursor(moment: datetime, row_id: UUID) -> str:
    """The cursor after a row sorted by (moment, id)."""
    return base64.urlsafe_b64encode(json.dumps([moment.isoformat(), str(row_id)]).encode()).decode()


def decode_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The sort key in a cursor; Problem 422 if it is not one of ours."""
    if cursor is None:
        return None
    try:
        moment, row_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        parsed = datetime.fromisoformat(moment)
        if parsed.tzinfo is None:
            raise ValueError("naive")
        return parsed, UUID(row_id)
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError):
        raise Problem(
            422, "page.cursor-invalid", pointer="/cursor", hint="Pass next_cursor of the page before, unchanged."
        ) from None
