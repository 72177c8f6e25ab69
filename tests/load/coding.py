"""The coding part of `make bench`: notes per second of a core, start-up and memory, beside medspaCy on the same notes.

`python -m tests.load.coding [NOTES.jsonl]` runs it alone; without a file it reads the short notes of the sample day
and whole visit notes (`visit_notes`). Every figure comes from a process of its own; speed is counted in CPU seconds, so
that other work on the machine matters less.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from sandbox.emr.day import sample_day

from tests.load.visit_notes import visit_notes

HERE: Final = Path(__file__).parent
PEERS: Final = Path(".venv-peers")
DAY: Final = date(2026, 6, 1)
SECONDS: Final = 10.0
"""CPU seconds that a measurement goes on for, at least."""


def notes_of(path: str) -> list[str]:
    """Texts under "note" in JSON lines."""
    return [json.loads(line)["note"] for line in Path(path).read_text("utf-8").splitlines() if line.strip()]


def notes_of_day() -> list[str]:
    """The notes that the sample day posts as JSON."""
    bodies = [sample.body for sample in sample_day() if sample.format == "json"]
    return [note["text"] for body in bodies for note in body.get("notes", ())]


def measure(path: str | None = None) -> dict[str, Any]:
    """By kind of notes: ours and the peer's figures, each measured in a process of its own."""
    kinds = {"given": notes_of(path)} if path else {"short": notes_of_day(), "visits": visit_notes()}
    return {kind: _both(json.dumps(notes)) for kind, notes in kinds.items()}


def _both(notes: str) -> dict[str, Any]:
    return {"ours": _run(sys.executable, "ours", notes), "medspacy_context": _run(str(_peer_python()), "peer", notes)}


def _run(python: str, who: str, notes: str) -> dict[str, Any]:
    module = ["-m", "tests.load.coding", "--ours"] if who == "ours" else [str(HERE / "peer_context.py"), str(SECONDS)]
    done = subprocess.run([python, *module], input=notes, capture_output=True, text=True, check=True, env=_one_core())
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _one_core() -> Mapping[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def _peer_python() -> Path:
    """The peer's environment, made at the first run from the hashed lock."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        lock = ["-r", str(HERE / "peers.lock")]
        subprocess.run([str(python), "-m", "pip", "install", "-q", "--require-hashes", *lock], check=True)
    return python


def _measure_ours() -> dict[str, Any]:
    notes = json.load(sys.stdin)
    begun = time.process_time()
    from coding_svc.coding.engine import CodingEngine
    from coding_svc.domain import ClinicalEncounter, ClinicalNote
    from kit import memory

    engine = CodingEngine(warm_for=DAY)
    memory.settle()  # as the service and `coding-svc code` do
    started = time.process_time() - begun
    encounters = [ClinicalEncounter(DAY, (ClinicalNote("1", note),), new_patient=False) for note in notes]
    for encounter in encounters:
        engine.code(encounter)
    count, begun = 0, time.process_time()
    while time.process_time() - begun < SECONDS:
        for encounter in encounters:
            engine.code(encounter)
        count += len(encounters)
    spent = time.process_time() - begun
    return {
        "notes": len(notes),
        "characters_per_note": round(sum(map(len, notes)) / len(notes)),
        "notes_per_cpu_second": round(count / spent, 1),
        "start_cpu_seconds": round(started, 2),
        "memory_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main(arguments: Sequence[str]) -> int:
    """Print the figures as JSON."""
    if arguments == ["--ours"]:
        print(json.dumps(_measure_ours()))
    else:
        print(json.dumps(measure(arguments[0] if arguments else None), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
