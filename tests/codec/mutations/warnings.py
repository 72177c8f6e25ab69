"""What is not wrong, but worth a look: one warning each, and no error."""

from __future__ import annotations

from tests.codec.mutations.claim_bases import BILLING
from tests.codec.mutations.editing import Change, add, before, both, drop, put, swap
from tests.codec.mutations.remittance_bases import PAYEE

CLAIMS: tuple[tuple[str, str, Change], ...] = (
    ("COD-PO-BOX-FACILITY", "hospital", put("N3*500", 1, "PO BOX 12")),
    ("COD-REASON-RETIRED", "cob", put("CAS*CO*45*12", 2, "42")),
    ("COD-SEX", "office", put("HI*", 2, "ABF:N400")),
    ("COD-DIAGNOSIS-UNCHECKED", "office", both(put("DTP*472", 3, "20250601"), put("DTP*472", 3, "20250601", 2))),
    ("SIT-CARE-PLAN-OVERSIGHT", "office", put("SV1*HC:36415", 1, "HC:G0181")),
    ("SIT-CLAIM-NUMBER-LENGTH", "office", put("CLM*", 1, "P" * 21)),
    ("SIT-CLIA", "office", both(drop("REF*X4"), put("SV1*HC:36415", 1, "HC:80053"))),
    ("SIT-CREATED", "office", put("BHT", 4, "20260616")),
    ("SIT-FIRST-NAME", "office", put("NM1*82", 4, "")),
    ("SIT-LINE-CONTROL-LENGTH", "office", put("REF*6R*L1", 2, "L" * 31)),
    ("SIT-MSP-UNEXPECTED", "office", put("SBR*P", 5, "12")),
    ("SIT-PATIENT-PAID-MORE", "office", before("REF*X4", "AMT*F5*151")),
    ("SIT-PAY-TO-SAME", "office", before("HL*2", "NM1*87*2", "N3*12 RIVER ROAD", "N4*PHILADELPHIA*PA*191031234")),
    ("SIT-PREGNANT-MAN", "child", swap("PAT*19", "PAT*19********Y")),
    ("SIT-PURCHASED", "office", add("REF*6R*L2", "PS1*PURCHASED1*20")),
    ("SIT-QUANTITY-SIGN", "cob", put("CAS*CO*45*12", 4, "0")),
    ("SIT-RENDERING-SAME", "office", put("NM1*82", 9, BILLING)),
    ("SIT-SERVICE-AFTER-DISCHARGE", "hospital", put("DTP*096", 3, "20260528")),
    ("SIT-SPINAL", "medicare", put("SV1*HC:36415", 1, "HC:98940")),
    ("SRV-CHARGE-ZERO", "office", both(put("SV1*HC:36415", 2, "0"), put("CLM*", 2, "100"))),
    ("SRV-LINE-REPEATED", "office", both(put("SV1*HC:36415", 1, "HC:99213"), put("SV1*HC:99213:25", 1, "HC:99213"))),
)
REMITTANCES: tuple[tuple[str, str, Change], ...] = (
    ("BAL-CHARGE", "claim-level", add("DTM*233", "SVC*HC:99213*900*900", "DTM*472*20260601")),
    ("COD-MODIFIER-UNKNOWN", "era", put("SVC*HC:36415", 1, "HC:36415:ZZ")),
    ("COD-REASON-RETIRED", "era", put("CAS*CO*45*8", 2, "42")),
    ("COD-ROUTING-DIGIT", "era", put("BPR", 7, "021000022")),
    ("SIT-ALLOWED-LESS", "era", put("AMT*B6*88", 2, "69")),
    ("SIT-CLAIM-REPEATED", "era", before("SE*", *(
        "CLP*PCN0002*1*80*0**12*ICN000002*11*1", "NM1*QC*1*LEE*ROBERT****MI*W987654321", "DTM*232*20260602",
        "SVC*HC:99212*80*0**1", "DTM*472*20260602", "CAS*CO*16*80"))),
    ("SIT-DATE-OUTSIDE", "era", put("DTM*472", 2, "20260602")),
    ("SIT-GROUP-REPEATED", "era", both(swap("CAS*CO*45*8", "CAS*CO*45*7"), before("CAS*PR*1*4", "CAS*CO*97*1"))),
    ("SIT-PAYMENT-DATE", "era", put("BPR", 16, "20240612")),
    ("SIT-PAYMENT-ZERO", "reversal", both(put("BPR", 2, "0"), before("SE*", f"PLB*{PAYEE}*20261231*WO:X*10"))),
    ("SIT-PLB-FORWARD", "era", before("SE*", f"PLB*{PAYEE}*20261231*FB:A*5*FB:B*-5")),
    ("SIT-PLB-INTEREST", "withheld", both(put("PLB*", 6, "2.5"), put("BPR", 2, "85.5"))),
    ("SIT-PLB-REFERENCE", "withheld", put("PLB*", 3, "WO")),
    ("SIT-PRODUCTION-DATE", "era", put("DTM*405", 2, "20260616")),
    ("SIT-QUANTITY-SIGN", "era", put("CAS*CO*45*8", 4, "0")),
    ("SIT-REVERSAL-PATIENT", "reversal", put("CLP*PCN0001*22", 5, "-22")),
)  # fmt: skip
