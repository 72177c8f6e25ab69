"""Every attribute and log field that may leave a process. What is not listed here is dropped, whoever sets it.

Messaging conventions of OpenTelemetry are still in development, so their names are kept in this one module.
"""

from __future__ import annotations

ENCOUNTER_ID = "cleanclaim.encounter.id"
CLAIM_ID = "cleanclaim.claim.id"
TENANT_ID = "cleanclaim.tenant.id"
EVENT_TYPE = "cleanclaim.event.type"
INTERCHANGE_ID = "cleanclaim.interchange.id"
REMITTANCE_ID = "cleanclaim.remittance.id"
GATEWAY_ID = "cleanclaim.gateway.id"
TRANSACTION_SET = "cleanclaim.transaction_set"
CLAIM_COUNT = "cleanclaim.claim.count"
OUTCOME = "cleanclaim.outcome"
REASON = "cleanclaim.reason"

SPAN_ATTRIBUTES = frozenset(
    {
        ENCOUNTER_ID,
        CLAIM_ID,
        TENANT_ID,
        EVENT_TYPE,
        INTERCHANGE_ID,
        REMITTANCE_ID,
        GATEWAY_ID,
        TRANSACTION_SET,
        CLAIM_COUNT,
        OUTCOME,
        REASON,
        "messaging.system",
        "messaging.operation.name",
        "messaging.operation.type",
        "messaging.destination.name",
        "messaging.consumer.group.name",
        "messaging.batch.message_count",
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "server.address",
        "server.port",
        "peer.service",
        "error.type",
    }
)

LOG_FIELDS = frozenset(
    {
        "event",
        "level",
        "source",
        "timestamp",
        "service",
        "role",
        "count",
        "code",
        "reason",
        "event_type",
        "error_type",
        "error_at",
        "sqlstate",
        "constraint",
        "topic",
        "partition",
        "offset",
        "cluster_id",
        "encounter_id",
        "claim_id",
        "tenant_id",
        "interchange_id",
        "remittance_id",
        "webhook_id",
        "account_id",
        "transaction_set",
        "status",
        "state",
        "attempt",
        "seconds",
        "task",
        "method",
        "route",
        "port",
    }
)
