"""Where the user's own code sets are kept: one folder per load, with its dates, and a read-only SQLite file in it.

`$CODESETS_DIR/<kind>/<name>/release.json` and `data.sqlite`. Tables of millions of rows are compiled once, when they
are loaded, and cost nothing at start-up; a look-up takes microseconds. Of several releases that hold on a day the one
that began last counts, as its owner published it to replace the earlier ones.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

DIRECTORY_VARIABLE: Final = "CODESETS_DIR"
FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(9999, 12, 31)
_NAME: Final = "release.json"
_DATA: Final = "data.sqlite"


@dataclass(frozen=True, slots=True)
class Loaded:
    """One load: which kind of data, its name, the days it holds on, and whom it is for (setting, payer, …)."""

    kind: str
    name: str
    valid_from: date
    valid_to: date
    scope: Mapping[str, str]
    path: Path
    _opened: threading.local = field(default_factory=threading.local, compare=False, repr=False)

    def __hash__(self) -> int:
        return hash(self.path)

    def covers(self, day: date) -> bool:
        """Whether it holds on a date of service."""
        return self.valid_from <= day <= self.valid_to

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a SELECT. The connection is the thread's own; the file is never written."""
        connection: sqlite3.Connection | None = getattr(self._opened, "connection", None)
        if connection is None:
            uri = f"{(self.path / _DATA).absolute().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True)
            self._opened.connection = connection
        return connection.execute(query, values).fetchall()


def directory() -> Path | None:
    """The folder that $CODESETS_DIR names, None if it is not set."""
    return _path(os.environ.get(DIRECTORY_VARIABLE))


@lru_cache(maxsize=8)
def _path(root: str | None) -> Path | None:
    return Path(root) if root else None


def loaded(kind: str) -> tuple[Loaded, ...]:
    """All loads of a kind, the latest to begin first."""
    return _read(directory(), kind)


def forget() -> None:
    """Look at the folder anew; for a process that has just loaded something."""
    _read.cache_clear()
    _in_force.cache_clear()


def in_force(kind: str, day: date, **scope: str) -> Loaded | None:
    """The load that counts on a date of service for whom `scope` says, None if there is none.

    A load without a word on a scope is for everybody; one that names it is for those alone, and goes first.
    """
    root = directory()
    return _in_force(root, kind, day, tuple(scope.items())) if root else None


@lru_cache(maxsize=65_536)
def _in_force(root: Path, kind: str, day: date, scope: tuple[tuple[str, str], ...]) -> Loaded | None:
    told = dict(scope)
    fitting = [
        load
        for load in _read(root, kind)
        if load.covers(day) and all(told.get(name) == value for name, value in load.scope.items())
    ]
    return max(fitting, key=lambda load: (len(load.scope), load.valid_from), default=None)


@lru_cache(maxsize=64)
def _read(root: Path | None, kind: str) -> tuple[Loaded, ...]:
    folder = root / kind if root else None
    if folder is None or not folder.is_dir():
        return ()
    found = [_release(kind, path) for path in sorted(folder.iterdir()) if (path / _NAME).is_file()]
    return tuple(sorted(found, key=lambda load: load.valid_from, reverse=True))


def _release(kind: str, path: Path) -> Loaded:
    facts = json.loads((path / _NAME).read_text("utf-8"))
    dates = date.fromisoformat(facts["valid_from"]), date.fromisoformat(facts["valid_to"])
    return Loaded(kind, path.name, *dates, facts["scope"], path)


@dataclass(frozen=True, slots=True)
class Load:
    """What a load is called and whom and when it is for."""

    kind: str
    name: str
    valid_from: date = FIRST_DAY
    valid_to: date = LAST_DAY
    scope: Mapping[str, str] = field(default_factory=dict)


def write(root: Path, load: Load, columns: Sequence[str], keys: int, rows: Iterable[Sequence[object]]) -> int:
    """Compile rows into a release folder; returns how many. The first `keys` columns tell one row from another.

    Raises ValueError if nothing was read (the file has another layout) or the dates are the wrong way round. What is
    there under the same name is replaced, and only once the new data is complete.
    """
    if load.valid_to < load.valid_from:
        raise ValueError(f"{load.name}: it ends ({load.valid_to}) before it begins ({load.valid_from})")
    folder = root / load.kind / load.name
    fresh = folder.with_name(f".{load.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    count = _compile(fresh / _DATA, columns, keys, rows)
    if not count:
        shutil.rmtree(fresh)
        raise ValueError(f"{load.name}: no row of {load.kind} was found: is it the file in its owner's layout?")
    facts = {
        "valid_from": load.valid_from.isoformat(),
        "valid_to": load.valid_to.isoformat(),
        "scope": dict(load.scope),
        "rows": count,
    }
    (fresh / _NAME).write_text(json.dumps(facts, indent=1) + "\n", "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    forget()
    return count


def _compile(path: Path, columns: Sequence[str], keys: int, rows: Iterable[Sequence[object]]) -> int:
    table = f"{', '.join(columns)}, PRIMARY KEY ({', '.join(columns[:keys])})"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute(f"CREATE TABLE row ({table}) WITHOUT ROWID")
        connection.executemany(f"INSERT OR REPLACE INTO row VALUES ({', '.join('?' * len(columns))})", rows)
        return int(connection.execute("SELECT count(*) FROM row").fetchone()[0])
