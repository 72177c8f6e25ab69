"""What the services' HTTP interfaces share: callers, strict bodies, problems, idempotency, pages."""

from kit.api.auth import require
from kit.api.bodies import json_body, media_type, read_body, read_bytes
from kit.api.fields import SmallInt, StrictModel, Text
from kit.api.paging import Page, decode_cursor, encode_cursor
from kit.api.problems import Problem, ProblemItem
from kit.context import Context
from kit.tenancy import Caller

__all__ = [
    "Caller",
    "Context",
    "Page",
    "Problem",
    "ProblemItem",
    "SmallInt",
    "StrictModel",
    "Text",
    "decode_cursor",
    "encode_cursor",
    "json_body",
    "media_type",
    "read_body",
    "read_bytes",
    "require",
]
