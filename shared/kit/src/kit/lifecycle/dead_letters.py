"""The `dead-letters` command: list what was set aside (never its content) and replay one, those of a reason, or all."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence

from kit.lifecycle.process import make_context
from kit.lifecycle.service import Service
from kit.messaging.dead_letters import StoredLetter, load_dead_letters, mark_replayed
from kit.messaging.processor import Processor


def add_command(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser], service: Callable[[], Service]
) -> None:
    """Add `dead-letters list|replay` to a service's command line."""
    parser = subparsers.add_parser("dead-letters", help="list or replay messages that were set aside")
    parser.add_argument("action", choices=["list", "replay"])
    parser.add_argument("--id", type=int, action="append", default=[], help="only this one (repeatable)")
    parser.add_argument("--reason", help="only those with this reason code")
    parser.add_argument("--dry-run", action="store_true", help="say what would be replayed")
    parser.set_defaults(command=lambda arguments: asyncio.run(_run(service(), arguments)))


async def _run(service: Service, arguments: argparse.Namespace) -> int:
    context = make_context(service)
    try:
        async with context.database.transaction() as transaction:
            letters = await load_dead_letters(transaction, ids=arguments.id, reason=arguments.reason)
        for letter in letters:
            _print(letter)
        if arguments.action == "list" or arguments.dry_run:
            return 0
        processor = Processor(context.database, service.handlers(context), service=service.name)
        failed = await replay(processor, letters)
        sys.stdout.write(json.dumps({"replayed": len(letters) - failed, "failed": failed}) + "\n")
        return 1 if failed else 0
    finally:
        await context.database.dispose()


async def replay(processor: Processor, letters: Sequence[StoredLetter]) -> int:
    """Apply the records again, one by one; those that succeed are closed. Returns how many failed again.

    Idempotent: what was applied meanwhile is dropped by the inbox.
    """
    failed = 0
    for letter in letters:
        if await processor.apply_again(letter.record) is None:
            async with processor.database.transaction() as transaction:
                await mark_replayed(transaction, [letter.id])
        else:
            failed += 1
    return failed


def _print(letter: StoredLetter) -> None:
    record = letter.record
    line = {
        "id": letter.id,
        "reason": letter.reason,
        "event_type": record.event_type,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
    }
    sys.stdout.write(json.dumps(line) + "\n")
