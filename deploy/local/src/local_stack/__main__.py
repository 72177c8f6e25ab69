"""Command line of the local stack: `local-stack jars`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from local_stack import jars
from local_stack.errors import StackError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="local-stack", description="Runs cleanclaim on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    fetch = commands.add_parser("jars", help="fetch and check the jars of Kafka and Zipkin")
    fetch.add_argument("--relock", action="store_true", help="resolve them anew and write the lock files")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (1 after an explained error)."""
    arguments = _parser().parse_args(argv)
    try:
        if arguments.relock:
            jars.relock()
        jars.kafka_jars()
        jars.zipkin_jar()
    except StackError as error:
        print(error.render(), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
