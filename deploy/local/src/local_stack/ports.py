"""Which port each part of `make run` listens on, and a clear word when one is taken."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Mapping

from local_stack.errors import StackError

LOOPBACK = "127.0.0.1"
_FREE_RANGE = (20_000, 32_000)

DEFAULT_PORTS: Mapping[str, int] = {
    "coding-svc": 8101,
    "claim-builder": 8102,
    "submission-svc": 8103,
    "followup-svc": 8104,
    "sandbox": 8105,
    "zipkin": 9411,
    "otlp-bridge": 4318,
    "kafka": 19092,
    "kafka-controller": 19093,
    "postgres": 15432,
}


def variable(part: str) -> str:
    """The environment variable that moves a part: `CLEANCLAIM_PORT_CODING_SVC` for `coding-svc`."""
    return "CLEANCLAIM_PORT_" + part.upper().replace("-", "_")


def chosen_ports(env: Mapping[str, str] | None = None) -> dict[str, int]:
    """Port of every part: the default, or what its environment variable says.

    Raises StackError `stack.port-invalid` for a value that is no port number, `stack.port-twice` when two parts
    got the same one.
    """
    env = os.environ if env is None else env
    ports = {part: _chosen(part, default, env) for part, default in DEFAULT_PORTS.items()}
    seen: dict[int, str] = {}
    for part, port in ports.items():
        if port in seen:
            raise StackError(
                "stack.port-twice",
                f"{part} and {seen[port]} were both given port {port}",
                f"set {variable(part)} or {variable(seen[port])} to another number",
            )
        seen[port] = part
    return ports


def _chosen(part: str, default: int, env: Mapping[str, str]) -> int:
    value = env.get(variable(part), "")
    if not value:
        return default
    if not (value.isascii() and value.isdecimal()) or not 1 <= int(value) <= 65535:
        raise StackError(
            "stack.port-invalid", f"{variable(part)}={value!r} is no port", "give a number from 1 to 65535"
        )
    return int(value)


def free_port() -> int:
    """A port that nothing listens on now. (Another process may take it before its user does.)

    Drawn from below the range that the kernel gives to outgoing connections: one of those could take it meanwhile.
    """
    while True:
        port = random.randrange(*_FREE_RANGE)
        if port not in DEFAULT_PORTS.values() and is_free(port):
            return port


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections linger in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def is_open(port: int, timeout: float = 0.5) -> bool:
    """Whether something accepts connections on the port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout):
            return True
    except OSError:
        return False


def require_free(part: str, port: int) -> None:
    """Raise StackError `stack.port-in-use`, naming part, port, holder and variable, unless the port is free."""
    if is_free(port):
        return
    holder = _holder(port)
    raise StackError(
        "stack.port-in-use",
        f"port {port}, which {part} needs, is in use" + (f" by {holder}" if holder else ""),
        f"end that program, or choose another port: {variable(part)}=<port> make run",
    )


def _holder(port: int) -> str:
    """Name and id of the process that listens on the port, as far as this user may know it."""
    import psutil  # type: ignore[import-untyped]

    try:
        connections = psutil.net_connections("tcp")
    except psutil.Error:
        return ""
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            try:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
            except psutil.Error:
                return f"process {connection.pid}"
    return ""
