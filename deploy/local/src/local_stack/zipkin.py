"""Zipkin: the window on the traces. It keeps them in memory, by count; a restart forgets them."""

from __future__ import annotations

import os
from pathlib import Path

from local_stack.http_part import HttpPart, http_part
from local_stack.kafka import java
from local_stack.ports import LOOPBACK

_SPANS_KEPT = 100_000


def zipkin(jar: Path, port: int, log: Path) -> HttpPart:
    """Zipkin's server on the loopback interface (it has no login; by default it would listen on all)."""
    argv = [
        java(),
        "-Xmx384m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-jar",
        str(jar),
        f"--armeria.ports[0].ip={LOOPBACK}",
        f"--armeria.ports[0].port={port}",
        "--armeria.ports[0].protocols[0]=http",
    ]
    env = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "MEM_MAX_SPANS": str(_SPANS_KEPT)}
    return http_part("zipkin", argv, port=port, ready_path="/health", log=log, env=env)
