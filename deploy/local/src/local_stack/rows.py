"""One row of the table per encounter: codes, claims, acknowledgements and money, read from the services' APIs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import httpx
from sandbox.emr.status import ClaimStanding, Standing

from local_stack.following import Followed
from local_stack.outcomes import ON_THE_WAY, REFUSED, outcome_here
from local_stack.stack import RunningStack
from local_stack.table import Money, Row

Json = dict[str, Any]

_AT_THE_SAME_TIME: Final = 8
_NO_DENIAL: Final = frozenset({("CO", "45"), ("CO", "253"), ("OA", "23"), ("PR", "1"), ("PR", "2"), ("PR", "3")})
"""Contract, an earlier payer's share, and the patient's share: these explain no denial."""
_ZIPKIN_FIRST: Final = 10


class RowReader:
    """Reads rows, some at the same time. Use `close` at the end."""

    def __init__(self, stack: RunningStack) -> None:
        self._stack = stack
        self._client = httpx.AsyncClient(timeout=30, trust_env=False)
        self._slots = asyncio.Semaphore(_AT_THE_SAME_TIME)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def rows(self, followed: Sequence[Followed], standings: Mapping[str, Standing]) -> list[Row]:
        """All rows, in the same order. Raises httpx.HTTPError."""
        return list(await asyncio.gather(*(self._row(each, standings) for each in followed)))

    async def balanced(self, practice: str) -> bool:
        """Whether the practice's trial balance agrees, cash with what the payers remitted included."""
        balance = await self._get(practice, "biller", "followup-svc", "/v1/ledger/balance")
        return bool(balance and balance["balanced"])

    async def trace_id(self, practice: str, encounter_id: str) -> str | None:
        """The trace that began with the encounter's POST."""
        told = await self._get(practice, "biller", "followup-svc", f"/v1/encounters/{encounter_id}/timeline")
        ids = (entry["trace_id"] for entry in (told or {"timeline": []})["timeline"])
        return next((each for each in ids if each), None)

    async def _row(self, each: Followed, standings: Mapping[str, Standing]) -> Row:
        standing = standings.get(each.encounter_id or "")
        name = each.sample.external_id if each.sample else ""
        if standing is None or each.encounter_id is None:
            outcome = REFUSED if each.problem else ON_THE_WAY
            return Row(
                each.encounter_id or name, (), "", "", outcome, Money(), each.problem or "", practice=each.practice
            )
        async with self._slots:
            return await self._known_row(each.practice, standing)

    async def _known_row(self, practice: str, standing: Standing) -> Row:
        base = f"/v1/encounters/{standing.encounter_id}"
        encounter = await self._get(practice, "emr", "coding-svc", base)
        ledger = await self._get(practice, "biller", "followup-svc", f"/v1/ledger{base[3:]}")
        claims = [
            await self._get(practice, "biller", "followup-svc", f"/v1/claims/{c.claim_id}") for c in standing.claims
        ]
        last = claims[-1] if claims else None
        return Row(
            encounter=standing.external_id,
            codes=codes_of(encounter or {}),
            claim="\n".join(f"{claim.patient_control_number} v{claim.claim_version}" for claim in standing.claims),
            acknowledgement="\n".join([await self._acknowledgement(practice, claim) for claim in standing.claims]),
            outcome=outcome_here(standing, was_corrected=was_corrected(claims)),
            money=money_of(ledger or {}),
            note=why(standing, last),
            timeline_url=f"{self._stack.urls['followup-svc']}/v1/claims/{last['claim_id']}" if last else "",
            trace_url=trace_search_url(self._stack.zipkin_url, standing.encounter_id),
            practice=practice,
            encounter_id=standing.encounter_id,
        )

    async def _acknowledgement(self, practice: str, claim: ClaimStanding) -> str:
        told = await self._get(practice, "biller", "submission-svc", f"/v1/submissions/{claim.claim_id}")
        return acknowledgement_of(told["versions"][0]) if told else ""

    async def _get(self, practice: str, role: str, service: str, path: str) -> Json | None:
        headers = {"authorization": f"Bearer {self._stack.api_keys[practice][role]}"}
        answer = await self._client.get(self._stack.urls[service] + path, headers=headers)
        if answer.status_code == 404:
            return None
        body: Json = answer.raise_for_status().json()
        return body


def codes_of(encounter: Json) -> tuple[str, ...]:
    """Diagnoses, then services with their modifiers: `I10`, `99214-25`."""
    codes = encounter.get("codes") or {"diagnoses": [], "lines": []}
    services = ("-".join([line["code"], *line["modifiers"]]) for line in codes["lines"])
    return (*(diagnosis["code"] for diagnosis in codes["diagnoses"]), *services)


def money_of(ledger: Json) -> Money:
    """The encounter's ledgers added up."""
    names = ("paid", "contractual", "patient", "written_off", "outstanding")
    sums = {f"{name}_cents": sum(one[f"{name}_cents"] for one in ledger.get("ledgers", ())) for name in names}
    return Money(charged_cents=sum(one["charge_cents"] for one in ledger.get("ledgers", ())), **sums)


def was_corrected(claims: Sequence[Json | None]) -> bool:
    """A decision on the last claim was taken back and another one stands, or another payer had decided before."""
    known = [each for each in claims if each]
    if not known:
        return False
    *former, claim = known
    turn, payer = claim["payer_sequence"], claim["payer_id"]  # the same payer's other claims are pages beside it
    if any(each["payments"] for each in former if each["payer_sequence"] == turn and each["payer_id"] != payer):
        return True
    decisions = [payment for payment in claim["payments"] if payment["claim_status_code"] != "22"]
    reversed_ones = [payment for payment in decisions if payment["reversed_by"]]
    return 0 < len(reversed_ones) < len(decisions)


def acknowledgement_of(version: Json) -> str:
    """The last word on a claim version: `277CA A2:20` (accepted), `277CA A7:562:82` (rejected)."""
    answers = version["acknowledgements"]
    if not answers:
        return str(version["state"])
    codes = [":".join(filter(None, (c["category"], c["status"], c["entity"]))) for c in answers[-1]["status_codes"]]
    return " ".join([answers[-1]["source"], *(codes or [answers[-1]["verdict"]])])


def why(standing: Standing, claim: Json | None) -> str:
    """Why it is as it is and whose turn it is, in codes: `CO-197 → biller`."""
    if claim is None:
        return _with_turn(standing.reason_codes, [standing.waits_on])
    open_items = [item for item in claim["work_items"] if item["state"] == "open"]
    findings = [finding["code"] for item in open_items for finding in item["details"].get("findings", ())]
    reasons = denial_codes(claim) or findings or [item["reason_code"] for item in open_items]
    if not reasons and standing.claims[-1].state == "accepted":
        return _with_turn(["no usable 835"], ["payer"])
    return _with_turn(reasons, [item["waits_on"] for item in open_items])


def denial_codes(claim: Json) -> list[str]:
    """Group and reason codes that took money away against the request, with the remark codes, of what stands."""
    standing = [p for p in claim["payments"] if not p["reversed_by"] and p["claim_status_code"] != "22"]
    if not standing or not standing[-1]["denied_cents"]:
        return []
    told = standing[-1]["adjudication"]
    lines = [told, *told["lines"]]
    pairs = [(a["group_code"], a["reason_code"]) for line in lines for a in line["adjustments"]]
    remarks = [code for line in lines for code in line["remark_codes"]]
    return [*("-".join(pair) for pair in pairs if pair not in _NO_DENIAL), *remarks]


def _with_turn(reasons: Iterable[str], waits_on: Iterable[str | None]) -> str:
    turns = dict.fromkeys(turn for turn in waits_on if turn)
    words = " ".join(dict.fromkeys(reasons))
    return f"{words} → {', '.join(turns)}" if turns else words


def trace_search_url(zipkin_url: str | None, encounter_id: str) -> str:
    """Zipkin's search for every trace of an encounter in the last hour (a POST in each, so that reads are left out)."""
    if zipkin_url is None:
        return ""
    query = quote(f"cleanclaim.encounter.id={encounter_id} and http.request.method=POST")
    now = int(time.time() * 1000)
    return f"{zipkin_url}/zipkin/?annotationQuery={query}&lookback=1h&endTs={now}&limit={_ZIPKIN_FIRST}"
