"""Records for the broker and files for the webhooks that no service can use, each with what shall become of it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from events import Topic
from events.samples import golden_samples
from kit.messaging.records import EVENT_TYPE_HEADER, SCHEMA_VERSION_HEADER
from x12 import ta1
from x12.envelope import Envelope
from x12.ta1.models import InterchangeAcknowledgement

from tests.service.followup_svc.world import Story, file_835
from tests.support.hostile import TOKEN

PARTITIONS = 4
FOR_NOBODY = frozenset({"ClaimPaid", "ClaimDenied", "ClaimClosed"})
"""Events that no service of ours consumes: they are for others."""
OPENED = frozenset({"EncounterCoded", "ClaimBuilt"})
"""Events whose consumers need the PHI part."""
_EXAMPLES = Path(__file__).parents[1] / "codec" / "examples"
Headers = Sequence[tuple[str, bytes | None]]
Place = tuple[str, int, int]
"""Topic, partition, offset."""


@dataclass(frozen=True, slots=True)
class BadRecord:
    """What is produced; `reason` is that of its dead letters, None where somebody or nobody may take it."""

    name: str
    topic: str
    value: bytes | None
    headers: Headers
    reason: str | None
    partition: int = 0


def _headers(event_type: str, version: bytes = b"1") -> list[tuple[str, bytes | None]]:
    return [(EVENT_TYPE_HEADER, event_type.encode()), (SCHEMA_VERSION_HEADER, version)]


def hostile_records(tenant: str, seed: int) -> list[BadRecord]:
    """Bad records of every event and topic, spread over the partitions, so that each partition gets the worst ones."""
    draw = random.Random(seed)
    records = [record for topic in Topic for record in _of_topic(topic.value)]
    for event, sample in golden_samples():
        document = {**json.loads(sample), "tenant_id": tenant}
        records += _of_event(event.event_type, event.topic.value, document)
    draw.shuffle(records)
    return records


def _of_topic(topic: str) -> Iterator[BadRecord]:
    for partition in range(PARTITIONS):
        for name, headers, reason in (
            ("no headers", [], "event.headers-missing"),
            ("a header without a value", [(EVENT_TYPE_HEADER, None)], "event.headers-missing"),
            ("an unknown type", _headers("NobodyKnowsThis"), None),
            ("a type of bytes", [(EVENT_TYPE_HEADER, b"\xff\x00")], None),
        ):
            yield BadRecord(f"{topic} {name}", topic, TOKEN.encode(), headers, reason, partition)


def _of_event(event_type: str, topic: str, document: dict[str, Any]) -> Iterator[BadRecord]:
    def reason(code: str) -> str | None:
        return None if event_type in FOR_NOBODY else code

    def fresh(**changes: Any) -> bytes:
        ids = {
            name: str(uuid4()) for name in ("event_id", "encounter_id", "claim_id", "webhook_id") if name in document
        }
        if "patient_control_number" in document:
            ids["patient_control_number"] = uuid4().hex[:14].upper()
        return json.dumps({**document, **ids, **changes}).encode()

    usual, partition = _headers(event_type), random.Random(event_type).randrange(PARTITIONS)
    nul = [*usual, ("\x00", b"\x00"), ("traceparent", b"\xff-\x00-"), ("cleanclaim-origin", None)]
    yield from (
        BadRecord(f"{event_type} {name}", topic, value, headers, reason(code) if code else None, partition)
        for name, value, headers, code in (
            ("of tomorrow", fresh(), _headers(event_type, b"99"), "event.unknown-version"),
            ("of no number", fresh(), _headers(event_type, b"one"), "event.headers-missing"),
            ("of a huge number", fresh(), _headers(event_type, b"9" * 5_000), "event.headers-missing"),
            ("garbage", b"\x00\xff" + TOKEN.encode(), usual, "event.invalid"),
            ("empty", b"", usual, "event.invalid"),
            ("a tombstone", None, usual, "event.invalid"),
            ("900 kB", b'"' + b"x" * 900_000 + b'"', usual, "event.invalid"),
            ("NaN", b'{"event_id": NaN}', nul, "event.invalid"),
            ("a bad tenant", fresh(tenant_id="a,b"), usual, "event.invalid"),
            ("a huge version", fresh(encounter_version=2**70), usual, "event.invalid"),
            ("a version beyond the database", fresh(encounter_version=2**40), usual, "event.invalid"),
            ("the year one", fresh(occurred_at="0001-01-01T00:00:00+14:00"), usual, "event.invalid"),
            ("of nobody's tenant", fresh(tenant_id="nobody-here"), nul, None),
            ("of a claim that nobody has", fresh(phi=None), usual, None),
        )
    )
    if event_type in OPENED:
        for name, part in (("no", None), ("a broken", "e30.."), ("a foreign", "eyJhbGciOiJkaXIifQ..AAAA.AAAA.AAAA")):
            value = fresh(phi=part)
            yield BadRecord(
                f"{event_type} with {name} PHI part", topic, value, usual, "event.phi-unreadable", partition
            )


async def produce(bootstrap: str, records: Sequence[BadRecord]) -> Mapping[Place, BadRecord]:
    """Send them all; returns where each lies."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=4_000_000)
    await producer.start()
    try:
        sent = [
            await producer.send(r.topic, key=b"bad", value=r.value, headers=list(r.headers), partition=r.partition)
            for r in records
        ]
        places = [await future for future in sent]
    finally:
        await producer.stop()
    return {(p.topic, p.partition, p.offset): r for p, r in zip(places, records, strict=True)}


# --- files for webhooks -----------------------------------------------------------------------------------------------


def remittance_for_a_stranger() -> bytes:
    """A clean 835 about a claim that nobody has."""
    return file_835(Story().paid(), trace=f"T{uuid4().hex[:12]}".upper())


def acknowledgement_for_a_stranger() -> bytes:
    """A clean TA1 about an interchange that was never sent."""
    number = random.randrange(900_000_000, 999_999_999)
    when = datetime(2026, 9, 1, 16, tzinfo=UTC)
    return ta1.write(
        Envelope("ZZ", "RCV", "ZZ", "SND", when, number, number), [InterchangeAcknowledgement(number, when, "A", "000")]
    )


def unreadable_files() -> dict[str, bytes]:
    """Bodies in which neither an 835 nor an acknowledgement can be found whole."""
    remittance = remittance_for_a_stranger()
    claim = (_EXAMPLES / "837p" / "X222-commercial-health-insurance.edi").read_bytes()
    unique = uuid4().bytes
    return {
        "empty": b"",
        "blanks": b" \r\n" * 100 + b"\t",
        "bytes": bytes(range(256)) * 4 + unique,
        "cut off": remittance[: len(remittance) // 2],
        "without its end": remittance[: remittance.rindex(b"IEA")],
        "a head alone": remittance[:106],
        "half a head": remittance[:70],
        "an 837": claim,
        "UTF-16, cut off": remittance[: len(remittance) // 2].decode().encode("utf-16"),
        "mixed encodings": remittance[:106] + remittance[106:].decode().encode("utf-16-le"),
        "JSON": json.dumps({TOKEN: "ISA"}).encode(),
        "20 MB": b"ISA*00" + b"*" * 20_000_000,
        "20 MB without an end": remittance[:106] + b"ST*835*0001~" + b"CLP*A*1~" * 2_500_000,
    }


def odd_files(body: bytes, seed: int, count: int) -> Iterator[bytes]:
    """A readable file with one element replaced, repeated or taken away, `count` times."""
    draw = random.Random(seed)
    element, segment = body[3:4], body[105:106]
    segments = body[106:].split(segment)
    values = (b"", b"\x00", b"\xff\xfe", b"9" * 40, b"-1", b"1E400", b"NaN", b"00000000", b"99999999", b"A" * 5_000)
    for _ in range(count):
        changed = list(segments)
        at = draw.randrange(len(changed) - 1)
        pieces = changed[at].split(element)
        pieces[draw.randrange(len(pieces))] = draw.choice(values)
        changed[at : at + 1] = draw.choice(([element.join(pieces)], [element.join(pieces)] * 2, [element.join(pieces)]))
        yield body[:106] + segment.join(changed)
