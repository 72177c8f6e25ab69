"""Valid professional claims: each a file of its own, and what most mutations start from."""

from __future__ import annotations

from tests.codec.mutations.editing import Segments, in_envelope, npi, sealed

VERSION = "005010X222A1"
BILLING, RENDERING, REFERRING = npi("123456789"), npi("155000123"), npi("166000321")
FACILITY, SUPERVISING = npi("177000111"), npi("188000222")
HEAD = f"""\
BHT*0019*00*REF0001*20260615*1200*CH
NM1*41*2*CLEARPATH BILLING*****46*SUB123
PER*IC*ANNA LEE*TE*2155550142
NM1*40*2*KEYSTONE HEALTH*****46*KEY01
HL*1**20*1
PRV*BI*PXC*207Q00000X
NM1*85*2*RIVER FAMILY PRACTICE*****XX*{BILLING}
N3*12 RIVER ROAD
N4*PHILADELPHIA*PA*191031234
REF*EI*231234567
PER*IC*FRONT DESK*TE*2155550143
"""
SELF = """\
HL*2*1*22*0
SBR*P*18*GRP100******CI
NM1*IL*1*MORGAN*JANE*Q***MI*W123456789
N3*77 OAK STREET
N4*PHILADELPHIA*PA*19104
DMG*D8*19800512*F
NM1*PR*2*KEYSTONE HEALTH*****PI*23045
"""
CHILD = """\
HL*2*1*22*1
SBR*P**GRP100******CI
NM1*IL*1*MORGAN*JANE*Q***MI*W123456789
N3*77 OAK STREET
N4*PHILADELPHIA*PA*19104
DMG*D8*19800512*F
NM1*PR*2*KEYSTONE HEALTH*****PI*23045
HL*3*2*23*0
PAT*19
NM1*QC*1*MORGAN*LEO
N3*77 OAK STREET
N4*PHILADELPHIA*PA*19104
DMG*D8*20150301*M
"""
RENDERED = f"""\
NM1*82*1*SMITH*ALAN****XX*{RENDERING}
PRV*PE*PXC*207Q00000X
"""
LINES = """\
LX*1
SV1*HC:99213:25*100*UN*1***1:2
DTP*472*D8*20260601
REF*6R*L1
LX*2
SV1*HC:36415*50*UN*1***1
DTP*472*D8*20260601
REF*6R*L2
"""
OFFICE = HEAD + SELF + "CLM*PCN0001*150***11:B:1*Y*A*Y*Y\nREF*X4*39D1234567\nHI*ABK:E119*ABF:I10\n" + RENDERED + LINES
SECONDARY = """\
HL*2*1*22*0
SBR*S*18*GRP100******CI
NM1*IL*1*MORGAN*JANE*Q***MI*W123456789
N3*77 OAK STREET
N4*PHILADELPHIA*PA*19104
DMG*D8*19800512*F
NM1*PR*2*KEYSTONE HEALTH*****PI*23045
"""
COVERAGE = """\
SBR*P*18*GRP200******BL
AMT*D*90
OI***Y***Y
NM1*IL*1*MORGAN*JANE*Q***MI*B987654321
N3*77 OAK STREET
N4*PHILADELPHIA*PA*19104
NM1*PR*2*BLUE PLAN*****PI*54771
"""
DECIDED = """\
LX*1
SV1*HC:99213*100*UN*1***1:2
DTP*472*D8*20260601
REF*6R*L1
SVD*54771*60*HC:99213**1
CAS*CO*45*30
CAS*PR*2*10
DTP*573*D8*20260610
LX*2
SV1*HC:36415*50*UN*1***1
DTP*472*D8*20260601
REF*6R*L2
SVD*54771*30*HC:36415**1
CAS*CO*45*12
CAS*PR*1*8
DTP*573*D8*20260610
"""
CLAIM = "CLM*PCN0001*150***11:B:1*Y*A*Y*Y\nHI*ABK:E119*ABF:I10\n"
COB = HEAD + SECONDARY + CLAIM + RENDERED + COVERAGE + DECIDED
COB_CLAIM_LEVEL = (
    HEAD + SECONDARY + CLAIM + RENDERED
    + COVERAGE.replace("AMT*D*90", "CAS*CO*45*42\nCAS*PR*2*18\nAMT*D*90") + "DTP*573*D8*20260610\n" + LINES
)  # fmt: skip
HOSPITAL = f"""\
{HEAD}{SELF}CLM*PCN0002*325.5***21:B:1*Y*A*Y*Y
DTP*431*D8*20260520
DTP*435*D8*20260528
DTP*096*D8*20260603
REF*G1*AUTH77812
HI*ABK:J189*ABF:R0902
NM1*DN*1*REYES*MARIA****XX*{REFERRING}
NM1*82*1*SMITH*ALAN****XX*{RENDERING}
PRV*PE*PXC*207R00000X
NM1*77*2*GENERAL HOSPITAL*****XX*{FACILITY}
N3*500 HOSPITAL WAY
N4*PHILADELPHIA*PA*191070001
NM1*DQ*1*KIM*SUSAN****XX*{SUPERVISING}
LX*1
SV1*HC:99223*225.5*UN*1***1
DTP*472*D8*20260528
REF*6R*L1
LX*2
SV1*HC:99232*100*UN*4***1:2
DTP*472*RD8*20260529-20260601
REF*6R*L2
"""
ACCIDENT = """\
CLM*PCN0003*150***11:B:1*Y*A*Y*Y**AA:::PA
DTP*439*D8*20260530
HI*ABK:S8001XA*ABF:V4352XA
"""
CRASH = HEAD + SELF + ACCIDENT + RENDERED + LINES
DRUG = f"""\
{HEAD}{SELF}CLM*PCN0004*340***11:B:1*Y*A*Y*Y
PWK*OZ*FX***AC*DOC4711
PWK*03*AA
NTE*ADD*SEE ATTACHED REPORT
HI*ABK:M1711
{RENDERED}LX*1
SV1*HC:20610:RT*140*UN*1***1
DTP*472*D8*20260601
REF*6R*L1
LX*2
SV1*HC:J3301*200*UN*4***1
DTP*472*D8*20260601
REF*6R*L2
LIN**N4*00003029328
CTP****1*ML
REF*XZ*RX778
NM1*DK*1*SMITH*ALAN****XX*{RENDERING}
N3*12 RIVER ROAD
N4*PHILADELPHIA*PA*191031234
PER*IC*ALAN SMITH*TE*2155550143
"""
AMBULANCE = f"""\
{HEAD.replace("207Q00000X", "341600000X")}{SELF}CLM*PCN0005*612.5***41:B:1*Y*A*Y*Y**OA
DTP*439*D8*20260601
CR1*LB*160**A*DH*12
CRC*07*Y*04*06
HI*ABK:S72001A
NM1*PW*2
N3*88 ELM STREET
N4*PHILADELPHIA*PA*19104
NM1*45*2*GENERAL HOSPITAL
N3*500 HOSPITAL WAY
N4*PHILADELPHIA*PA*19107
LX*1
SV1*HC:A0427:RH*500*UN*1***1
DTP*472*D8*20260601
QTY*PT*1
REF*6R*L1
LX*2
SV1*HC:A0425:RH*112.5*UN*12.5***1
DTP*472*D8*20260601
REF*6R*L2
"""
REPLACEMENT = (
    HEAD + SELF + CLAIM.replace("11:B:1", "11:B:7").replace("HI*", "REF*F8*ICN20260501\nHI*") + RENDERED + LINES
)
MEDICARE = (
    HEAD
    + SECONDARY.replace("SBR*S*18*GRP100******CI", "SBR*S*18***12****MB")
    + CLAIM
    + RENDERED
    + COVERAGE.replace("******BL", "******CI")
    + DECIDED
)
TERTIARY = (
    HEAD
    + SECONDARY.replace("SBR*S", "SBR*T")
    + CLAIM
    + RENDERED
    + COVERAGE
    + COVERAGE.replace("SBR*P*18*GRP200", "SBR*S*18*GRP300").replace("54771", "60054").replace("AMT*D*90", "AMT*D*10")
    + DECIDED.replace("LX*2", "SVD*60054*10*HC:99213**1\nCAS*OA*23*90\nDTP*573*D8*20260612\nLX*2")
    + "SVD*60054*0*HC:36415**1\nCAS*OA*23*42\nCAS*PR*1*8\nDTP*573*D8*20260612\n"
)
TWELVE = "HI*" + "*".join(
    f"{'ABF' if at else 'ABK'}:{code}"
    for at, code in enumerate(
        "E119 I10 E785 J449 M1711 N183 K219 F329 G4733 D649 R0902 Z7984".replace("N183", "N1830").split()
    )
)
FIFTY = "".join(
    f"LX*{at}\nSV1*HC:36415:91*3*UN*1***1\nDTP*472*D8*202606{1 + at % 14:02d}\nREF*6R*L{at}\n" for at in range(1, 51)
)
CHILD_CLAIM = HEAD + CHILD + "CLM*PCN0001*150***11:B:1*Y*A*Y*Y\nHI*ABK:J029*ABF:R509\n" + RENDERED + LINES
TEXTS = {
    "office": OFFICE,
    "child": CHILD_CLAIM,
    "cob": COB,
    "cob-claim": COB_CLAIM_LEVEL,
    "hospital": HOSPITAL,
    "crash": CRASH,
    "drug": DRUG,
    "ambulance": AMBULANCE,
    "replacement": REPLACEMENT,
    "medicare": MEDICARE,
    "tertiary": TERTIARY,
}
BASES: dict[str, Segments] = {name: sealed(in_envelope(text, "HC", VERSION)) for name, text in TEXTS.items()}


def _file(text: str) -> Segments:
    return sealed(in_envelope(text, "HC", VERSION))


VARIANTS: dict[str, Segments] = {
    **BASES,
    "void": _file(REPLACEMENT.replace("11:B:7", "11:B:8")),
    "twelve diagnoses": _file(OFFICE.replace("HI*ABK:E119*ABF:I10", TWELVE)),
    "fifty lines": _file(HEAD + SELF + CLAIM + RENDERED + FIFTY),
    "anesthesia": _file(
        OFFICE.replace("SV1*HC:99213:25*100*UN*1", "SV1*HC:00790:AA:P3*100*MJ*95").replace("11:B:1", "22:B:1")
    ),
    "foreign address": _file(OFFICE.replace("N4*PHILADELPHIA*PA*19104", "N4*LONDON**SW1A 1AA*GB")),
    "Canadian address": _file(OFFICE.replace("N4*PHILADELPHIA*PA*19104", "N4*TORONTO*ON*M5V 2T6*CA")),
    "two transaction sets": _file(OFFICE + "---\n" + HOSPITAL),
    "two claims": _file(OFFICE + (CLAIM + RENDERED + LINES).replace("PCN0001", "PCN0009")),
    "two providers": _file(
        OFFICE
        + HEAD[HEAD.index("HL*1") :].replace("HL*1*", "HL*3*").replace(BILLING, npi("199000777"))
        + (SELF + CLAIM + LINES).replace("HL*2*1", "HL*4*3").replace("PCN0001", "PCN0010")
    ),
    "zero charge": _file(OFFICE.replace("HC:36415*50", "HC:G8427*0").replace("CLM*PCN0001*150", "CLM*PCN0001*100")),
    "employment accident": _file(CRASH.replace("AA:::PA", "EM").replace("V4352XA", "W010XXA")),
    "accident abroad": _file(CRASH.replace("AA:::PA", "AA::::MX")),
    "denied by the first payer": _file(
        COB.replace("AMT*D*90", "AMT*D*0")
        .replace("SVD*54771*60", "SVD*54771*0").replace("CAS*CO*45*30\nCAS*PR*2*10", "CAS*CO*29*100")
        .replace("SVD*54771*30", "SVD*54771*0").replace("CAS*CO*45*12\nCAS*PR*1*8", "CAS*CO*29*50")
    ),
    "another payer not asked yet": _file(
        OFFICE.replace("LX*1", COVERAGE.replace("SBR*P", "SBR*S").replace("AMT*D*90\n", "") + "LX*1")
    ),
    "died on the day of service": _file(CHILD_CLAIM.replace("PAT*19", "PAT*19****D8*20260601")),
    "Medicare's test read elsewhere, made elsewhere, and one that needs no CLIA number": _file(
        MEDICARE.replace("HC:36415", "HC:81050").replace("99213:25", "80053:26")
        .replace("HC:99213", "HC:80053:26")
    ),
    "Medicare's test of another laboratory": _file(
        MEDICARE.replace("HC:36415", "HC:80053:90")
        .replace("REF*6R*L2", "REF*6R*L2\nREF*F4*39D1234567")
    ),
    "services without a code, in words": _file(
        OFFICE.replace("HC:36415", "HC:93799:::::ECHO OF FLOW").replace("HC:99213:25", "HC:99499")
        .replace("REF*6R*L1", "REF*6R*L1\nNTE*ADD*SEEN AT HOME TWICE")
    ),
    "one part of a service": _file(OFFICE.replace("HC:36415", "HC:93000:26")),
    "Indian Health Service": _file(OFFICE.replace("11:B:1", "05:B:1").replace("REF*X4*39D1234567\n", "")),
    "home, patient paid, notes": _file(
        OFFICE.replace("11:B:1", "12:B:1")
        .replace("REF*X4", "AMT*F5*20\nREF*X4").replace("HI*", "NTE*ADD*SEEN AT HOME\nHI*")
    ),
    "atypical provider": _file(
        OFFICE.replace(f"*****XX*{BILLING}", "").replace("PI*23045\n", "PI*23045\nREF*G2*ATYP12345\n")
    ),
    "billing by a person": _file(
        OFFICE.replace("NM1*85*2*RIVER FAMILY PRACTICE****", "NM1*85*1*SMITH*ALAN***").replace(RENDERED, "")
    ),
    "pay-to address": _file(
        OFFICE.replace("HL*2*1", "NM1*87*2\nN3*PO BOX 1200\nN4*PHILADELPHIA*PA*191031200\nHL*2*1")
    ),
    "line providers": _file(
        HOSPITAL.replace("REF*6R*L2", f"REF*6R*L2\nNM1*82*1*WU*LI****XX*{npi('144000555')}\nPRV*PE*PXC*207R00000X")
    ),
    "bundled line": _file(
        COB.replace("SVD*54771*30*HC:36415**1", "SVD*54771*0*HC:99213**1*1")
        .replace("CAS*CO*45*12\nCAS*PR*1*8", "CAS*CO*97*50").replace("AMT*D*90", "AMT*D*60")
    ),
    "newborn": _file(
        (HEAD + CHILD).replace("20150301", "20260601") + CLAIM.replace("ABK:E119*ABF:I10", "ABK:Z3801") + RENDERED
        + LINES.replace("1:2", "1")
    ),
    "telehealth": _file(OFFICE.replace("11:B:1", "10:B:1").replace("99213:25", "99213:95")),
    "mammography": _file(
        OFFICE.replace("HC:36415", "HC:77067").replace("REF*X4*39D1234567", "REF*EW*123456\nREF*X4*39D1234567")
    ),
    "category III code, four modifiers": _file(OFFICE.replace("HC:36415", "HC:0275T:59:XS:LT:GA")),
}  # fmt: skip


def with_delimiters(segments: Segments, element: str, component: str, repetition: str) -> Segments:
    """The same with other delimiters."""
    made = []
    for segment in segments:
        if segment.startswith("ISA"):
            parts = segment.split("*")
            parts[11], parts[16] = repetition, component
            made.append(element.join(parts))
        else:
            made.append(segment.replace("*", element).replace(":", component))
    return made


VARIANTS["other delimiters"] = with_delimiters(BASES["cob"], "|", ">", "!")
