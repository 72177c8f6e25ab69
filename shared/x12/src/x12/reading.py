"""Reads the envelopes of a file and hands out its transaction sets one by one; shared by all readers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Generic, TypeVar

from x12.elements import element, moment, number
from x12.envelope import Envelope, FunctionalGroup, Parsed
from x12.enveloping import check_group, check_interchange
from x12.findings import Finding, Report, Severity
from x12.guide import Guide
from x12.remembering import Seen
from x12.shapes import unit_shape
from x12.sourcing import Source
from x12.tokenizing import Piece, Tokenizer
from x12.walking import Node, Walker

NO_TIME = datetime(1, 1, 1)  # noqa: DTZ001 - X12 carries local time without a zone
_ENVELOPE = frozenset(["ISA", "GS", "ST", "SE", "GE", "IEA"])
_KNOWN_OUTSIDE = _ENVELOPE | {"TA1", "BHT", "BPR"}
_CONTROL_NUMBER = re.compile(r"[A-Za-z0-9]{4,9}", re.ASCII)


class Frame:
    """One ST..SE: where it stands, and its segments (ST included, SE not), which can be read once."""

    def __init__(self, file: FileReader, header: list[str], behind: Sequence[list[str]] = ()) -> None:
        self.file = file
        self.envelope = file.envelope
        self.group_version = file.group_version
        self.functional_id = file.functional_id
        self.set_id = element(header, 1).strip()
        self.control_number = element(header, 2)
        self.version = element(header, 3).strip() or file.group_version
        self.count = 1
        self.closed = False
        self.first_finding = len(file.report.findings)
        self._pieces = self._read(header, behind)

    @property
    def segments(self) -> Iterator[list[str]]:
        """The segments that are left, one by one."""
        for piece in self._pieces:
            yield from [piece] if isinstance(piece, list) else piece.flat()

    def pieces(self, guide: Guide) -> Iterator[Piece]:
        """The segments that are left; right units of ``guide`` in one piece."""
        tokenizer = self.file.tokenizer
        tokenizer.unit = unit_shape(guide, tokenizer.delimiters)
        return self._pieces

    def walker(self, guide: Guide) -> Walker:
        """A walker along ``guide`` with this file's delimiters."""
        delimiters = self.file.tokenizer.delimiters
        return Walker(guide, self.file.report, delimiters.component, delimiters.repetition)

    @property
    def component(self) -> str:
        """The component separator of this interchange."""
        return self.file.tokenizer.delimiters.component

    def drain(self) -> None:
        """Skip what is left, so that the next transaction set can be read."""
        for _ in self._pieces:
            pass

    def _read(self, header: list[str], behind: Sequence[list[str]]) -> Iterator[Piece]:
        """``behind`` are segments that were read already."""
        yield header
        for piece in chain(behind, self.file.pieces):
            if not isinstance(piece, list):
                self.count += piece.count
                yield piece
                continue
            id = piece[0]
            if not (id.isupper() and id.isalnum()) and _mend(piece):
                self._note_id(id)
            if piece[0] in _ENVELOPE:
                self._end(piece)
                return
            self.count += 1
            yield piece
        self._end(["EOF"])

    def _note_id(self, id: str) -> None:
        message = "the segment id is not in capitals, or blanks are in it"
        self.file.report.add("IK304-1", message, "Send the id as the guide writes it.", segment=id[:4],
                             position=self.count + 1)  # fmt: skip

    def _end(self, segment: list[str]) -> None:
        self.closed = True
        self.file.tokenizer.unit = None
        report = self.file.report
        if segment[0] != "SE":
            message = "the transaction set has no SE segment"
            report.add("IK502-2", message, "Send SE before the next envelope.", segment="SE", position=self.count + 1)
            self.file.push_back(segment)
            return
        if element(segment, 1) != str(self.count + 1) and element(segment, 1).lstrip("0") != str(self.count + 1):
            self._trailer("IK502-4", "SE01 is not the number of segments", "SE01", self.count + 1, segment)
        if element(segment, 2) != self.control_number:
            self._trailer("IK502-3", "SE02 is not the control number of ST02", "SE02", self.count + 1, segment)
        if any(segment[3:]):
            self._trailer("IK403-3", "SE has more than two elements", "SE03", self.count + 1, segment)

    def _trailer(self, code: str, message: str, at: str, position: int, segment: list[str]) -> None:
        self.file.report.add(
            code, message, "Recount and renumber.", segment="SE", position=position, element=at,
            value=element(segment, int(at[2:])),
        )  # fmt: skip


class FileReader:
    """Reads one file: `transaction_sets` yields frames; envelopes are checked on the way.

    ``ended`` is called with ISA13, as it stands there, and the header of every interchange that is over.
    """

    def __init__(self, source: Source, ended: Callable[[str, Envelope], None] | None = None) -> None:
        self.report = Report()
        self.tokenizer = Tokenizer(source, self.report)
        self.envelope = Envelope("", "", "", "", NO_TIME, 0, 0)
        self.group_version = ""
        self.functional_id = ""
        self.interchange_acknowledgements: list[list[str]] = []
        self.group_count = 0  # in the whole file
        self.pieces = iter(self.tokenizer)
        self._ended = ended
        self._pushed: list[list[str]] = []
        self._counts = {"interchanges": 0, "groups": 0, "sets": 0}
        self.in_interchange = False
        self._open_group = False
        self._seen = Seen()
        self._isa: list[str] = []
        self._gs: list[str] = []
        self._header = self.envelope

    def each(self) -> Iterator[list[str]]:
        """The raw segments, from where the file is now."""
        while True:
            piece = self._pushed.pop() if self._pushed else next(self.pieces, None)
            if piece is None:
                return
            yield from [piece] if isinstance(piece, list) else piece.flat()

    def push_back(self, segment: list[str]) -> None:
        """Give a segment back, to be read next."""
        if segment[0] != "EOF":
            self._pushed.append(segment)

    def transaction_sets(self) -> Iterator[Frame]:
        """The transaction sets in file order. Each must be used before the next is asked for."""
        handlers: dict[str, Callable[[list[str]], None]] = {
            "ISA": self._begin_interchange,
            "GS": self._begin_group,
            "GE": self._end_group,
            "IEA": self._end_interchange,
            "TA1": self.interchange_acknowledgements.append,
        }
        for segment in self.each():
            if segment[0] not in _KNOWN_OUTSIDE and _mend(segment):
                message = "the segment id is not in capitals, or blanks are in it"
                self.report.add("TA105-022", message, "Send the id in capitals.", segment=segment[0])
            if segment[0] == "ST":
                yield from self._set(segment)
            elif segment[0] in _BEGINNINGS and self.functional_id in _SET_IDS:
                self.report.add("IK502-1", "the transaction set has no ST segment", "Send ST first.", segment="ST")
                yield from self._set(["ST", _SET_IDS[self.functional_id], "", self.group_version], segment)
            elif segment[0] in handlers:
                handlers[segment[0]](segment)
            else:
                message = "a segment stands outside of any transaction set"
                self.report.add("TA105-024", message, "Put it between ST and SE.", segment=segment[0][:3])
        self._end_of_file()

    def _set(self, segment: list[str], *behind: list[str]) -> Iterator[Frame]:
        self._counts["sets"] += 1
        frame = Frame(self, segment, behind)
        self.report.transaction_set = frame.control_number
        self._check_header(frame)
        yield frame
        frame.drain()
        self.report.transaction_set = ""

    def _check_header(self, frame: Frame) -> None:
        self._unique("ST", "IK502-23", "ST02 is not unique in the group", frame.control_number)
        if not _CONTROL_NUMBER.fullmatch(frame.control_number):
            message = "ST02 is not a control number"
            self.report.add("IK502-7", message, "Send 4 to 9 letters and digits.", segment="ST", position=1,
                            element="ST02", value=frame.control_number)  # fmt: skip
        group = FUNCTIONAL_IDS.get(frame.set_id, self.functional_id)
        if self._gs and group != self.functional_id:
            message = "GS01 is not the group of these transaction sets"
            self.report.add("AK905-1", message, f"Send {group}.", segment="GS", element="GS01",
                            value=self.functional_id)  # fmt: skip
        if frame.version[:10] != (self.group_version or frame.version)[:10]:
            message = "ST03 is not the guide of GS08"
            self.report.add("IK502-I6", message, "Send one guide in both.", segment="ST", position=1, element="ST03",
                            value=frame.version)  # fmt: skip

    def _unique(self, kind: str, code: str, message: str, value: str) -> None:
        if self._seen.repeats((kind, self._counts["interchanges"], self.group_count if kind == "ST" else 0, value)):
            self.report.add(code, message, "Give every one its own number.", segment=kind, value=value)

    def _begin_interchange(self, segment: list[str]) -> None:
        if self.in_interchange:
            self._end_interchange([])
        self.in_interchange = True
        self._isa = segment
        self._counts["interchanges"] += 1
        self._counts["groups"] = 0
        self.report.interchange = element(segment, 13).strip()
        check_interchange(segment, self.report)
        if len(segment) > 13:
            key = ("ISA", element(segment, 6), element(segment, 8), self.report.interchange)
            if self._seen.repeats(key):
                self.report.add("TA105-025", "ISA13 was used before in this file", "Give every interchange its own.")
        self.envelope = self._envelope_of(segment, [])
        self._header = self.envelope

    def _envelope_of(self, isa: list[str], gs: list[str]) -> Envelope:
        created = moment(element(gs, 4), element(gs, 5)) or moment("20" + element(isa, 9), element(isa, 10))
        sender, receiver = element(isa, 6).strip(), element(isa, 8).strip()
        application_sender, application_receiver = element(gs, 2), element(gs, 3)
        return Envelope(
            element(isa, 5).strip(),
            sender,
            element(isa, 7).strip(),
            receiver,
            created or NO_TIME,
            number(element(isa, 13)),
            number(element(gs, 6)),
            element(isa, 15) or "P",
            application_sender if application_sender != sender else "",
            application_receiver if application_receiver != receiver else "",
            element(isa, 14) == "1",
            self.tokenizer.delimiters,
        )

    def _end_interchange(self, segment: list[str]) -> None:
        if self._open_group:
            self._end_group([])
        self.in_interchange = False
        add = self.report.add
        if not segment:
            add("TA105-023", "the interchange has no IEA segment", "Send IEA at its end.", segment="IEA")
        elif not self._isa:
            add("TA105-022", "IEA stands without ISA", "Send ISA first.", segment="IEA")
        else:
            if number(element(segment, 1), -1) != self._counts["groups"]:
                add("TA105-021", "IEA01 is not the number of groups", "Recount.", segment="IEA", element="IEA01")
            if number(element(segment, 2), -1) != number(element(self._isa, 13), -2):
                add("TA105-001", "IEA02 is not ISA13", "Use one number in both.", segment="IEA", element="IEA02")
        if self._isa and self._ended is not None:
            self._ended(self.report.interchange, self._header)
        self.report.interchange = ""
        self._isa = []

    def _begin_group(self, segment: list[str]) -> None:
        if self._open_group:
            self._end_group([])
        if not self.in_interchange and self._counts["interchanges"]:
            message = "a functional group stands behind the end of its interchange"
            self.report.add("TA105-024", message, "Put it between ISA and IEA.", segment="GS")
        self._open_group = True
        self._gs = segment
        self._counts["groups"] += 1
        self._counts["sets"] = 0
        self.report.group = element(segment, 6)
        self.functional_id, self.group_version = element(segment, 1).strip(), element(segment, 8).strip()
        self.group_count += 1
        self._unique("GS", "AK905-19", "GS06 is not unique in the interchange", self.report.group)
        check_group(segment, self.report)
        self.envelope = self._envelope_of(self._isa, segment)

    def _end_group(self, segment: list[str]) -> None:
        self._open_group = False
        add = self.report.add
        if not segment:
            add("AK905-3", "the group has no GE segment", "Send GE at its end.", segment="GE")
        else:
            if number(element(segment, 1), -1) != self._counts["sets"]:
                add("AK905-5", "GE01 is not the number of transaction sets", "Recount.", segment="GE", element="GE01",
                    value=element(segment, 1))  # fmt: skip
            if element(segment, 2).lstrip("0") != element(self._gs, 6).lstrip("0"):
                add("AK905-4", "GE02 is not GS06", "Use one number in both.", segment="GE", element="GE02")
        self.report.group = ""
        self._gs = []

    def _end_of_file(self) -> None:
        if self.in_interchange:
            self._end_interchange([])
        if not self._counts["interchanges"]:
            message = "the file holds no X12 interchange"
            self.report.add("TA105-022", message, "Send a file that begins with ISA.")


def _mend(segment: list[str]) -> bool:
    """Write a segment's id in capitals and without blanks; whether that changed anything."""
    id = segment[0]
    segment[0] = id.strip().upper()
    return segment[0] != id


FUNCTIONAL_IDS = {
    "270": "HS", "271": "HB", "275": "PI", "276": "HR", "277": "HN", "278": "HI", "820": "RA", "834": "BE", "835": "HP",
    "837": "HC", "997": "FA", "999": "FA",
}  # fmt: skip
"""GS01 by ST01."""
_SET_IDS = {functional_id: set_id for set_id, functional_id in FUNCTIONAL_IDS.items()}
_BEGINNINGS = frozenset(["BHT", "BPR"])
"""What begins a transaction set whose ST was lost."""


T = TypeVar("T")


def read_sets(
    source: Source, guide: Guide | Sequence[Guide], build: Callable[[Frame, Walker, Iterator[Node]], T]
) -> Parsed[T]:
    """All transaction sets of ``guide`` in a file, made by ``build``; others are skipped with a finding."""
    return read_each(source, guide, lambda frame, walker: build(frame, walker, walker.walk(frame.pieces(walker.guide))))


def read_each(source: Source, guide: Guide | Sequence[Guide], build: Callable[[Frame, Walker], T]) -> Parsed[T]:
    """As `read_sets`, where ``build`` walks the set itself."""
    file = FileReader(source)
    groups: list[tuple[Envelope, str, list[T]]] = []
    guides = [guide] if isinstance(guide, Guide) else guide
    for frame in frames_of(file, *guides):
        made = build(frame, frame.walker(next((each for each in guides if _speaks(frame, each)), guides[0])))
        if not groups or groups[-1][0] is not frame.envelope:
            groups.append((frame.envelope, frame.group_version, []))
        groups[-1][2].append(made)
    return Parsed(
        tuple(FunctionalGroup(envelope, version, tuple(made)) for envelope, version, made in groups),
        tuple(file.report.findings),
    )


class UnitStream(Generic[T]):
    """The units of ``guide`` in a file (its claims), one by one, as ``begin(frame)(unit)`` makes them."""

    def __init__(self, source: Source, guide: Guide, begin: Callable[[Frame], Callable[[Node], T]]) -> None:
        self._file = FileReader(source)
        self._guide = guide
        self._begin = begin

    def __iter__(self) -> Iterator[T]:
        for frame in frames_of(self._file, self._guide):
            make = self._begin(frame)
            for unit in frame.walker(self._guide).walk(frame.pieces(self._guide)):
                yield make(unit)

    @property
    def envelope(self) -> Envelope:
        """The envelope around what was read last."""
        return self._file.envelope

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong in what was read so far, up to `x12.findings.MAX_FINDINGS`."""
        return tuple(self._file.report.findings)


def frames_of(file: FileReader, *guides: Guide) -> Iterator[Frame]:
    """The transaction sets of any of ``guides`` in a file; others are skipped with a finding."""
    for frame in file.transaction_sets():
        guide = next((guide for guide in guides if _speaks(frame, guide)), None)
        if guide is None:
            message = f"transaction set {frame.set_id[:3]} {frame.version[:12]} is not a {guides[0].version}"
            file.report.add("AK905-2", message, "Read it with its own reader.", segment="ST")
            continue
        if frame.version[:10] != guide.version[:10]:
            message = f"version {frame.version[:12]} is read as {guide.version}"
            file.report.add("AK905-2", message, "Send the current version.", severity=Severity.WARNING, segment="GS")
        yield frame


def _speaks(frame: Frame, guide: Guide) -> bool:
    """Same guide, whatever the release or erratum; an empty version is taken as it is."""
    same_set = frame.set_id == guide.transaction_set_id
    return same_set and (not frame.version or frame.version[6:10] in guide.families)
