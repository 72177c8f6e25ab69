"""Makes varied, valid acknowledgements."""

from __future__ import annotations

from datetime import timedelta

from x12.ack_999 import models as ack
from x12.claim_837p.models import VERSION
from x12.claim_ack_277ca import models as claim_ack
from x12.parties import Identification
from x12.ta1.models import InterchangeAcknowledgement

from tests.codec.makers_parts import PartsMaker


class AckMaker(PartsMaker):
    """277CA, 999, TA1."""

    def status(self, action: str, *, text: bool = False) -> claim_ack.Status:
        codes = (
            (("A1", "20", ""), ("A2", "20", ""))
            if action == "WQ"
            else (("A3", "21", "85"), ("A7", "562", "85"), ("A6", "560", "IL"))
        )
        count = self.rng.randint(1, 2)
        chosen = tuple(claim_ack.StatusCode(*self.pick(codes)) for _ in range(count))
        return claim_ack.Status(
            chosen, self.day(), action, self.cents(), self.maybe(lambda: self.text(60), "", 0.3) if text else ""
        )

    def claim_acknowledgement(self, number: int, claims: int) -> claim_ack.ClaimAcknowledgement:
        made = tuple(self.claim_status() for _ in range(claims))
        half = max(1, claims // 2)
        providers = tuple(self.provider_status(part) for part in (made[:half], made[half:]) if part)
        receiver = claim_ack.ReceiverStatus(
            self.text(30),
            Identification("PI", self.code()),
            self.code(5, 15),
            self.day(),
            self.day(),
            self.organization(),
            self.code(),
            self.code(5, 20),
            (claim_ack.Status((claim_ack.StatusCode("A1", "19", "PR"),), self.day(), "WQ", self.cents()),),
            self.pick(("PR", "AY")),
            self.totals(made),
            providers,
        )
        return claim_ack.ClaimAcknowledgement(f"{number:04d}", self.code(5, 20), self.moment(), (receiver,))

    def totals(self, claims: tuple[claim_ack.ClaimStatus, ...]) -> claim_ack.Totals:
        accepted = [claim.statuses[0].amount_cents or 0 for claim in claims if not claim.rejected]
        rejected = [claim.statuses[0].amount_cents or 0 for claim in claims if claim.rejected]
        return claim_ack.Totals(
            len(accepted) or None,
            len(rejected) or None,
            sum(accepted) if accepted else None,
            sum(rejected) if rejected else None,
        )

    def provider_status(self, claims: tuple[claim_ack.ClaimStatus, ...]) -> claim_ack.ProviderStatus:
        status = claim_ack.Status((claim_ack.StatusCode("A1", "19", "PR"),), None, "WQ", self.cents())
        return claim_ack.ProviderStatus(
            self.name(),
            Identification("XX", self.npi()),
            self.code(1, 10),
            (status,),
            self.maybe(lambda: self.distinct(("G2", "TJ"), 1), ()),
            self.totals(claims),
            claims,
        )

    def claim_status(self) -> claim_ack.ClaimStatus:
        rejected = self.rng.random() < 0.4
        start = self.day()
        self.serial += 1
        return claim_ack.ClaimStatus(
            self.person(),
            f"PCN{self.serial:06d}",
            (self.status("U" if rejected else "WQ", text=True),),
            start,
            self.maybe(lambda: start + timedelta(days=2), None, 0.3),
            self.code(5, 12),
            "MI",
            "" if rejected else self.code(8, 20),
            self.maybe(self.code, ""),
            "",
            self.some(self.line_status, 2) if rejected else (),
        )

    def line_status(self) -> claim_ack.LineStatus:
        self.serial += 1
        status = claim_ack.Status((claim_ack.StatusCode("A7", "454", "85"),), self.day(), "U")
        return claim_ack.LineStatus(
            self.procedure(),
            self.cents(),
            (status,),
            "",
            self.maybe(self.decimal, None),
            f"L{self.serial}",
            "",
            self.maybe(self.day, None),
            None,
        )

    def implementation_acknowledgement(self, number: int) -> ack.ImplementationAcknowledgement:
        responses = tuple(self.response(index) for index in range(1, self.rng.randint(2, 5)))
        accepted = sum(not response.rejected for response in responses)
        code = "R" if not accepted else "P" if accepted < len(responses) else "A"
        return ack.ImplementationAcknowledgement(
            f"{number:04d}",
            "HC",
            str(self.rng.randint(1, 99999)),
            code,
            len(responses),
            len(responses),
            accepted,
            VERSION,
            responses,
        )

    def response(self, index: int) -> ack.TransactionSetResponse:
        if self.rng.random() < 0.5:
            return ack.TransactionSetResponse("837", f"{index:04d}", self.pick(("A", "E")), VERSION)
        return ack.TransactionSetResponse(
            "837", f"{index:04d}", "R", VERSION, ("5",), self.some(self.segment_note, 3, 1)
        )

    def segment_note(self) -> ack.SegmentNote:
        contexts = self.maybe(lambda: (ack.Context("CLM01", self.code()),), (), 0.5)
        if self.rng.random() < 0.5:
            return ack.SegmentNote("NM1", self.rng.randint(2, 500), "3", "2010", contexts)
        notes = self.some(self.element_note, 2, 1)
        return ack.SegmentNote("SV1", self.rng.randint(2, 500), "8", "2400", contexts, notes)

    def element_note(self) -> ack.ElementNote:
        contexts = self.maybe(lambda: (ack.Context("SITUATIONAL TRIGGER", "", "SV1", 12, "2400", 1, 2),), (), 0.3)
        return ack.ElementNote(
            self.rng.randint(1, 9),
            self.pick(("1", "7", "8")),
            self.maybe(lambda: 2, None),
            None,
            self.maybe(lambda: "1065", ""),
            self.maybe(self.code, ""),
            contexts,
        )

    def interchange_acknowledgement(self) -> InterchangeAcknowledgement:
        return InterchangeAcknowledgement(
            self.rng.randint(1, 999_999_999), self.moment(), *self.pick((("A", "000"), ("E", "021"), ("R", "025")))
        )
