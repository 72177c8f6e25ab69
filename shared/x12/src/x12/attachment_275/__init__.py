"""Patient information to support a claim, 275: 006020X314 (adopted by CMS-0053-F) and 005010X210 (until then).

``write(envelope, submissions, version) -> bytes``, ``read(source) -> Parsed[AttachmentSubmission]``.
"""

from x12.attachment_275.read import build, read
from x12.attachment_275.write import write

__all__ = ["build", "read", "write"]
