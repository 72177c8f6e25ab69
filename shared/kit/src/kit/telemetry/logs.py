"""JSON log lines on stderr. A field that is not in the allow-list is dropped; exceptions are told by type and place.

An exception's message may hold what a database or a validator was given, so it is never logged.
"""

from __future__ import annotations

import logging
import sys
import threading
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
            # Not a context variable: threads of libraries have none.
            lambda _, __, fields: {"service": service, **fields},
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _allow_listed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = _LibraryHandler()
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    _tame_the_interpreter()


def _tame_the_interpreter() -> None:
    """Warnings and uncaught exceptions become log lines: what Python would print quotes values and messages."""
    log = get_logger("python")
    logging.captureWarnings(True)
    sys.excepthook = lambda _, error, __: log.error("process died", **describe(error))
    sys.unraisablehook = lambda raised: log.error("exception ignored", **describe(raised.exc_value))
    threading.excepthook = lambda raised: log.error("thread died", **describe(raised.exc_value))


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
        # A template with arguments is the library's own text; one without may have been formatted by the caller.
        event = record.msg.split("\n", 1)[0][:200] if record.args and isinstance(record.msg, str) else "library message"
        place = {"error_at": f"{record.filename}:{record.lineno}"}
        get_logger(record.name).warning(event, **(place | describe(error)))
