"""The HTTP interface: intake for EMRs, answers about encounters, the coder queue."""

from typing import Final

from coding_svc.api import encounters, fhir, review

ROUTERS: Final = (encounters.router, fhir.router, review.router)
