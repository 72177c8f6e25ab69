"""Valid remittances: each a file of its own, and what most mutations start from."""

from __future__ import annotations

from tests.codec.mutations.claim_bases import with_delimiters
from tests.codec.mutations.editing import Segments, in_envelope, npi, sealed

VERSION = "005010X221A1"
PAYEE, RENDERING = npi("123456789"), npi("155000123")
PAYER = """\
N1*PR*KEYSTONE HEALTH
N3*1 MARKET STREET
N4*PHILADELPHIA*PA*19103
REF*2U*23045
PER*CX*CLAIMS*TE*8005550100
PER*BL*EDI HELP*TE*8005550101*EM*EDI@KEYSTONE.EXAMPLE
"""
PAYEE_LOOP = f"""\
N1*PE*RIVER FAMILY PRACTICE*XX*{PAYEE}
N3*12 RIVER ROAD
N4*PHILADELPHIA*PA*191031234
REF*TJ*231234567
"""
ACH = (
    "BPR*I*{0}*C*ACH*CCP*01*021000021*DA*123456789*1231111111**01*031100209*DA*987654321*20260612\n"
    "TRN*1*EFT{1}*1231111111\n"
)
CHECK = "BPR*I*{0}*C*CHK************20260612\nTRN*1*CHK{1}*1231111111\n"
NOTHING = "BPR*H*0*C*NON************20260612\nTRN*1*ADV{0}*1231111111\n"
FIRST = f"""\
CLP*PCN0001*1*150*108*22*12*ICN000001*11*1
NM1*QC*1*MORGAN*JANE*Q***MI*W123456789
NM1*82*1*SMITH*ALAN****XX*{RENDERING}
REF*1L*GRP100
DTM*232*20260601
DTM*233*20260601
DTM*050*20260603
AMT*AU*130
SVC*HC:99213:25*100*70**1
DTM*472*20260601
CAS*CO*45*12
CAS*PR*2*18
REF*6R*L1
AMT*B6*88
SVC*HC:36415*50*38**1
DTM*472*20260601
CAS*CO*45*8
CAS*PR*1*4
REF*6R*L2
AMT*B6*42
LQ*HE*N130
"""
SECOND = """\
CLP*PCN0002*1*80*0**12*ICN000002*11*1
NM1*QC*1*LEE*ROBERT****MI*W987654321
MOA***MA01
DTM*232*20260602
DTM*050*20260604
SVC*HC:99212*80*0**1
DTM*472*20260602
CAS*CO*16*80
REF*6R*L1
LQ*HE*M51
"""
ERA = ACH.format("108", "0001") + "DTM*405*20260611\n" + PAYER + PAYEE_LOOP + "LX*1\n" + FIRST + SECOND
REVERSED = """\
CLP*PCN0001*22*-150*-108**12*ICN000001*11*1
NM1*QC*1*MORGAN*JANE*Q***MI*W123456789
DTM*232*20260601
SVC*HC:99213:25*-100*-70**1
DTM*472*20260601
CAS*CO*45*-12
CAS*PR*2*-18
REF*6R*L1
SVC*HC:36415*-50*-38**1
DTM*472*20260601
CAS*CO*45*-8
CAS*PR*1*-4
REF*6R*L2
"""
CORRECTED = FIRST.replace("*150*108*22*", "*150*118*12*").replace("100*70", "100*80").replace("PR*2*18", "PR*2*8")
REVERSAL = (
    CHECK.format("10", "0002") + PAYER + PAYEE_LOOP + "LX*1\n" + REVERSED + CORRECTED.replace("ICN000001", "ICN000009")
)
WITHHELD = (
    ACH.format("90.5", "0003") + PAYER + PAYEE_LOOP + "LX*1\n" + FIRST
    + f"PLB*{PAYEE}*20261231*WO:ICN000777*20*L6*-2.5\n"
)  # fmt: skip
CLAIM_LEVEL = (
    CHECK.format("700", "0004") + PAYER + PAYEE_LOOP + "LX*1\n"
    "CLP*PCN0007*1*1000*700*100*12*ICN000007*11*1\nCAS*CO*45*200\nCAS*PR*1*100\n"
    "NM1*QC*1*MORGAN*JANE****MI*W123456789\nDTM*232*20260601\nDTM*233*20260602\n"
)
FORWARDED = FIRST.replace("CLP*PCN0001*1*", "CLP*PCN0001*19*").replace(
    "REF*1L", "NM1*TT*2*BLUE PLAN*****PI*54771\nREF*1L"
)
TEXTS = {
    "era": ERA,
    "reversal": REVERSAL,
    "withheld": WITHHELD,
    "claim-level": CLAIM_LEVEL,
    "forwarded": CHECK.format("108", "0005") + PAYER + PAYEE_LOOP + "LX*1\n" + FORWARDED,
}


def _file(text: str) -> Segments:
    return sealed(in_envelope(text, "HP", VERSION))


BASES: dict[str, Segments] = {name: _file(text) for name, text in TEXTS.items()}
_AROUND = PAYER + PAYEE_LOOP + "LX*1\n"
VARIANTS: dict[str, Segments] = {
    **BASES,
    "nothing paid": _file(NOTHING.format("6") + _AROUND + SECOND),
    "nothing paid, for information": _file(NOTHING.format("6").replace("BPR*H", "BPR*I") + _AROUND + SECOND),
    "the overpayment is carried forward": _file(
        NOTHING.format("7") + _AROUND + REVERSED + f"PLB*{PAYEE}*20261231*FB:EFT0007*-108\n"
    ),
    "capitation": _file(CHECK.format("5000", "0008") + PAYER + PAYEE_LOOP + f"PLB*{PAYEE}*20261231*CT:JUNE*-5000\n"),
    "corrected insured": _file(ERA.replace("NM1*82", "NM1*74*1*MORGAN-HILL*JANE****C*W123456780\nNM1*82")),
    "another payer first": _file(
        ERA.replace("CLP*PCN0002*1*", "CLP*PCN0002*4*").replace("MOA", "NM1*PR*2*BLUE PLAN*****PI*54771\nMOA")
    ),
    "secondary": _file(
        ERA.replace("CLP*PCN0001*1*150*108*22", "CLP*PCN0001*2*150*108*4")
        .replace("CAS*CO*45*12\nCAS*PR*2*18", "CAS*OA*23*30")
    ),
    "procedure changed": _file(ERA.replace("SVC*HC:36415*50*38**1", "SVC*HC:36416*50*38**1*HC:36415*2")),
    "a line split in two": _file(
        ERA.replace(
            "SVC*HC:36415*50*38**1\nDTM*472*20260601\nCAS*CO*45*8\nCAS*PR*1*4\nREF*6R*L2",
            "SVC*HC:36415*30*22**1**2\nDTM*472*20260601\nCAS*CO*45*8\nREF*6R*L2\n"
            "SVC*HC:36415*20*16**1**2\nDTM*472*20260601\nCAS*PR*1*4\nREF*6R*L2",
        )
    ),
    "two groups": _file(ERA.replace(SECOND, "LX*2\n" + SECOND)),
    "two remittances": _file(ERA + "---\n" + REVERSAL),
    "a tax number instead of an NPI": _file(
        ERA.replace(f"XX*{PAYEE}", "FI*231234567").replace("REF*TJ*231234567\n", "")
    ),
    "a foreign currency": _file(ERA.replace("DTM*405", "CUR*PR*CAD\nDTM*405")),
    "a drug line": _file(ERA.replace("HC:36415*50", "N4:00003029328*50")),
    "dental": _file(ERA.replace("HC:99212", "AD:D0120")),
    "predetermination": _file(NOTHING.format("9") + _AROUND + SECOND.replace("CLP*PCN0002*1*", "CLP*PCN0002*25*")),
    "days of a range": _file(ERA.replace("DTM*472*20260602", "DTM*150*20260602\nDTM*151*20260603")),
    "six reasons in one group": _file(
        ERA.replace("CAS*CO*16*80", "CAS*CO*16*10**45*20**97*10**197*10**29*10**50*20")
    ),
    "an adjustment that raises": _file(
        ERA.replace("CAS*CO*45*12\nCAS*PR*2*18", "CAS*CO*45*22\nCAS*OA*94*-10\nCAS*PR*2*18")
    ),
    "refund by check": _file(
        WITHHELD.replace("WO:ICN000777*20*L6*-2.5", "WO:ICN000777*20*72:ICN000777*-20").replace("*90.5*", "*108*")
    ),
    "inpatient": _file(
        CLAIM_LEVEL.replace("*11*1\n", "*11*1**470*1.9\n").replace("DTM*232", "MIA*3***100*MA01\nDTM*232")
    ),
    "other delimiters": with_delimiters(BASES["era"], "|", ">", "!"),
    "no date of production, no contact of the payer's claims desk": _file(
        ERA.replace("DTM*405*20260611\n", "").replace("PER*CX*CLAIMS*TE*8005550100\n", "")
    ),
    "other references": _file(ERA.replace("REF*1L*GRP100", "REF*1L*GRP100\nREF*EA*MRN77")),
}  # fmt: skip
