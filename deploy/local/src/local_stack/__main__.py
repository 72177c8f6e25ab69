"""Command line of the local stack; `make` calls it."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence

from local_stack import jars
from local_stack.config import StackConfig
from local_stack.errors import StackError
from local_stack.process import die_with_parent
from local_stack.progress import reporter


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="local-stack", description="Runs cleanclaim on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start everything, send a sample day through it, stay up until Ctrl-C")
    run.add_argument("--once", action="store_true", help="end after the sample day")
    run.add_argument("--new-day", action="store_true", help="post a sample day though an earlier one is there")
    infra = commands.add_parser("infra", help="start only PostgreSQL, Kafka, Zipkin and the OTLP bridge")
    for starting in (run, infra):
        starting.add_argument("--with-parent", action="store_true", help="end when the calling process ends (Linux)")
    commands.add_parser("reset", help="forget the stack's data")
    feed = commands.add_parser("feed", help="post notes to the running stack")
    feed.add_argument("notes", help="folder of texts, or a file of JSON lines")
    fetch = commands.add_parser("jars", help="fetch and check the jars of Kafka and Zipkin")
    fetch.add_argument("--relock", action="store_true", help="resolve them anew and write the lock files")
    bridge = commands.add_parser("otlp-bridge", help="take OTLP/HTTP and hand the spans to Zipkin")
    bridge.add_argument("--port", type=int, default=4318)
    bridge.add_argument("--zipkin", default="http://127.0.0.1:9411", help="Zipkin's base URL")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (1 after an explained error)."""
    arguments = _parser().parse_args(argv)
    try:
        return _do(arguments)
    except StackError as error:
        print(error.render(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _do(arguments: argparse.Namespace) -> int:
    if arguments.command == "otlp-bridge":
        from local_stack.otlp_bridge import serve

        serve(arguments.port, arguments.zipkin)
        return 0
    if arguments.command == "jars":
        return _jars(relock=arguments.relock)
    from local_stack import run

    config, report = StackConfig.from_environment(), reporter()
    if arguments.command == "reset":
        return run.reset(config, report)
    if arguments.command == "feed":
        return run.feed(config, arguments.notes, report)
    if arguments.with_parent:
        die_with_parent(signal.SIGTERM)
    is_run = arguments.command == "run"
    choices = run.Choices(
        infrastructure_only=not is_run, once=is_run and arguments.once, new_day=is_run and arguments.new_day
    )
    return run.run(config, report, choices)


def _jars(*, relock: bool) -> int:
    if relock:
        jars.relock()
    jars.kafka_jars()
    jars.zipkin_jar()
    return 0


if __name__ == "__main__":
    sys.exit(main())
