"""The gateway as a process: idempotent HTTP, signed webhooks, faults, and books that survive kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from local_stack.ports import free_port
from standardwebhooks import Webhook

from tests.unit.sandbox.claim_files import claim, claim_file

SECRET = "whsec_c2FuZGJveC1zZWNyZXQtc2FuZGJveC0xMjM0"
OLD_SECRET = "whsec_b2xkLXNlY3JldC1vbGQtc2VjcmV0LTEyMzQ1Njc4"
API_KEY = "sandbox-test-key"


@dataclass
class Receiver:
    """A webhook receiver that can be told to fail."""

    port: int
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    refused: int = 0
    failing: bool = False

    def reset(self) -> None:
        """As new, for the next test."""
        self.taken.clear()
        self.refused, self.failing = 0, False


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    state = Receiver(free_port())

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if state.failing:
                state.refused += 1
            else:
                state.taken.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(503 if state.failing else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", state.port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


class Gateway:
    """`sandbox-payer` as a child process."""

    def __init__(self, folder: Path, webhook_port: int, accounts: int = 1) -> None:
        self.folder, self.port, self.account = folder, free_port(), "acc-0"
        url = f"http://127.0.0.1:{webhook_port}/hook"
        account = f"""
[[accounts]]
id = "acc-%d"
api_key = "{API_KEY}"
secrets = ["{SECRET}", "{OLD_SECRET}"]
webhooks = {{ "TA1" = "{url}", "999" = "{url}", "277CA" = "{url}", "835" = "{url}" }}
"""
        settings = "retry_base_seconds = 0.05\nretry_cap_seconds = 0.2\n"
        (folder / "payer.toml").write_text(settings + "".join(account % n for n in range(accounts)))
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=10, trust_env=False)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "sandbox", "--port", str(self.port), "--state", str(self.folder / "state")]
        command += ["--config", str(self.folder / "payer.toml"), "--speed", "20"]
        self.process = subprocess.Popen(command)
        until(self._is_up, seconds=20)

    def _is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the gateway ended at its start"
        try:
            return self.client.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self, sig: int = signal.SIGTERM) -> int:
        assert self.process is not None
        os.kill(self.process.pid, sig)
        code = self.process.wait(10)
        self.process = None
        return code

    def close(self) -> None:
        if self.process is not None:
            self.stop(signal.SIGKILL)
        self.client.close()

    def post(self, body: bytes, key: str, api_key: str = API_KEY) -> httpx.Response:
        headers = {
            "authorization": f"Bearer {api_key}",
            "idempotency-key": key,
            "content-type": "application/EDI-X12",
        }
        return self.client.post(f"/gateways/{self.account}/files", content=body, headers=headers)

    def has(self, key: str) -> int:
        headers = {"authorization": f"Bearer {API_KEY}"}
        return self.client.get(f"/gateways/{self.account}/files/{key}", headers=headers).status_code

    def books(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get("/books").json()
        return {**found, "claims": [row for row in found["claims"] if row["account"] == self.account]}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Gateway]:
    made = Gateway(tmp_path_factory.mktemp("gateway"), receiver.port, accounts=10)
    made.start()
    yield made
    made.close()


@pytest.fixture
def gateway(shared: Gateway, receiver: Receiver) -> Gateway:
    """The shared process, seen through an account that no other test uses."""
    until(lambda: not any(shared.books()["open"].values()))
    number = int(shared.account.removeprefix("acc-")) + 1
    shared.account = f"acc-{number}"
    receiver.reset()
    return shared


@pytest.fixture
def own_gateway(tmp_path: Path, receiver: Receiver) -> Iterator[Gateway]:
    """A process of one's own, to be killed."""
    receiver.reset()
    made = Gateway(tmp_path, receiver.port)
    made.start()
    yield made
    made.close()


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Wait for a condition; fail after the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_files_are_taken_once_per_key(gateway: Gateway) -> None:
    body = claim_file([claim("PCN1", "W1XX00")])
    assert gateway.has("key-1") == 404
    first, again = gateway.post(body, "key-1"), gateway.post(body, "key-1")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert gateway.has("key-1") == 200
    changed = gateway.post(claim_file([claim("PCN2", "W2")], 2), "key-1")
    assert (changed.status_code, changed.json()["code"]) == (422, "idempotency.body-changed")
    assert [row["times_accepted"] for row in gateway.books()["claims"]] == [1]


def test_bad_calls_get_a_4xx(gateway: Gateway) -> None:
    body = claim_file([claim("PCN1", "W1")])
    assert gateway.post(body, "key-1", api_key="wrong").status_code == 401
    assert gateway.post(b"hello", "key-1").status_code == 400
    assert gateway.post(b"ISA*00*", "key-1").status_code == 400
    assert gateway.client.post("/gateways/nobody/files", content=body).status_code in (401, 422)
    without_key = {"authorization": f"Bearer {API_KEY}"}
    assert (
        gateway.client.post(f"/gateways/{gateway.account}/files", content=body, headers=without_key).status_code == 422
    )
    assert gateway.books()["claims"] == []


def test_webhooks_carry_signatures_of_every_live_secret(gateway: Gateway, receiver: Receiver) -> None:
    gateway.post(claim_file([claim("PCN1", "W1XX00")], acknowledgement_requested=True), "key-1")
    until(lambda: len(receiver.taken) == 4)
    kinds = {headers["x-transaction-set"] for headers, _ in receiver.taken}
    assert kinds == {"TA1", "999", "277CA", "835"}
    for headers, body in receiver.taken:
        assert headers["content-type"] == "application/EDI-X12"
        assert headers["traceparent"].startswith("00-")
        for secret in (SECRET, OLD_SECRET):
            signed = Webhook(secret)
            timestamp = headers["webhook-timestamp"]
            expected = signed.sign(headers["webhook-id"], _instant(timestamp), body.decode())
            assert expected in headers["webhook-signature"].split(" ")
    sent = gateway.books()["claims"][0]["webhooks"]
    until(lambda: gateway.books()["open"]["deliveries"] == 0)
    assert set(sent) == {"277CA", "835"}


def _instant(timestamp: str) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(int(timestamp), UTC)


def test_a_failing_receiver_gets_everything_later_under_the_same_ids(gateway: Gateway, receiver: Receiver) -> None:
    receiver.failing = True
    gateway.post(claim_file([claim("PCN1", "W1XX00")]), "key-1")
    until(lambda: receiver.refused >= 6)
    receiver.failing = False
    until(lambda: len(receiver.taken) == 3)
    until(lambda: gateway.books()["open"]["deliveries"] == 0)
    time.sleep(0.3)
    assert sorted(headers["x-transaction-set"] for headers, _ in receiver.taken) == ["277CA", "835", "999"]


def test_gateway_faults_are_acted_out(gateway: Gateway) -> None:
    before = claim_file([claim("PCN1", "W1XX801")], 1)
    assert [gateway.post(before, "k1").status_code for _ in range(2)] == [503, 202]
    after = claim_file([claim("PCN2", "W2XX811")], 2)
    assert gateway.post(after, "k2").status_code == 500
    assert gateway.has("k2") == 200
    assert gateway.post(after, "k2").status_code == 202
    busy = gateway.post(claim_file([claim("PCN3", "W3XX841")], 3), "k3")
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "1")
    hanging = claim_file([claim("PCN4", "W4XX831")], 4)
    with pytest.raises(httpx.ReadTimeout):
        gateway.client.post(
            f"/gateways/{gateway.account}/files",
            content=hanging,
            headers={"authorization": f"Bearer {API_KEY}", "idempotency-key": "k4"},
            timeout=0.5,
        )
    assert gateway.has("k4") == 200
    assert [row["times_accepted"] for row in gateway.books()["claims"]] == [1, 1, 1]


def test_kill_9_loses_nothing_that_was_answered_with_202(own_gateway: Gateway, receiver: Receiver) -> None:
    receiver.failing = True
    answered: list[str] = []
    for n in range(12):
        claims = [claim(f"PCN{n}X{m}", f"W{n}M{m}XX00") for m in range(5)]
        response = own_gateway.post(claim_file(claims, n + 1), f"key-{n}")
        assert response.status_code == 202
        answered += [each.patient_control_number for each in claims]
        if n % 4 == 3:
            own_gateway.stop(signal.SIGKILL)
            own_gateway.start()
    receiver.failing = False
    books = own_gateway.books()["claims"]
    assert [row["patient_control_number"] for row in books] == answered
    until(lambda: own_gateway.books()["open"] == {"remittances": 0, "takebacks": 0, "deliveries": 0}, seconds=30)
    paid = b"".join({body for headers, body in receiver.taken if headers["x-transaction-set"] == "835"})
    assert [paid.count(f"CLP*{number}*".encode()) for number in answered] == [1] * len(answered)
    assert (
        own_gateway.post(claim_file([claim(f"PCN0X{m}", f"W0M{m}XX00") for m in range(5)], 1), "key-0").status_code
        == 202
    )
    assert len(own_gateway.books()["claims"]) == len(answered)


def test_sigterm_ends_within_seconds_with_a_hanging_call(own_gateway: Gateway) -> None:
    body = claim_file([claim("PCN1", "W1XX82")])
    with pytest.raises(httpx.ReadTimeout):
        own_gateway.client.post(
            "/gateways/acc-0/files",
            content=body,
            headers={"authorization": f"Bearer {API_KEY}", "idempotency-key": "k"},
            timeout=0.3,
        )
    started = time.monotonic()
    own_gateway.stop()
    assert time.monotonic() - started < 6
