"""SNIP 5, code sets: providers against the lists that a practice has loaded. An edit without its list stays silent."""

from __future__ import annotations

from collections.abc import Iterator

from codesets import providers
from x12.identifiers import is_taxonomy

from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject

EDITS = EditTable(Snip.CODE_SET)


@EDITS.error(
    "npi.deactivated",
    "An NPI was taken back before the date of service.",
    do="Take the NPI that NPPES has as active, or have it reactivated.",
    source="NPPES Deactivated NPI Report (the practice's own file); claim edit lists (deactivated NPI)",
    only="own-tables",
)
def npi_deactivated(subject: Subject) -> Iterator[Place]:
    for path, loop, provider in subject.providers:
        if provider.npi and providers.is_npi_deactivated(provider.npi, subject.claim.service_date):
            yield Place(f"{path}/npi", loop, "NM109")


@EDITS.error(
    "taxonomy.unknown",
    "A taxonomy code is not in NUCC's list on the date of service.",
    do="Take the code from the NUCC provider taxonomy; some were ended and replaced.",
    source="NUCC Health Care Provider Taxonomy (the practice's own file); claim edit lists (taxonomy not in NUCC)",
    only="own-tables",
)
def taxonomy_unknown(subject: Subject) -> Iterator[Place]:
    day = subject.claim.service_date
    for path, loop, provider in subject.providers:
        code = provider.taxonomy_code
        if code and is_taxonomy(code) and providers.is_taxonomy_unknown(code, day):
            yield Place(f"{path}/taxonomy_code", loop, "PRV03")
