"""FHIR R4 bundles as EMRs and generators make them, read into our encounter. What is not understood is named.

`mapping.map_bundle` is the way in; `bundle` finds resources, `values` reads data types, and one file per kind of
resource reads the rest.
"""

from coding_svc.fhir.bundle import NotABundle
from coding_svc.fhir.mapping import MappedBundle, MappedEncounter, map_bundle
from coding_svc.fhir.notices import Notice

__all__ = ["MappedBundle", "MappedEncounter", "NotABundle", "Notice", "map_bundle"]
