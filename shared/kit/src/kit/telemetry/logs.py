"""JSON log lines on stderr. A field that is not in the allow-list is dropped; exceptions are told by type and place.

An exception's message may hold what a database or a validator was given, so it is never logged.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

from kit.telemetry.names import LOG_FIELDS


def configure(service: str, level: int = logging.INFO) -> None:
    """Set up structlog and bring the libraries' own logs (warnings and worse) into the same form."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _allow_listed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = _LibraryHandler()
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose lines carry `name`."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(source=name)
    return logger


def describe(error: BaseException | None) -> dict[str, str]:
    """An exception as safe log fields: its type, where it arose, SQLSTATE and constraint; never its message."""
    if error is None:
        return {}
    fields = {"error_type": type(error).__name__, "error_at": _place(error)}
    origin = getattr(error, "orig", None)
    for name, attribute in (("sqlstate", "sqlstate"), ("constraint", "constraint_name")):
        value = getattr(origin, attribute, None) or getattr(getattr(origin, "__cause__", None), attribute, None)
        if value:
            fields[name] = str(value)
    return fields


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames[-6:]))


def _allow_listed(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: value for name, value in fields.items() if name in LOG_FIELDS}


class _LibraryHandler(logging.Handler):
    """Libraries' records: the logger, the place and the exception's type; their formatted messages may hold data."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        event = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        line = get_logger(record.name)
        line.warning(
            # The unformatted template is the library's own text; its arguments stay out.
            event.split("\n", 1)[0][:200] if record.args or not error else "library error",
            **describe(error),
        )
