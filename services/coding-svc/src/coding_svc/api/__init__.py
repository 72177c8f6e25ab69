"""The HTTP interface: intake for EMRs, answers about encounters, the coder queue, what coders teach,
blind second coding."""

from typing import Final

from coding_svc.api import encounters, fhir, lexicon, quality, review

ROUTERS: Final = (encounters.router, fhir.router, review.router, lexicon.router, quality.router)
