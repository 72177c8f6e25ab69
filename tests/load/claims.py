"""The claims part of `make bench`: from the coded encounter to the 837P, claims per second of a core.

``python -m tests.load.claims`` runs it alone. Each mix is measured in a process of its own, in CPU seconds, with the
garbage collection of the services. What is counted as what:

- build: from CodedEncounter, as a consumer opens it from an event, to every claim that it needs, priced by a schedule;
- scrub: all repairs and edits over such a claim, with the packaged payer data and its sibling pages;
- build and scrub: both, and the claim as canonical JSON, as it is stored and published;
- write: the 837P file of the claims' models;
- whole way: build, scrub, JSON, then the models of the claims and the file.

The floor is `bytes.split` of that file into segments and elements, twice, as for the codec.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid5

from claim_builder.building import Draft, Turn, build_all
from claim_builder.fees import Price, PriceList
from claim_builder.scrubbing import Scrubbed, ScrubContext, scrub, warm_up
from claim_builder.settling import canonical
from events.phi import CodedEncounter
from kit import memory
from submission_svc.claim_837p import claim as claim_model
from x12 import claim_837p
from x12.claim_837p.models import Claim
from x12.claim_837p.write import in_hierarchy_order

from tests.load import codec_files
from tests.support.claim_shapes import SHAPES
from tests.support.encounters import EncounterMaker

TODAY: Final = date(2026, 11, 25)
NAMESPACE: Final = UUID("00000000-0000-5000-8000-0000000000be")
RUNS: Final = 5
ENCOUNTERS: Final = 1_500
OFFICE: Final[dict[str, int]] = {
    "plain": 60, "dependent": 12, "medicare": 12, "medicaid": 4, "two_payers": 4, "vaccine": 3, "drugs": 2,
    "telehealth": 2, "unlisted": 1,
}  # fmt: skip
"""What a practice sends, in percent."""
MIXES: Final[dict[str, Sequence[str]]] = {
    "office visits": [name for name, percent in OFFICE.items() for _ in range(percent)],
    "all shapes": list(SHAPES),
}


def encounters(mix: str, number: int, seed: int) -> Iterator[CodedEncounter]:
    """Seeded encounters, in the shapes of a mix in turn, each read from JSON, without charges of the EMR's own."""
    maker, names = EncounterMaker(seed), MIXES[mix]
    for at in range(number):
        made = SHAPES[names[at % len(names)]](maker)
        lines = [line.model_copy(update={"charge_cents": _own_charge(line)}) for line in made.lines]
        told = made.model_copy(update={"lines": tuple(lines)})
        yield CodedEncounter.model_validate_json(told.model_dump_json(exclude_defaults=True))


def _own_charge(line: Any) -> int | None:
    """Minutes are priced by the practice; all else by the schedule."""
    return line.charge_cents if line.unit_basis == "MJ" else None


def schedule(of: Sequence[CodedEncounter]) -> PriceList:
    """A price for every code, this year's and last year's."""
    codes = sorted({line.code for encounter in of for line in encounter.lines})
    dates = ((date(2025, 1, 1), date(2025, 12, 31)), (date(2026, 1, 1), None))
    prices = [Price(code, "", 10_000 + 37 * at, *each) for at, code in enumerate(codes) for each in dates]
    return PriceList((), prices)


class Bench:
    """One mix: its encounters, and what each stage makes of them."""

    def __init__(self, mix: str, number: int, seed: int) -> None:
        self.encounters = [(uuid5(NAMESPACE, made.external_id), made) for made in encounters(mix, number, seed)]
        self.prices = schedule([encounter for _, encounter in self.encounters])

    def build(self) -> list[tuple[Draft, ...]]:
        """Every encounter's claims."""
        return [build_all(encounter_id, encounter, Turn(), self.prices) for encounter_id, encounter in self.encounters]

    def scrub(self, built: list[tuple[Draft, ...]]) -> list[Scrubbed]:
        """Every claim with what was found."""
        return [
            scrub(draft.content, ScrubContext(TODAY, draft.unpriced, siblings(drafts, at)))
            for drafts in built
            for at, draft in enumerate(drafts)
        ]

    def store(self, scrubbed: list[Scrubbed]) -> list[tuple[str, bytes]]:
        """Every claim as canonical JSON with its hash."""
        return [canonical(each.content) for each in scrubbed]

    def build_and_scrub(self) -> list[Scrubbed]:
        """What claim-builder does with an encounter."""
        scrubbed = self.scrub(self.build())
        self.store(scrubbed)
        return scrubbed

    def models(self, scrubbed: list[Scrubbed]) -> tuple[Claim, ...]:
        """The claims as submission-svc hands them to the codec."""
        return tuple(in_hierarchy_order(claim_model(each.content) for each in scrubbed))

    def write(self, models: tuple[Claim, ...]) -> bytes:
        """The 837P file."""
        return claim_837p.write(codec_files.envelope(), codec_files.claim_sets(models))

    def whole_way(self) -> bytes:
        """From the encounters to the file."""
        return self.write(self.models(self.build_and_scrub()))


def siblings(drafts: tuple[Draft, ...], at: int) -> tuple[Any, ...]:
    """The other pages of the same request."""
    return tuple(draft.content for draft in (*drafts[:at], *drafts[at + 1 :]))


def floor(file: bytes) -> list[list[bytes]]:
    """The file as segments of elements and nothing else."""
    return [segment.split(b"*") for segment in file.split(b"~")]


def measure() -> dict[str, Any]:
    """Both mixes."""
    return {"runs": RUNS, "mixes": {mix: _in_a_process(mix) for mix in MIXES}}


def _in_a_process(mix: str) -> dict[str, Any]:
    child = subprocess.run(
        [sys.executable, "-m", "tests.load.claims", "--one", mix], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(child.stdout)
    return found


def _one(mix: str) -> dict[str, Any]:
    """Measure in this process. Other encounters than those that are measured go first, to fill what is cached."""
    warm_up(TODAY)
    Bench(mix, ENCOUNTERS // 3, seed=1).whole_way()
    bench = Bench(mix, ENCOUNTERS, seed=2)
    built = bench.build()
    scrubbed = bench.scrub(built)
    models = bench.models(scrubbed)
    file = bench.write(models)
    memory.settle()
    stages: dict[str, Callable[[], Any]] = {
        "build": bench.build,
        "scrub": partial(bench.scrub, built),
        "json": partial(bench.store, scrubbed),
        "build and scrub": bench.build_and_scrub,
        "models": partial(bench.models, scrubbed),
        "write": partial(bench.write, models),
        "whole way": bench.whole_way,
        "floor": partial(floor, file),
    }
    lines = sum(len(each.content.lines) for each in scrubbed)
    return {
        "claims": len(scrubbed),
        "lines_per_claim": round(lines / len(scrubbed), 2),
        "findings_per_claim": round(sum(len(each.findings) for each in scrubbed) / len(scrubbed), 2),
        "claims_per_cpu_second": {name: round(len(scrubbed) / _best(stage)) for name, stage in stages.items()},
    }


def _best(stage: Callable[[], Any]) -> float:
    """CPU seconds of the quickest of some runs."""
    seconds = []
    for _ in range(RUNS):
        begun = time.process_time()
        stage()
        seconds.append(time.process_time() - begun)
    return min(seconds)


def table(result: dict[str, Any]) -> list[str]:
    """The result as lines of text."""
    mixes = result["mixes"]
    names = list(next(iter(mixes.values()))["claims_per_cpu_second"])
    shape = "; ".join(f"{mix}: {it['claims']} claims of {it['lines_per_claim']} lines" for mix, it in mixes.items())
    rows = [(name, *(f"{it['claims_per_cpu_second'][name]:,}" for it in mixes.values())) for name in names]
    return [shape, *("  ".join(f"{cell:>16}" for cell in row) for row in [("claims/s", *mixes), *rows])]


def main(arguments: Sequence[str]) -> int:
    """Print the table, or with --one the figures of one mix as JSON."""
    if arguments[:1] == ["--one"]:
        print(json.dumps(_one(arguments[1])))
    else:
        print("\n".join(table(measure())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
