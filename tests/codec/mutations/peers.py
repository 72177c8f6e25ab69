"""What other open validators find in the same files: ``python -m tests.codec.mutations.peers`` (some minutes).

A peer has found a defect when it refuses the file for whatever reason; where it says the defect to be is not asked.
Of ours an error at the place of the defect is asked. pyx12 and x12sdk read claims and remittances, oxedi remittances.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence

from x12.examining import examine
from x12.findings import Finding

from tests.codec.mutations import claim_bases, claim_content, claim_structure, remittance_bases, remittances
from tests.codec.mutations.editing import Mutation, Segments, mutated, text_of
from tests.codec.validators import oxedi_errors, pyx12_errors, x12sdk_parses

Refuses = Callable[[bytes], bool]


def _safely(refuses: Refuses) -> Refuses:
    """A peer that raises has refused the file."""

    def asked(data: bytes) -> bool:
        try:
            return refuses(data)
        except Exception:
            return True

    return asked


PEERS: dict[str, Refuses] = {
    "pyx12 4.0.0": _safely(lambda data: bool(pyx12_errors(data))),
    "x12sdk 2.2.0": _safely(lambda data: not x12sdk_parses(data)),
    "oxedi 0.6.0": _safely(lambda data: bool(oxedi_errors(data))),
}
OURS = "x12 validate"
CLAIMS = (*claim_structure.MUTATIONS, *claim_content.MUTATIONS)


def errors(data: bytes) -> set[str]:
    """``loop/segment`` of our errors."""
    found = [each for each in examine(data) if isinstance(each, Finding) and each.is_error]
    return {f"{each.loop}/{each.segment}" for each in found}


def table(
    suite: Sequence[Mutation], bases: dict[str, Segments], variants: Mapping[str, Segments], peers: Sequence[str]
) -> list[str]:
    """The Markdown lines of one transaction."""
    kinds = sorted({mutation.snip for mutation in suite})
    found = {name: dict.fromkeys(kinds, 0) for name in (OURS, *peers)}
    only_theirs: dict[str, list[str]] = {name: [] for name in peers}
    for mutation in suite:
        data = mutated(mutation, bases)
        ours = bool(errors(data).intersection(mutation.places))
        found[OURS][mutation.snip] += ours
        for name in peers:
            refused = PEERS[name](data)
            found[name][mutation.snip] += refused
            if refused and not ours:
                only_theirs[name].append(mutation.name)
    alarms = {name: sum(PEERS[name](text_of(each)) for each in variants.values()) for name in peers}
    alarms[OURS] = sum(bool(errors(text_of(each))) for each in variants.values())
    lines = ["| | " + " | ".join(f"SNIP {kind}" for kind in kinds) + " | all | valid files refused |"]
    lines.append("|---" * (len(kinds) + 3) + "|")
    sizes = [sum(mutation.snip == kind for mutation in suite) for kind in kinds]
    lines.append(f"| defects | {' | '.join(map(str, sizes))} | {len(suite)} | of {len(variants)} |")
    for name, counts in found.items():
        cells = " | ".join(str(counts[kind]) for kind in kinds)
        lines.append(f"| {name} | {cells} | {sum(counts.values())} | {alarms[name]} |")
    lines += [f"{name} alone: {', '.join(names)}" for name, names in only_theirs.items() if names]
    return lines


def main() -> int:
    """Print both tables."""
    begun = time.monotonic()
    print("Professional claims\n")
    peers = ["pyx12 4.0.0", "x12sdk 2.2.0"]
    print("\n".join(table(CLAIMS, claim_bases.BASES, claim_bases.VARIANTS, peers)))
    print("\nRemittances\n")
    suite, bases, variants = remittances.MUTATIONS, remittance_bases.BASES, remittance_bases.VARIANTS
    print("\n".join(table(suite, bases, variants, list(PEERS))))
    print(f"\n{time.monotonic() - begun:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
