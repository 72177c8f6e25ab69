"""Encryption of the PHI part of events: a compact JWE (dir, A256GCM) under a key of the tenant.

The tenant's key is derived by HKDF from a master key with an id (`kid`); the protected header binds tenant, event id
and event type, so that a part cannot be moved to another event. Old key ids stay readable while they are configured.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from events import Part
from events.envelope import Event
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

MASTER_KEY_BYTES = 32
MAX_PART_BYTES = 4_000_000
"""Kafka's own limit for a message of ours; the library's default of 64 KiB is less than a claim of fifty lines."""


class _Registry(jwe.JWERegistry):
    max_ciphertext_length = MAX_PART_BYTES


_REGISTRY = _Registry(algorithms=["dir", "A256GCM"], strict_check_header=False)


class UnreadablePart(ValueError):
    """The PHI part is missing, was made for another event, or its key id is not configured."""


class PhiCipher:
    """Seals and opens PHI parts. Thread-safe; derived keys are cached."""

    def __init__(self, master_keys: Mapping[str, bytes]) -> None:
        if not master_keys or any(len(key) != MASTER_KEY_BYTES for key in master_keys.values()):
            raise ValueError("at least one master key of 32 bytes is needed")
        self._master_keys = dict(master_keys)
        self._current = next(iter(master_keys))
        self._tenant_key = lru_cache(maxsize=4096)(self._derive)

    @classmethod
    def parse(cls, text: str) -> PhiCipher:
        """From `id:base64` pairs, comma separated; the first one encrypts. Raises ValueError."""
        pairs = [pair.strip().partition(":") for pair in text.split(",") if pair.strip()]
        return cls({key_id: base64.b64decode(encoded, validate=True) for key_id, _, encoded in pairs})

    def seal(self, event: Event, part: Part) -> str:
        """Encrypt `part` for `event`."""
        header = {"alg": "dir", "enc": "A256GCM", "kid": self._current, **_binding(event)}
        key = self._tenant_key(self._current, event.tenant_id)
        return jwe.encrypt_compact(header, part.model_dump_json(exclude_defaults=True), key, registry=_REGISTRY)

    def open(self, event: Event) -> Any:
        """Decrypt and validate the event's PHI part; raises UnreadablePart or pydantic.ValidationError."""
        if event.phi is None or event.phi_model is None:
            raise UnreadablePart("the event has no PHI part")
        try:
            opened = jwe.decrypt_compact(event.phi, lambda guest: self._key_of(guest, event), registry=_REGISTRY)
        except UnreadablePart:
            raise
        except (JoseError, ValueError) as error:
            raise UnreadablePart(type(error).__name__) from None
        header = opened.headers()
        if any(header.get(name) != value for name, value in _binding(event).items()) or opened.plaintext is None:
            raise UnreadablePart("the PHI part belongs to another event")
        return event.phi_model.model_validate_json(opened.plaintext)

    def _key_of(self, guest: Any, event: Event) -> OctKey:
        key_id = guest.headers().get("kid")
        if key_id not in self._master_keys:
            raise UnreadablePart("the key id is not configured")
        return self._tenant_key(key_id, event.tenant_id)

    def _derive(self, key_id: str, tenant_id: str) -> OctKey:
        kdf = HKDF(algorithm=SHA256(), length=32, salt=b"cleanclaim.phi", info=tenant_id.encode())
        return OctKey.import_key(kdf.derive(self._master_keys[key_id]))


def _binding(event: Event) -> dict[str, str]:
    return {"tenant": event.tenant_id, "event": str(event.event_id), "etype": event.event_type}
