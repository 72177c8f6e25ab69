"""What an edit is: a pure rule over a claim, with all that a biller needs to act on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from codesets import icd10cm
from codesets.icd10cm import NO_FLAGS, Flags, Release
from events.phi import (
    Address,
    Ambulance,
    Attachment,
    ClaimContent,
    ClaimLine,
    Condition,
    Coverage,
    Institutional,
    Person,
    PriorPayment,
    Provider,
)

from claim_builder.scrubbing.payers import PayerProfile, PayerProfiles, load_profiles

T = TypeVar("T")


class Severity(StrEnum):
    """An error holds the claim; a warning passes; a tag is a practice's mark; a repair was made and is logged.

    In the order in which people are shown them.
    """

    ERROR = "error"
    WARNING = "warning"
    TAG = "tag"
    REPAIR = "repair"


class Snip(IntEnum):
    """The seven kinds of testing named by the WEDI SNIP work group."""

    SYNTAX = 1
    REQUIREMENT = 2
    BALANCE = 3
    SITUATION = 4
    CODE_SET = 5
    SERVICE = 6
    PAYER = 7


class Place(NamedTuple):
    """Where: the path in the claim's content (positions from 0), the 837P loop, the element."""

    path: str
    loop: str
    element: str


@dataclass(frozen=True, slots=True)
class EarlierLine:
    """A service that was billed for the same patient in another encounter."""

    code: str
    modifiers: tuple[str, ...]
    date_from: date
    units: Decimal
    specialty: str | None = None
    """Taxonomy of who rendered it."""


class OwnRules(Protocol):
    """The rules that a practice wrote itself (`claim_builder.rules`)."""

    def apply(self, content: ClaimContent, context: ScrubContext) -> tuple[ClaimContent, tuple[Finding, ...]]:
        """The content with what they set, and what they found."""
        ...


@dataclass(frozen=True)
class ScrubContext:
    """What a rule may know besides the claim. `today` is the business date at the practice."""

    today: date
    unpriced: frozenset[int] = frozenset()
    """Positions (from 0) of lines for which neither the EMR nor a fee schedule gave a price."""
    siblings: tuple[ClaimContent, ...] = ()
    """The other pages of the same request: an encounter that needs more than one claim is judged as one."""
    history: tuple[EarlierLine, ...] = ()
    """What was billed of the patient in other encounters of the practice."""
    payers: PayerProfiles = field(default_factory=load_profiles)
    """What payers demand."""
    rules: OwnRules | None = None
    """The practice's own rules."""


def patient_of(claim: ClaimContent) -> Person:
    """The patient as the claim names them: the subscriber's record if they are the same person."""
    return claim.coverage.subscriber if claim.coverage.relationship == "self" else claim.patient


def patient_age(claim: ClaimContent) -> int | None:
    """The patient's completed years on the date of service, None if nobody knows when they were born."""
    born, day = patient_of(claim).birth_date, claim.service_date
    return None if born is None else day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@dataclass(frozen=True, eq=False)
class Subject:
    """The claim under scrutiny with what several rules would otherwise each work out again."""

    claim: ClaimContent
    context: ScrubContext
    _known: dict[Callable[[Subject], Any], Any] = field(default_factory=dict, repr=False)

    def once(self, work_out: Callable[[Subject], T]) -> T:
        """What `work_out` makes of this claim, worked out once."""
        if work_out not in self._known:
            self._known[work_out] = work_out(self)
        known: T = self._known[work_out]
        return known

    @cached_property
    def release(self) -> Release | None:
        """The ICD-10-CM release in force on the date of service, None if none is loaded for it."""
        return icd10cm.on(self.claim.service_date)

    @cached_property
    def profile(self) -> PayerProfile | None:
        """What the claim's payer demands, None if nothing is known of it."""
        return self.context.payers.of(self.claim)

    @property
    def institutional(self) -> Institutional:
        """The UB-04 data; for edits that run only where they are."""
        assert self.claim.institutional is not None
        return self.claim.institutional

    @cached_property
    def patient_is_subscriber(self) -> bool:
        """SBR02 = 18: there is no loop 2000C."""
        return self.claim.coverage.relationship == "self"

    @cached_property
    def known_diagnoses(self) -> tuple[tuple[int, str], ...]:
        """Position and code (with its dot) of the diagnoses that the release knows as billable."""
        if self.release is None:
            return ()
        dotted = [icd10cm.with_dot(code) for code in self.claim.diagnosis_codes]
        return tuple((at, code) for at, code in enumerate(dotted) if self.release.is_billable(code))

    @cached_property
    def other_diagnoses(self) -> tuple[tuple[int, str], ...]:
        """Position and code of the diagnoses that the release does not know as billable."""
        release, codes = self.release, self.claim.diagnosis_codes
        if release is None or len(self.known_diagnoses) == len(codes):
            return ()
        return tuple((at, code) for at, code in enumerate(codes) if not release.is_billable(code))

    @cached_property
    def flagged_diagnoses(self) -> tuple[tuple[int, Flags], ...]:
        """Position and facts of the billable diagnoses that the Medicare Code Editor says something of."""
        release = self.release
        if release is None:
            return ()
        flags = [(at, release.flags(code)) for at, code in self.known_diagnoses]
        return tuple((at, facts) for at, facts in flags if facts != NO_FLAGS)

    @cached_property
    def patient_age(self) -> int | None:
        """Completed years on the date of service."""
        return patient_age(self.claim)

    @cached_property
    def people(self) -> tuple[tuple[str, str, Person], ...]:
        """Path, loop and person for everybody who stands in the claim: subscriber, and patient if another."""
        subscriber = ("coverage/subscriber", "2010BA", self.claim.coverage.subscriber)
        if self.patient_is_subscriber:
            return (subscriber,)
        return subscriber, ("patient", "2010CA", self.claim.patient)

    @cached_property
    def patient(self) -> Person:
        """The patient as the claim names them: the subscriber's record if they are the same person."""
        return patient_of(self.claim)

    @cached_property
    def providers(self) -> tuple[tuple[str, str, Provider], ...]:
        """Path, loop and provider for every provider and facility in the claim and on its lines."""
        claim = self.claim
        named = [(path, loop, one) for path, loop in PROVIDER_LOOPS if (one := getattr(claim, path)) is not None]
        for at, line in self.lines:
            for path, loop in LINE_PROVIDER_LOOPS:
                if (provider := getattr(line, path)) is not None:
                    named.append((f"{at}/{path}", loop, provider))
        return tuple(named)

    @cached_property
    def addresses(self) -> tuple[tuple[str, str, Address], ...]:
        """Path, loop and address for every address that goes into the claim."""
        found = [(f"{path}/address", loop, person.address) for path, loop, person in self.people]
        found += [(f"{path}/address", loop, provider.address) for path, loop, provider in self.providers]
        found.append(("pay_to_address", "2010AB", self.claim.pay_to_address))
        if self.claim.pay_to_plan is not None:
            found.append(("pay_to_plan/address", "2010AC", self.claim.pay_to_plan.address))
        for path, loops, ride in self.rides:
            found += [(f"{path}/pick_up", loops[0], ride.pick_up), (f"{path}/drop_off", loops[1], ride.drop_off)]
        found.append(("coverage/payer_address", "2010BB", self.claim.coverage.payer_address))
        for path, other in self.other_covers:
            found.append((f"{path}/subscriber/address", "2330A", other.subscriber.address))
            found.append((f"{path}/payer_address", "2330B", other.payer_address))
        return tuple((path, loop, address) for path, loop, address in found if address is not None)

    @cached_property
    def other_covers(self) -> tuple[tuple[str, Coverage], ...]:
        """Path and cover of the patient's other payers, and of those that have decided where theirs is told otherwise.

        What is written of a payer that has decided is the cover that stands beside its decision.
        """
        others = self.claim.other_coverages
        found = [(f"other_coverages/{at}", other) for at, other in enumerate(others)]
        found += [(f"{path}/coverage", it.coverage) for path, it in self.prior_payments if it.coverage not in others]
        return tuple(found)

    @cached_property
    def rides(self) -> tuple[tuple[str, tuple[str, str], Ambulance], ...]:
        """Path, loops of pick-up and drop-off, and ambulance transport, of the claim and of its lines."""
        found = [("ambulance", ("2310E", "2310F"), self.claim.ambulance)] if self.claim.ambulance is not None else []
        for path, line in self.lines:
            if line.ambulance is not None:
                found.append((f"{path}/ambulance", ("2420G", "2420H"), line.ambulance))
        return tuple(found)

    @cached_property
    def attachments(self) -> tuple[tuple[str, str, Attachment], ...]:
        """Path, loop and attachment, of the claim and of its lines."""
        found = [(f"attachments/{at}", "2300", it) for at, it in enumerate(self.claim.attachments)]
        for path, line in self.lines:
            if line.attachments:
                found += [(f"{path}/attachments/{at}", "2400", it) for at, it in enumerate(line.attachments)]
        return tuple(found)

    @cached_property
    def conditions(self) -> tuple[tuple[str, str, Condition], ...]:
        """Path, loop and condition (CRC), of the claim and of its lines."""
        found = [(f"conditions/{at}", "2300", it) for at, it in enumerate(self.claim.conditions)]
        for path, line in self.lines:
            if line.conditions:
                found += [(f"{path}/conditions/{at}", "2400", it) for at, it in enumerate(line.conditions)]
        return tuple(found)

    @cached_property
    def lines(self) -> tuple[tuple[str, ClaimLine], ...]:
        """Path and line, in order."""
        return tuple((f"lines/{at}", line) for at, line in enumerate(self.claim.lines))

    @cached_property
    def parts(self) -> tuple[tuple[str, str, ClaimContent | ClaimLine], ...]:
        """The claim and its lines, for what both may carry: beginning of the path, loop, and the part."""
        of_lines = ((f"{path}/", "2400", line) for path, line in self.lines)
        return ("", "2300", self.claim), *of_lines

    @cached_property
    def last_day(self) -> date:
        """The last day of service, of the claim or of any line."""
        claim = self.claim
        lines = (line.date_to or line.date_from for line in claim.lines)
        return max((claim.service_date, claim.service_date_to or claim.service_date, *lines))

    @cached_property
    def prior_payments(self) -> tuple[tuple[str, PriorPayment], ...]:
        """Path and earlier payer's decision, in order."""
        return tuple((f"prior_payments/{at}", payment) for at, payment in enumerate(self.claim.prior_payments))


PROVIDER_LOOPS: Final = (
    ("billing_provider", "2010AA"),
    ("referring_provider", "2310A"),
    ("rendering_provider", "2310B"),
    ("service_facility", "2310C"),
    ("supervising_provider", "2310D"),
    ("ordering_provider", "2420E"),
    ("primary_care_provider", "2310A"),
    ("attending_provider", "2310A"),
    ("operating_provider", "2310B"),
    ("other_operating_provider", "2310C"),
)
LINE_PROVIDER_LOOPS: Final = (
    ("rendering_provider", "2420A"),
    ("purchased_service_provider", "2420B"),
    ("service_facility", "2420C"),
    ("supervising_provider", "2420D"),
    ("ordering_provider", "2420E"),
    ("referring_provider", "2420F"),
    ("operating_provider", "2420A"),
)

Check = Callable[[Subject], Iterable[Place]]


@dataclass(frozen=True, slots=True)
class Edit:
    """A rule as data: what it is called, what it means, what to do, where it comes from."""

    code: str
    severity: Severity
    snip: Snip
    text: str
    action: str
    source: str
    version: int
    check: Check
    only: tuple[str, ...] = ()
    """Where none of these is there the edit finds nothing, and is not run (`occasions`)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What an edit found, and where. Neither text nor place ever holds the value itself."""

    code: str
    severity: Severity
    snip: Snip
    path: str
    loop: str
    element: str
    text: str
    action: str
    source: str
    version: int

    @property
    def blocks(self) -> bool:
        """Whether the claim is held for it."""
        return self.severity is Severity.ERROR

    def to_json(self) -> dict[str, Any]:
        """Names and plain values, for the database and the API."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "snip": int(self.snip),
            "location": self.path,
            "loop": self.loop,
            "element": self.element,
            "text": self.text,
            "action": self.action,
            "source": self.source,
            "version": self.version,
        }


def _nothing(_: Subject) -> Iterable[Place]:
    return ()


def _names(only: str | tuple[str, ...]) -> tuple[str, ...]:
    return (only,) if isinstance(only, str) and only else tuple(only)


class EditTable:
    """The edits of one SNIP type, filled by decorating their check functions."""

    def __init__(self, snip: Snip) -> None:
        self.snip = snip
        self.edits: list[Edit] = []

    def error(
        self, code: str, text: str, *, do: str, source: str, version: int = 1, only: str | tuple[str, ...] = ()
    ) -> Callable[[Check], Check]:
        """Register a check whose findings hold the claim."""
        return self._register(Edit(code, Severity.ERROR, self.snip, text, do, source, version, _nothing, _names(only)))

    def warning(
        self, code: str, text: str, *, do: str, source: str, version: int = 1, only: str | tuple[str, ...] = ()
    ) -> Callable[[Check], Check]:
        """Register a check whose findings are shown and pass."""
        return self._register(
            Edit(code, Severity.WARNING, self.snip, text, do, source, version, _nothing, _names(only))
        )

    def _register(self, edit: Edit) -> Callable[[Check], Check]:
        def register(check: Check) -> Check:
            check.__doc__ = edit.text
            self.edits.append(replace(edit, check=check))
            return check

        return register


def finding(edit: Edit, place: Place) -> Finding:
    """What `edit` found at `place`."""
    return Finding(
        edit.code,
        edit.severity,
        edit.snip,
        place.path,
        place.loop,
        place.element,
        edit.text,
        edit.action,
        edit.source,
        edit.version,
    )
