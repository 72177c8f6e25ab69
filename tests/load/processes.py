"""CPU and memory of processes, read from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time so far; a process that is gone counts nothing."""
    total = 0.0
    for pid in pids:
        fields = _stat(pid)
        if fields:
            total += (int(fields[11]) + int(fields[12])) * _TICK_SECONDS
    return total


def memory_megabytes(pids: Iterable[int]) -> float:
    """Resident memory, PSS where the kernel tells it: PostgreSQL's shared buffers are counted once."""
    return sum(_memory_kilobytes(pid) for pid in pids) / 1024


def _memory_kilobytes(pid: int) -> int:
    for file, field in ((f"/proc/{pid}/smaps_rollup", "Pss:"), (f"/proc/{pid}/status", "VmRSS:")):
        try:
            for line in Path(file).read_text().splitlines():
                if line.startswith(field):
                    return int(line.split()[1])
        except OSError:
            continue
    return 0


def _stat(pid: int) -> list[str] | None:
    # Fields after the command's name, which may hold spaces: [0] is the state, [2] the process group.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
