"""The codec's speed and memory, beside the bare floor (bytes.split of the same file) and beside its peers.

``python -m tests.load.codec`` prints the table; ``make bench ONLY=codec`` does so too and writes build/bench.json.
Every figure is CPU time (the best of some runs) and peak memory of a process of its own. Files are read from disk.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from x12 import claim_837p, remittance_835
from x12.examining import examine

from tests.load import codec_files

FILES: Final = Path("build/bench")
SIZES: Final = {"small": 2_000, "medium": 18_000, "large": 180_000}
"""Claims in a file; peers get the small one, as the slowest of them needs seconds for it."""
RUNS: Final = 4

Operation = Callable[[Path], int]


def _floor(path: Path) -> int:
    return len([segment.split(b"*") for segment in path.read_bytes().split(b"~")])


def _stream_835(path: Path) -> int:
    count = 0
    with path.open("rb") as source:
        for remittance in remittance_835.stream(source):
            for _ in remittance.claims():
                count += 1
            if not remittance.balances:
                raise SystemExit("the remittance does not balance")
    return count


def _stream_835_whole(path: Path) -> int:
    with path.open("rb") as source:
        return sum(
            len(claim.payment.service_payments) > 0
            for remittance in remittance_835.stream(source)
            for claim in remittance.claims()
        )


def _read_835(path: Path) -> int:
    sets = remittance_835.read(path.read_bytes()).transaction_sets
    if any(remittance_835.balance.check(each) for each in sets):
        raise SystemExit("the remittance does not balance")
    return sum(len(each.claims) for each in sets)


def _stream_837(path: Path) -> int:
    with path.open("rb") as source:
        return sum(1 for _ in claim_837p.stream(source))


def _summary(path: Path) -> int:
    with path.open("rb") as source:
        return sum(1 for _ in examine(source, rules=False))


def _validate(path: Path) -> int:
    with path.open("rb") as source:
        return sum(1 for _ in examine(source))


def _write_837(path: Path) -> int:
    """The claims are made before the clock starts (`_prepared`)."""
    return len(claim_837p.write(codec_files.envelope(), _prepared(path)))


_made: dict[str, Any] = {}


def _prepared(path: Path) -> list[Any]:
    size = path.stem.partition("-")[2]
    if size not in _made:
        _made[size] = codec_files.claim_sets(codec_files.claims(SIZES[size]))
    return list(_made[size])


def _x12sdk(path: Path) -> int:
    from x12sdk.io import X12ModelReader

    with X12ModelReader(str(path)) as reader:
        return sum(1 for _ in reader.models())


def _pyx12(path: Path) -> int:
    import io
    import logging

    import pyx12.params
    import pyx12.x12n_document

    logging.disable(logging.CRITICAL)
    text = io.StringIO(path.read_text("ascii"))
    return bool(pyx12.x12n_document.x12n_document(pyx12.params.params(), text, None, None, None))


def _oxedi(path: Path) -> int:
    import oxedi

    return int(oxedi.parse(path.read_bytes()).count_claims())


OPERATIONS: Final[dict[str, tuple[str, str, Operation]]] = {
    "835 floor": ("835", "bytes.split, twice", _floor),
    "835 stream": ("835", "read claim by claim, all balances", _stream_835),
    "835 stream whole": ("835", "the same, every field as a model", _stream_835_whole),
    "835 read": ("835", "read whole, all balances", _read_835),
    "835 summary": ("835", "x12 summary (with structure)", _summary),
    "835 validate": ("835", "x12 validate", _validate),
    "835 oxedi": ("835", "oxedi: tables, syntax", _oxedi),
    "835 x12sdk": ("835", "x12sdk: models", _x12sdk),
    "835 pyx12": ("835", "pyx12: validation", _pyx12),
    "837 floor": ("837", "bytes.split, twice", _floor),
    "837 stream": ("837", "read claim by claim, every field", _stream_837),
    "837 summary": ("837", "x12 summary (with structure)", _summary),
    "837 validate": ("837", "x12 validate", _validate),
    "837 write": ("837", "write", _write_837),
    "837 x12sdk": ("837", "x12sdk: models", _x12sdk),
    "837 pyx12": ("837", "pyx12: validation", _pyx12),
}
PLAN: Final = (
    *[(name, "medium") for name in OPERATIONS if not name.endswith(("oxedi", "x12sdk", "pyx12"))],
    *[(name, "large") for name in ("835 stream", "835 summary", "837 stream", "837 summary")],
    *[(name, "small") for name in OPERATIONS if name.endswith(("floor", "oxedi", "x12sdk", "pyx12"))],
)


def measure() -> dict[str, Any]:
    """Every operation of the plan; ``ratio`` is its time by that of the floor of the same file."""
    for size, count in SIZES.items():
        _make_files(size, count)
    rows = [_measured(name, size) for name, size in PLAN]
    floors = {(row["file"], row["size"]): row["seconds_per_mb"] for row in rows if row["name"].endswith("floor")}
    for row in rows:
        floor = floors.get((row["file"], row["size"])) or floors[row["file"], "medium"]
        row["ratio"] = round(row["seconds_per_mb"] / floor, 2)
    return {"runs": RUNS, "rows": rows}


def _make_files(size: str, count: int) -> None:
    FILES.mkdir(parents=True, exist_ok=True)
    with (FILES / f"835-{size}.edi").open("wb") as era:
        for part in codec_files.remittance(count):
            era.write(part)
    claims = codec_files.claims(min(count, SIZES["medium"]))
    written = claim_837p.write(codec_files.envelope(), codec_files.claim_sets(claims))
    with (FILES / f"837-{size}.edi").open("wb") as file:
        for _ in range(max(1, count // SIZES["medium"])):
            file.write(written)


def _measured(name: str, size: str) -> dict[str, Any]:
    child = subprocess.run(
        [sys.executable, "-m", "tests.load.codec", "--one", name, size], check=True, capture_output=True, text=True
    )
    return dict(json.loads(child.stdout.splitlines()[-1]))


def _one(name: str, size: str) -> dict[str, Any]:
    """Measure in this process."""
    kind, text, operation = OPERATIONS[name]
    path = FILES / f"{kind}-{size}.edi"
    if name == "837 write":
        _prepared(path)
    seconds = min(_timed(operation, path) for _ in range(1 if size == "large" or "pyx12" in name else RUNS))
    megabytes = path.stat().st_size / 1e6
    return {
        "name": name,
        "file": kind,
        "size": size,
        "operation": text,
        "megabytes": round(megabytes, 2),
        "seconds_per_mb": round(seconds / megabytes, 4),
        "claims_per_second": round(SIZES[size] / seconds),
        "rss_megabytes": round(_peak_megabytes()),
    }


def _peak_megabytes() -> float:
    """Of this process alone: what Linux counts for resource usage begins with the parent's memory."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts bytes
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


def _timed(operation: Operation, path: Path) -> float:
    gc.collect()
    begun = time.process_time()
    operation(path)
    return time.process_time() - begun


def table(result: dict[str, Any]) -> Iterator[str]:
    """The result as a Markdown table."""
    yield "| file | operation | MB | s/MB | claims/s | × floor | peak MB |"
    yield "|---|---|---|---|---|---|---|"
    for row in result["rows"]:
        yield (
            f"| {row['file']} | {row['operation']} | {row['megabytes']} | {row['seconds_per_mb']} "
            f"| {row['claims_per_second']:,} | {row['ratio']} | {row['rss_megabytes']} |"
        )


def main(arguments: list[str]) -> int:
    """Print the table, or one figure as JSON (``--one NAME SIZE``)."""
    if arguments[:1] == ["--one"]:
        print(json.dumps(_one(*arguments[1:])))
    else:
        print("\n".join(table(measure())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
