"""Every PHI field posted holds a planted token. No span, metric, log, key, header, plain field or error has it."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import string
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from events.envelope import Topic
from sandbox.emr.day import encounter_of, load_cases
from sandbox.emr.fhir import bundle_of
from sandbox.payer.signing import new_webhook_id, signature_headers

from tests.journeys.test_encounter_to_cash import closed_claim
from tests.support.live import Live
from tests.support.otlp import OtlpReceiver
from tests.support.waiting import eventually

DATABASE_OF = {"coding-svc", "claim-builder", "submission-svc", "followup-svc"}
PAID = ("hand-laceration", "well-child-18-months", "eczema")
OTHERS = {
    "sinusitis-returned": "ClaimRejected",
    "shoulder-rejected-999": "ClaimRejected",
    "neuropathy-missing-data": "ClaimDenied",
    "uncertain-breathlessness": "EncounterHeld",
    "patient-without-address": "ClaimHeld",
}
"""Cases that end elsewhere than in the cash, with the event that says where."""


@dataclass
class Canaries:
    """The planted tokens, by the place where each was planted."""

    planted: dict[str, str] = field(default_factory=dict)

    def word(self, place: str) -> str:
        """A new token of letters."""
        return self._plant(place, "Zq" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(10)))

    def number(self, place: str) -> str:
        """A new token of ten digits, for phones."""
        return self._plant(place, "29" + "".join(secrets.choice(string.digits) for _ in range(8)))

    def note(self, place: str, value: str) -> str:
        """Watch a value that must keep its form."""
        return self._plant(place, value)

    def _plant(self, place: str, token: str) -> str:
        self.planted[token] = place
        return token

    def found_in(self, what: bytes | str) -> list[str]:
        """Where the tokens that occur in it were planted; X12 writes upper case, so case is ignored."""
        text = (what.decode("latin-1") if isinstance(what, bytes) else what).lower()
        return sorted(place for token, place in self.planted.items() if token.lower() in text)


@dataclass
class Flood:
    """What was posted and what came back."""

    canaries: Canaries
    encounters: dict[str, str]
    refusals: list[tuple[str, int, str]]


def planted_record(canaries: Canaries, case_id: str) -> dict[str, Any]:
    """The sample case with a token in every field that says something about the patient."""
    record = encounter_of(load_cases()[case_id], canaries.word(f"{case_id} external_id"))
    _plant_person(canaries, f"{case_id} patient", record["patient"])
    record["patient"]["medical_record_number"] = canaries.word(f"{case_id} medical_record_number")
    for cover in record["coverages"]:
        canaries.note(f"{case_id} member_id", cover["member_id"])
        cover["group_number"] = canaries.word(f"{case_id} group_number")
        cover["group_name"] = canaries.word(f"{case_id} group_name")
        if "subscriber" in cover:
            _plant_person(canaries, f"{case_id} subscriber", cover["subscriber"])
    for note in record["notes"]:
        note["text"] += f"\nGreetings from {canaries.word(f'{case_id} note text')}."
        note["author"] = canaries.word(f"{case_id} note author")
        note["id"] = canaries.word(f"{case_id} note id")
    for line in record.get("service_lines", ()):
        if load_cases()[case_id].get("format") != "fhir":  # there it is a sequence number
            line["id"] = canaries.word(f"{case_id} line id")
        line["note"] = canaries.word(f"{case_id} line note")
    for name in ("prior_authorization_number", "referral_number", "claim_note"):
        record[name] = canaries.word(f"{case_id} {name}")
    control_number = canaries.word(f"{case_id} attachment control number")
    record["attachments"] = [{"report_type_code": "OZ", "transmission_code": "EL", "control_number": control_number}]
    return record


def _plant_person(canaries: Canaries, place: str, person: dict[str, Any]) -> None:
    for name in ("last_name", "first_name", "middle_name"):
        person[name] = canaries.word(f"{place} {name}")
    if "phone" in person:
        person["phone"] = canaries.number(f"{place} phone")
    if "address" in person:
        person["address"] = person["address"] | {  # a new one: a dependent's is the subscriber's own
            "line1": f"12 {canaries.word(f'{place} street')} St",
            "line2": canaries.word(f"{place} line2"),
            "city": canaries.word(f"{place} city"),
        }


@pytest.fixture(scope="module")
async def flood(stack: Any) -> Flood:
    """Planted encounters on every way through the system, and every kind of bad input with tokens in it."""
    live, canaries = Live(stack), Canaries()
    made = Flood(canaries, {}, [])
    for case_id in (*PAID, *OTHERS):
        made.encounters[case_id] = await _post(live, canaries, case_id)
    await _refuse_bad_requests(live, made)
    await _take_bad_webhooks(live, made)
    await _poison_topics(live, canaries)
    for case_id in PAID:
        await closed_claim(live, made.encounters[case_id], 90)
    for case_id, event in OTHERS.items():
        await _has_event(live, made.encounters[case_id], event)
    await eventually(lambda: _quarantined(live), 30, "bad webhooks set aside")
    await eventually(lambda: _dead_letters(live), 30, "poisoned records set aside")
    await asyncio.sleep(4)  # spans go out every second, metrics every two
    await live.close()
    return made


async def _post(live: Live, canaries: Canaries, case_id: str) -> str:
    record = planted_record(canaries, case_id)
    fhir = load_cases()[case_id].get("format") == "fhir"
    path, body = ("/v1/fhir", bundle_of(record, "collection")) if fhir else ("/v1/encounters", record)
    answer = await live.call("POST", "coding-svc", path, role="emr", json=body)
    assert answer.status_code == 202, (case_id, answer.text)
    found = answer.json()
    encounter_id: str = found["encounters"][0]["encounter_id"] if fhir else found["encounter_id"]
    return encounter_id


async def _has_event(live: Live, encounter_id: str, event: str) -> None:
    query = "SELECT count(*) FROM timeline WHERE encounter_id = $1::uuid AND event_type = $2"
    await eventually(lambda: live.value("followup-svc", query, encounter_id, event), 60, f"{event} of {encounter_id}")


async def _quarantined(live: Live) -> bool:
    query = "SELECT count(*) FROM webhook WHERE state = 'quarantined'"
    return all([await live.value(service, query) for service in ("submission-svc", "followup-svc")])


async def _dead_letters(live: Live) -> bool:
    found = [await live.value(service, "SELECT count(*) FROM dead_letter") for service in sorted(DATABASE_OF)]
    return all(found)


# --- bad input ------------------------------------------------------------------------------------------------------


async def _refuse_bad_requests(live: Live, made: Flood) -> None:
    word = made.canaries.word
    good = planted_record(made.canaries, "hand-laceration")
    bodies: dict[str, Any] = {
        "unknown field": {**good, word("unknown field"): 1},
        "deep unknown field": {**good, "patient": {**good["patient"], word("deep unknown field"): 1}},
        "wrong type": {**good, "total_minutes": word("wrong type")},
        "wrong literal": {**good, "patient": {**good["patient"], "sex": word("wrong literal")}},
        "wrong pattern": {**good, "place_of_service": word("wrong pattern")},
        "wrong date": {**good, "service_date": word("wrong date")},
        "wrong decimal": {**good, "service_lines": [{"code": "99213", "units": word("wrong decimal")}]},
        "wrong list": {**good, "notes": word("wrong list")},
        "NUL": {**good, "external_id": word("NUL") + "\x00"},
        "too long": {**good, "external_id": word("too long") * 50},
        "dependent without subscriber": {
            **good,
            "coverages": [{**good["coverages"][0], "relationship": "child", "member_id": word("dependent")}],
        },
    }
    for name, body in bodies.items():
        await _refused(live, made, name, "POST", "coding-svc", "/v1/encounters", json=body)
        await _refused(live, made, f"fhir {name}", "POST", "coding-svc", "/v1/fhir", json=body)
    text = word("broken JSON")
    await _refused(live, made, "broken JSON", "POST", "coding-svc", "/v1/encounters", content=f'{{"a": "{text}')
    bundle = bundle_of(planted_record(made.canaries, "eczema"), "collection")
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] in ("Encounter", "Patient"):
            entry["resource"]["resourceType"] = word("FHIR resource type")
        entry["resource"][word("FHIR element").lower()] = word("FHIR value")
    await _refused(live, made, "unusable bundle", "POST", "coding-svc", "/v1/fhir", json=bundle)
    await _refuse_tokens_outside_bodies(live, made)
    await _refuse_commands(live, made)


async def _refuse_tokens_outside_bodies(live: Live, made: Flood) -> None:
    word = made.canaries.word
    for service in sorted(DATABASE_OF):
        await _refused(live, made, "unknown path", "GET", service, f"/v1/{word('unknown path')}")
        await _refused(live, made, "unknown method", "DELETE", service, f"/{word('deleted path')}")
        key = {"authorization": f"Bearer {word('API key')}"}
        await _refused(live, made, "wrong key", "GET", service, "/v1/claims", headers=key)
    for service, path in (
        ("coding-svc", "/v1/encounters/{}"),
        ("coding-svc", "/v1/encounters?cursor={}"),
        ("coding-svc", "/v1/encounters?status={}"),
        ("claim-builder", "/v1/claims/{}"),
        ("claim-builder", "/v1/claims?state={}"),
        ("submission-svc", "/v1/submissions/{}"),
        ("submission-svc", "/v1/interchanges?limit={}"),
        ("followup-svc", "/v1/claims/{}"),
        ("followup-svc", "/v1/claims?encounter_id={}"),
        ("followup-svc", "/v1/encounters/{}/timeline"),
    ):
        await _refused(live, made, path, "GET", service, path.format(word(f"path {path}")))
    headers = {
        "traceparent": word("traceparent"),
        "tracestate": f"a={word('tracestate')}",
        "baggage": f"patient={word('baggage')}",
        "idempotency-key": word("Idempotency-Key"),
        "content-type": f"text/{word('content type')}",
        "user-agent": word("user agent"),
    }
    await _refused(live, made, "headers", "POST", "coding-svc", "/v1/encounters", headers=headers, content=b"{}")


async def _refuse_commands(live: Live, made: Flood) -> None:
    word, claim = made.canaries.word, "00000000-0000-4000-8000-000000000000"
    for service, path, body in (
        ("claim-builder", "/v1/claims/validate", {"claim": {"patient": {"last_name": word("dry run name")}}}),
        ("claim-builder", "/v1/claims/validate", {"encounter": {word("dry run field"): word("dry run value")}}),
        ("claim-builder", f"/v1/edits/{claim}/fixes", {"fixes": [{"field": word("fix"), "value": word("fixed")}]}),
        ("followup-svc", f"/v1/claims/{claim}/corrections", {"action": word("action"), "note": word("biller note")}),
        ("followup-svc", f"/v1/claims/{claim}/write-offs", {"amount_cents": word("amount"), word("reason"): 1}),
        ("followup-svc", f"/v1/work-items/{claim}/resolve", {"resolution": word("resolution") * 99}),
        ("coding-svc", f"/v1/review/{claim}/decisions", {"decision": word("decision"), "reason": word("why")}),
    ):
        await _refused(live, made, path, "POST", service, path, role="admin", json=body)
    for kind in ("277CA", "999", "835"):
        for body in _bad_files(word, kind):
            headers = {"content-type": "application/edi-x12"}
            answer = await live.call(
                "POST", "claim-builder", "/v1/claims/validate", role="admin", content=body, headers=headers
            )
            made.refusals.append(("dry run of a file", answer.status_code, answer.text))


async def _refused(live: Live, made: Flood, name: str, method: str, service: str, path: str, **more: Any) -> None:
    role = more.pop("role", "emr" if service == "coding-svc" and method == "POST" else "admin")
    answer = await live.call(method, service, path, role=role, **more)
    assert 400 <= answer.status_code < 500, (name, answer.status_code, answer.text)
    made.refusals.append((name, answer.status_code, answer.text))


async def _take_bad_webhooks(live: Live, made: Flood) -> None:
    word = made.canaries.word
    practice = live.stack.secrets.practices[0]
    for service, kind in (("submission-svc", "277CA"), ("submission-svc", "999"), ("followup-svc", "835")):
        path = f"/v1/webhooks/{practice.gateway_id}"
        for number, body in enumerate(_bad_files(word, kind)):
            signed = signature_headers(new_webhook_id(), int(time.time()), body, [practice.webhook_secret])
            for sender_word in (kind, word(f"{kind} x-transaction-set {number}")):
                headers = {**signed, "x-transaction-set": sender_word, "content-type": f"a/{word('content-type')}"}
                answer = await live.call("POST", service, path, content=body, headers=headers)
                assert answer.status_code in (200, 202), answer.text
            bad = {**signed, "webhook-signature": f"v1,{word('signature')}", "x-transaction-set": word("unsigned kind")}
            await _refused(live, made, "bad signature", "POST", service, path, content=body, headers=bad)
        unknown = f"/v1/webhooks/{word('account')}"
        await _refused(live, made, "unknown account", "POST", service, unknown, content=b"x", headers=signed)


def _bad_files(word: Any, kind: str) -> Iterator[bytes]:
    """No X12 at all, X12 that ends early, and a whole file whose every text is a token."""
    yield word(f"{kind} garbage").encode()
    isa = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*LAKESIDE       *260601*1200*^*00501*000000901*0*T*:~"
    body = {"999": _999, "277CA": _277ca, "835": _835}[kind](word)
    functional = {"999": "FA", "277CA": "HN", "835": "HP"}[kind]
    version = {"999": "005010X231A1", "277CA": "005010X214", "835": "005010X221A1"}[kind]
    group = f"GS*{functional}*PAYER*LAKESIDE*20260601*1200*1*X*{version}~"
    whole = f"{isa}{group}{body}GE*1*1~IEA*1*000000901~"
    yield whole[:-60].encode()
    yield whole.encode()


def _999(word: Any) -> str:
    return (
        "ST*999*0001*005010X231A1~AK1*HC*777*005010X222A1~AK2*837*0001*005010X222A1~"
        f"IK3*NM1*8*2010*8~CTX*CLM01:{word('999 CTX')}~IK4*3*1035*7*{word('999 IK404')}~"
        "IK5*R*5~AK9*R*1*1*0~SE*8*0001~"
    )


def _277ca(word: Any) -> str:
    return (
        "ST*277*0001*005010X214~BHT*0085*08*1*20260601*1200*TH~HL*1**20*1~"
        f"NM1*PR*2*PAYER*****PI*12345~TRN*1*{word('277CA TRN')}~DTP*050*D8*20260601~DTP*009*D8*20260601~"
        f"HL*2*1*21*1~NM1*41*2*{word('277CA receiver')}*****46*1~TRN*2*{word('277CA batch')}~"
        f"STC*A1:19*20260601*WQ*100~HL*3*2*19*1~NM1*85*2*CLINIC*****XX*1847293101~"
        f"HL*4*3*PT~NM1*QC*1*{word('277CA last')}*{word('277CA first')}****MI*{word('277CA member')}~"
        f"TRN*2*{word('277CA claim')}~STC*{word('STC category')}:{word('STC status')}:QC*20260601*U*100*"
        f"***{word('STC text')}~REF*1K*{word('277CA payer number')}~SE*17*0001~"
    )


def _835(word: Any) -> str:
    return (
        "ST*835*0001~BPR*I*10*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765*20260601~"
        f"TRN*1*{word('835 trace')}*1512345678~DTM*405*20260601~N1*PR*PAYER~N3*1 ST~N4*COLUMBUS*OH*43215~"
        "PER*BL*X*TE*6145550100~N1*PE*CLINIC*XX*1847293101~LX*1~"
        f"CLP*{word('835 claim')}*1*20*10*10*12*{word('835 payer number')}*11*1~"
        f"NM1*QC*1*{word('835 last')}*{word('835 first')}****MI*{word('835 member')}~"
        f"SVC*HC:99213*20*10**1~DTM*472*20260501~CAS*PR*1*10~REF*6R*{word('835 line')}~"
        f"PLB*1847293101*20261231*WO:{word('835 PLB')}*0~SE*18*0001~"
    )


async def _poison_topics(live: Live, canaries: Canaries) -> None:
    """Records of a stranger on our topics: no envelope, an unknown version, our envelope with plain text beside it."""
    producer = AIOKafkaProducer(bootstrap_servers=live.part("kafka").bootstrap)
    await producer.start()
    types = {Topic.CODING: "EncounterCoded", Topic.CLAIMS: "ClaimBuilt", Topic.FOLLOWUP: "CorrectionRequested"}
    for topic, event_type in types.items():
        text = POISON + canaries.word(f"poison of {topic}")
        for version in (b"1", b"99", text.encode()):
            headers = [("cleanclaim-event-type", event_type.encode()), ("cleanclaim-schema-version", version)]
            await producer.send_and_wait(topic.value, text.encode(), key=text.encode(), headers=headers)
    await producer.stop()


POISON = "poison-"

# --- where no token may be ------------------------------------------------------------------------------------------


def test_the_tokens_are_where_they_belong(flood: Flood) -> None:
    """What follows proves something only if the tokens went all the way."""
    assert len(flood.canaries.planted) > 150
    assert len(flood.refusals) > 50


async def test_the_payer_was_told_the_planted_names(live: Live, flood: Flood) -> None:
    files = await live.rows("submission-svc", "SELECT content FROM interchange")
    told = set(flood.canaries.found_in(b"".join(bytes(row["content"]) for row in files)))
    for case_id in PAID:
        for place in ("patient last_name", "patient street", "member_id", "group_number"):
            assert f"{case_id} {place}" in told
    for place in ("prior_authorization_number", "claim_note", "subscriber last_name"):
        assert f"well-child-18-months {place}" in told


def test_no_span_or_metric_holds_a_token(flood: Flood, receiver: OtlpReceiver) -> None:
    assert len(receiver.spans) > 200
    assert flood.canaries.found_in(b"\x00".join(receiver.raw)) == []


def test_no_log_holds_a_token(live: Live, flood: Flood) -> None:
    logs = dict(live.logs())
    assert any(logs[f"{service}.log"] for service in DATABASE_OF)
    for name, text in logs.items():
        assert flood.canaries.found_in(text) == [], name


def test_no_error_body_holds_a_token(flood: Flood) -> None:
    for name, status, text in flood.refusals:
        assert flood.canaries.found_in(text) == [], (name, status, text)


async def test_no_plain_part_of_a_message_holds_a_token(live: Live, flood: Flood) -> None:
    told = 0
    for record in await _all_records(live):
        value = record.value or b""
        if POISON.encode() in value:
            continue
        headers = b"\x00".join(name.encode() + b"=" + (text or b"") for name, text in record.headers)
        assert flood.canaries.found_in(b"\x00".join((record.key or b"", headers, value))) == [], record
        if record.key is not None and record.key.decode("latin-1") in flood.encounters.values():
            sealed = json.loads(value).get("phi")
            assert sealed is None or re.fullmatch(r"[\w-]+(\.[\w-]*){4}", sealed), "a compact JWE"
            told += 1
    assert told > 40


async def _all_records(live: Live) -> list[Any]:
    consumer = AIOKafkaConsumer(
        *(topic.value for topic in Topic),
        bootstrap_servers=live.part("kafka").bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    found: list[Any] = []
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                found += batch
    finally:
        await consumer.stop()
    return found


@pytest.mark.parametrize("service", sorted(DATABASE_OF))
async def test_outbox_and_dead_letters_hold_no_token(live: Live, flood: Flood, service: str) -> None:
    for row in await live.rows(service, "SELECT event_type, topic, key, payload, traceparent FROM outbox"):
        assert flood.canaries.found_in(repr(tuple(row)) + bytes(row["payload"]).decode(errors="replace")) == []
    letters = await live.rows(service, "SELECT reason, event_type, headers::text, key, payload FROM dead_letter")
    for row in letters:
        assert flood.canaries.found_in(row["reason"] + row["event_type"]) == []
        if POISON.encode() not in bytes(row["payload"]):
            assert flood.canaries.found_in(repr(tuple(row)) + bytes(row["payload"]).decode(errors="replace")) == []


async def test_the_timeline_and_the_work_items_hold_no_token(live: Live, flood: Flood) -> None:
    """They are shown to operators, who may not see patients' data."""
    for table in ("timeline", "work_item"):
        for row in await live.rows("followup-svc", f"SELECT to_jsonb(t)::text FROM {table} t"):
            assert flood.canaries.found_in(row[0]) == [], (table, row[0])
