"""The command line: ``x12 summary | validate | show | ack``."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from x12.ack_999 import answer_each, write_answer
from x12.examining import examine
from x12.findings import Finding, WriteError
from x12.showing import Names, show


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; exit code 0, 1 (errors found) or 2 (a file cannot be read)."""
    options = _parser().parse_args(arguments)
    if arguments is None:
        gc.freeze()  # a process of its own: guides stay, so the collector has little to look at and does so often
    try:
        return int(options.run(options))
    except BrokenPipeError:  # whoever reads the output has enough of it
        sys.stdout = None  # nothing is left to be flushed at exit
        return 1
    except OSError as error:
        print(f"x12: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="x12", description="Read, check and acknowledge X12 files. FILE may be - .")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text in (
        ("summary", _summary, "one JSON line per file: what is in it, to the cent"),
        ("validate", _validate, "findings as JSON lines; exit code 1 if any is an error"),
        ("show", _show, "print claims, remittances and acknowledgements readably (patient data!)"),
        ("ack", _ack, "write the 999 and TA1 that a receiver would send"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("files", nargs=1 if name == "ack" else "+", metavar="FILE")
        command.set_defaults(run=run)
        if name == "show":
            command.add_argument("--names", metavar="FILE", help="your names of codes: list, code, name between tabs")
        if name == "ack":
            command.add_argument("--control-number", type=int, default=1, help="ISA13 and GS06 of the first answer")
    return parser


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
    else:
        with Path(name).open("rb") as stream:
            yield stream


def _each(options: argparse.Namespace, run: Callable[[str, BinaryIO], int]) -> int:
    """The highest exit code of ``run`` on every file; one that cannot be read is told, and the next one is taken."""
    code = 0
    for name in options.files:
        try:
            with _opened(name) as stream:
                code = max(code, run(name, stream))
        except BrokenPipeError:
            raise
        except OSError as error:
            print(f"x12: {name}: {error.strerror}", file=sys.stderr)
            code = 2
    return code


def _summary(options: argparse.Namespace) -> int:
    return _each(options, _summarise)


def _summarise(name: str, stream: BinaryIO) -> int:
    findings, separator = 0, ""
    print(f'{{"file": {json.dumps(name)}, "transactions": [', end="")
    for each in examine(stream, rules=False):
        if isinstance(each, Finding):
            findings += 1
        else:
            print(separator + json.dumps(each.as_dict()), end="")
            separator = ", "
    print(f'], "findings": {findings}}}')
    return 0


def _validate(options: argparse.Namespace) -> int:
    return _each(options, _find)


def _find(name: str, stream: BinaryIO) -> int:
    errors = 0
    for each in examine(stream):
        if isinstance(each, Finding):
            errors += each.is_error
            print(json.dumps(_line(name, each)))
    return 1 if errors else 0


def _line(name: str, finding: Finding) -> dict[str, object]:
    return {
        "file": name,
        "severity": str(finding.severity),
        "code": finding.code,
        "snip": finding.snip,
        "loop": finding.loop,
        "segment": finding.segment,
        "position": finding.position,
        "element": finding.element,
        "value": finding.value,
        "message": finding.message,
        "action": finding.action,
        "transaction_set": finding.transaction_set_control_number,
        "patient_control_number": finding.patient_control_number,
    }


def _show(options: argparse.Namespace) -> int:
    names = _names(options.names)

    def print_lines(_: str, stream: BinaryIO) -> int:
        for line in show(stream, names):
            print(line)
        return 0

    return _each(options, print_lines)


def _names(file: str | None) -> Names:
    if file is None:
        return Names()
    with Path(file).open(encoding="utf-8") as lines:
        return Names(lines)


def _ack(options: argparse.Namespace) -> int:
    now = datetime.now()  # noqa: DTZ005 - X12 carries local time
    with _opened(options.files[0]) as stream:
        answers = list(answer_each(stream))
    if not answers:
        print("x12: the file holds no interchange to answer", file=sys.stderr)
        return 1
    unaddressed = 0
    for number, answer in enumerate(answers, options.control_number):
        try:
            sys.stdout.buffer.write(write_answer(answer, now, number))
        except WriteError as error:
            unaddressed += 1
            print(f"x12: the answer to interchange {number} cannot be addressed: {error}", file=sys.stderr)
    return 1 if unaddressed else 0


if __name__ == "__main__":
    sys.exit(main())
