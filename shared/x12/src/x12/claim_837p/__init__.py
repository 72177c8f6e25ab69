"""The professional claim, 837P 005010X222A1.

``write(envelope, transaction_sets) -> bytes`` (strict; raises `x12.findings.WriteError`),
``read(data) -> Parsed[ClaimTransactionSet]`` (tolerant; never raises),
``claims_by_transaction_set(transaction_sets) -> dict[patient control number, ST02]``,
``check(claim) -> list[Finding]`` (would this claim be written and accepted as structure?),
``balance.check(claim) -> list[Finding]``.
"""
