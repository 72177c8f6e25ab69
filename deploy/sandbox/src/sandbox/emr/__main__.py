"""`python -m sandbox.emr`: post the sample day, notes, or load to a running coding-svc."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from sandbox.emr.day import SampleEncounter, sample_day
from sandbox.emr.feeder import Feeder, FeedError
from sandbox.emr.load import encounters
from sandbox.emr.notes import BadNotes, encounters_from


def main() -> int:
    """Parse the command line, post, and print counts. The API key comes from CLEANCLAIM_API_KEY."""
    args = _arguments().parse_args()
    key = os.environ.get("CLEANCLAIM_API_KEY", "")
    if not key:
        print("set CLEANCLAIM_API_KEY to an API key with the role emr", file=sys.stderr)
        return 2
    try:
        refused = asyncio.run(_feed(args.url, key, _samples(args), args.concurrency))
    except (BadNotes, FeedError) as error:
        print(error, file=sys.stderr)
        return 1
    return 1 if refused else 0


def _samples(args: argparse.Namespace) -> Iterable[SampleEncounter]:
    if args.what == "day":
        return sample_day(args.seed)
    if args.what == "notes":
        return encounters_from(args.path)
    return encounters(args.count, args.seed, args.mix)


async def _feed(url: str, key: str, samples: Iterable[SampleEncounter], concurrency: int) -> int:
    """Post, revise what is revised, print counts; the number of refused ones."""
    kept = list(samples)
    async with Feeder(url, key, concurrency) as feeder:
        posted = await feeder.post_all(kept)
        for sample, result in zip(kept, posted, strict=True):
            if sample.revision and result.encounter_id:
                await feeder.revise(result, sample)
    refused = Counter(result.problem for result in posted if result.problem)
    print(f"{len(posted) - refused.total()} encounters taken")
    for code, count in refused.items():
        print(f"{count} refused: {code}")
    return refused.total()


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sandbox-emr", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8101", help="base URL of coding-svc")
    parser.add_argument("--concurrency", type=int, default=8)
    what = parser.add_subparsers(dest="what", required=True)
    day = what.add_parser("day", help="the sample day")
    day.add_argument("--seed", type=int, default=1)
    notes = what.add_parser("notes", help="notes of a folder of .txt files or of a JSON-lines file")
    notes.add_argument("path", type=Path)
    load = what.add_parser("load", help="many encounters")
    load.add_argument("count", type=int)
    load.add_argument("--seed", type=int, default=1)
    load.add_argument("--mix", choices=("paid", "mixed", "faults"), default="paid")
    return parser


if __name__ == "__main__":
    sys.exit(main())
