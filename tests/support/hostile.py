"""Bad input by the dozen: hostile bodies and values as raw bytes, and what an answer to them may look like."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import httpx

TOKEN = "ZQPLANTEDQZ"
"""Stands for patient data in every hostile value: no answer that refuses may repeat it."""
_HOLE = "@@raw@@"
Path = tuple[str | int, ...]

USUAL_VALUES = ("null", '""', f'"{TOKEN * 20_000}"', "-1", f'{{"{TOKEN}": "{TOKEN}"}}')
"""What a clumsy sender puts anywhere, as JSON text."""
RARE_VALUES = (
    "true",
    "0.1",
    "1e400",
    "1" + "0" * 30,
    "9" * 5_000,
    "NaN",
    "-Infinity",
    f'"{TOKEN}\\u0000"',
    f'"\\ud800{TOKEN}"',
    "[" * 400 + "]" * 400,
    f'["{TOKEN}"]',
    '"1e999999999"',
    '"0001-01-01"',
    '"9999-12-31"',
    '"sNaN"',
    '"\\u202e\\u0007~*^:"',
)
"""What breaks databases, parsers and X12."""
BAD_IDS = ("not-a-uuid", "00000000", "%00", "%ff%fe", "..%2f..%2fetc", "'--", "1" * 300, f"{TOKEN}", "%0d%0aX-Bad:%201")
BAD_QUERY_VALUES = ("", "-1", "0", "501", "1e400", "9" * 400, "%00", "%ff", "null", "[]", TOKEN, "%F0%9F%92%A9", "'--")
METHODS = ("HEAD", "OPTIONS", "TRACE", "PATCH", "DELETE", "PROPFIND")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of a service as its OpenAPI document tells it."""

    service: str
    method: str
    path: str
    statuses: frozenset[int]
    query: tuple[str, ...] = ()
    media_type: str | None = None
    """Content type of the body, None where the operation takes none."""

    @property
    def name(self) -> str:
        """How tables name it."""
        return f"{self.service} {self.method} {self.path}"

    @property
    def variables(self) -> list[str]:
        """The names in the path's braces."""
        return [piece[1:-1] for piece in self.path.split("/") if piece.startswith("{")]

    def at(self, **values: str) -> str:
        """The path with its variables filled in."""
        return self.path.format(**values)


def routes_of(service: str, document: dict[str, Any]) -> Iterator[Route]:
    """Every operation of an OpenAPI document."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            yield Route(
                service,
                method.upper(),
                path,
                frozenset(int(status) for status in operation["responses"] if status.startswith("2")),
                tuple(p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"),
                next(iter(content), None),
            )


@dataclass(frozen=True, slots=True)
class BadBody:
    """Raw bytes, how they are declared, and the status that they must lead to (None: any 4xx)."""

    name: str
    content: bytes
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


def bad_bodies(limit_bytes: int) -> list[BadBody]:
    """Bodies that no operation can take, whatever its schema."""
    text = json.dumps({TOKEN: TOKEN})
    return [
        BadBody("empty", b"", 422),
        BadBody("blank", b" \r\n\t ", 422),
        BadBody("random bytes", bytes(range(256)) * 8, 422),
        BadBody("not UTF-8", b'{"a": "\xff\xfe' + TOKEN.encode() + b'"}', 422),
        BadBody("UTF-16", text.encode("utf-16"), 422),
        BadBody("byte order mark", b"\xef\xbb\xbf" + text.encode(), 422),
        BadBody("unknown field", text.encode(), 422),
        BadBody("a list", b"[]", 422),
        BadBody("a text", f'"{TOKEN}"'.encode(), 422),
        BadBody("null", b"null", 422),
        BadBody("a number", b"1e400", 422),
        BadBody("NaN", b"NaN", 422),
        BadBody("cut off", text.encode()[:-3], 422),
        BadBody("two documents", text.encode() * 2, 422),
        BadBody("duplicate keys", f'{{"{TOKEN}": 1, "{TOKEN}": 2}}'.encode(), 422),
        BadBody("deep list", b"[" * 100_000, 422),
        BadBody("deep object", b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 422),
        BadBody("lone surrogate", f'{{"\\ud800": "{TOKEN}"}}'.encode(), 422),
        BadBody("NUL", f'{{"\\u0000{TOKEN}": "\\u0000"}}'.encode(), 422),
        BadBody("too large", b'"' + b"a" * limit_bytes + b'"', 413),
        BadBody("compressed", gzip.compress(text.encode()), 415, {"content-encoding": "gzip"}),
        BadBody("a bomb", gzip.compress(b" " * 5_000_000), 415, {"content-encoding": "gzip, gzip"}),
    ]


def leaves(document: Any, at: Path = ()) -> Iterator[Path]:
    """Paths of all values that hold no further ones."""
    if isinstance(document, dict) and document:
        for name, value in document.items():
            yield from leaves(value, (*at, name))
    elif isinstance(document, list) and document:
        for position, value in enumerate(document):
            yield from leaves(value, (*at, position))
    else:
        yield at


def kinds_of_leaves(document: Any) -> list[Path]:
    """One leaf for each place in the schema: the second note says no more than the first."""
    return list(
        {tuple(0 if isinstance(step, int) else step for step in path): path for path in leaves(document)}.values()
    )


def replaced(document: Any, path: Path, raw: str) -> bytes:
    """The document as JSON with raw JSON text in the place of one value."""
    if not path:
        return raw.encode()
    changed = deepcopy(document)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = _HOLE
    return json.dumps(changed).replace(f'"{_HOLE}"', raw).encode()


def fault(answer: httpx.Response, statuses: frozenset[int] = frozenset()) -> str | None:
    """What is wrong with an answer: it must be a documented success, or a 4xx that helps and repeats nothing."""
    if answer.status_code in statuses:
        return None
    if not 400 <= answer.status_code < 500:
        return f"status {answer.status_code}"
    if TOKEN in answer.text or TOKEN in str(answer.headers):
        return "repeats what it was given"
    if answer.request.method == "HEAD":
        return None
    if answer.headers.get("content-type") != "application/problem+json":
        return f"{answer.status_code} without a problem: {answer.text[:80]}"
    return _fault_of_problem(answer.json(), answer.status_code)


def _fault_of_problem(problem: dict[str, Any], status: int) -> str | None:
    if problem.get("status") != status or not problem.get("code") or not problem.get("detail"):
        return f"a problem without status, code or detail: {problem}"
    for item in problem.get("errors", ()):
        if not item["code"] or not item["hint"] or not (item["pointer"] == "" or item["pointer"].startswith("/")):
            return f"an item that does not help: {item}"
    return None
