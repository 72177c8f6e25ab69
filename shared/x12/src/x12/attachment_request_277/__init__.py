"""The request for additional information, 277: 006020X313 (adopted by CMS-0053-F) and 005010X213 (until then).

``write(envelope, requests, version) -> bytes``, ``read(source) -> Parsed[InformationRequest]``.
"""

from x12.attachment_request_277.read import build, read
from x12.attachment_request_277.write import write

__all__ = ["build", "read", "write"]
