"""The sums of an 837I claim (005010X223A2 1.4.4; X12 RFI 1053): the same as those of an 837P."""

from x12.claim_837.balance import check

__all__ = ["check"]
