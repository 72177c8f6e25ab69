"""The loops and segments of a claim status request, 276 005010X212.

No map of this guide was at hand: the loops follow the 277 of the same guide, the 276 of 004010X093 and what x12sdk
reads; repeats and code lists could not be checked against the guide.
"""

from textwrap import indent

from x12.claim_status.loops import NOTATIONS
from x12.guide import parse_guide

_CLAIM = """\
loop 2200# S 0 @900
 TRN R 1 @900 !ID1-2=1 !AN1-50
 REF S 1 @1000 !ID2-3=1K !AN1-50
 REF S 1 @1000 !ID2-3=BLT !AN1-50
 REF S 1 @1000 !ID2-3=LU !AN1-50
 REF S 1 @1000 !ID2-3=6P !AN1-50
 REF S 1 @1000 !ID2-3=EJ !AN1-50
 REF S 1 @1000 !ID2-3=XZ !AN1-50
 REF S 1 @1000 !ID2-3=D9 !AN1-50
 AMT S 1 @1100 !ID1-3=T3 !R1-18
 DTP S 1 @1200 !ID3-3=472 !ID2-3=D8|RD8 !AN1-35
 loop 2210# S 0 @1300
  SVC R 1 @1300 !$PROCEDURE !R1-18 - ?AN1-48 - - !R1-15
  REF S 1 @1400 !ID2-3=FJ !AN1-50
  DTP R 1 @1500 !ID3-3=472 !ID2-3=D8|RD8 !AN1-35
"""


def _claim(letter: str, depth: int) -> str:
    """The claims of subscribers (D) and dependents (E) are declared alike."""
    return indent(_CLAIM.replace("#", letter), " " * depth)


GUIDE = parse_guide(
    "276",
    "005010X212",
    "HR",
    ("2200D", "2000D", "2200E", "2000E", "2000C", "2000B"),
    f"""
ST R 1 @50 !ID3-3=276 !AN4-9 ?AN1-35
BHT R 1 @10100 !ID4-4=0010 !ID2-2=13 !AN1-50 !DT8-8 !TM4-8
loop 2000A R 0 @20010
 HL R 1 @100 !AN1-12 - !ID1-2=20 !ID1-1=1
 loop 2100A R 1 @500
  NM1 R 1 @500 $PAYER
 loop 2000B R 0 @2000
  HL R 1 @100 !AN1-12 !AN1-12 !ID1-2=21 !ID1-1=1
  loop 2100B R 1 @500
   NM1 R 1 @500 $RECEIVER
  loop 2000C R 0 @2000
   HL R 1 @100 !AN1-12 !AN1-12 !ID1-2=19 !ID1-1=1
   loop 2100C R 2 @500
    NM1 R 1 @500 $PROVIDER
   loop 2000D R 0 @2000
    HL R 1 @100 !AN1-12 !AN1-12 !ID1-2=22 !ID1-1=0|1
    DMG S 1 @400 !ID2-3=D8 !AN1-35 ?ID1-1=F|M|U
    loop 2100D R 1 @500
     NM1 R 1 @500 $SUBSCRIBER
{_claim("D", 4)}
    loop 2000E S 0 @2000
     HL R 1 @100 !AN1-12 !AN1-12 !ID1-2=23
     DMG R 1 @400 !ID2-3=D8 !AN1-35 ?ID1-1=F|M|U
     loop 2100E R 1 @500
      NM1 R 1 @500 !ID2-3=QC !ID1-1=1 $NAME
{_claim("E", 5)}
""",
    NOTATIONS,
)
