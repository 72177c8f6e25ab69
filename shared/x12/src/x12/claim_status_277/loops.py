"""The loops and segments of a claim status response, 277 005010X212."""

from textwrap import indent

from x12.claim_status.loops import NOTATIONS
from x12.guide import parse_guide

_CLAIM = """\
loop 2200# @USAGE 0 @900
 TRN R 1 @900 !ID1-2=2 !AN1-50
 STC R 0 @1000 !$STATUS !DT8-8 - ?R1-18 ?R1-18 ?DT8-8 - ?DT8-8 ?AN1-16 $FURTHER
 REF S 1 @1100 !ID2-3=1K !AN1-50
 REF S 1 @1100 !ID2-3=BLT !AN1-50
 REF S 1 @1100 !ID2-3=EJ !AN1-50
 REF S 1 @1100 !ID2-3=XZ !AN1-50
 REF S 1 @1100 !ID2-3=VV !AN1-50
 REF S 1 @1100 !ID2-3=D9 !AN1-50
 DTP S 1 @1200 !ID3-3=472 !ID2-3=D8|RD8 !AN1-35
 loop 2220# S 0 @1800
  SVC R 1 @1800 !$PROCEDURE !R1-18 !R1-18 ?AN1-48 - - !R1-15
  STC R 0 @1900 !$STATUS !DT8-8 - - - - - - - $FURTHER
  REF S 1 @2000 !ID2-3=FJ !AN1-50
  DTP R 1 @2100 !ID3-3=472 !ID2-3=D8|RD8 !AN1-35
"""


def _claim(letter: str, usage: str, depth: int) -> str:
    """The claims of subscribers (D) and dependents (E) are declared alike."""
    return indent(_CLAIM.replace("#", letter).replace("@USAGE", usage), " " * depth)


GUIDE = parse_guide(
    "277",
    "005010X212",
    "HN",
    ("2200D", "2000D", "2200E", "2000E", "2000C", "2000B"),
    f"""
ST R 1 @50 !ID3-3=277 !AN4-9 ?AN1-35
BHT R 1 @10100 !ID4-4=0010 !ID2-2=08 !AN1-50 !DT8-8 !TM4-8 !ID2-2=DG
loop 2000A R 0 @20010
 HL R 1 @100 !AN1-12 - !ID1-2=20 !ID1-1=1
 loop 2100A R 1 @500
  NM1 R 1 @500 $PAYER
  PER S 1 @800 $CONTACT
 loop 2000B R 0 @2000
  HL R 1 @100 !AN1-12 !AN1-12 !ID1-2=21 !ID1-1=0|1
  loop 2100B R 1 @500
   NM1 R 1 @500 $RECEIVER
  loop 2200B S 1 @900
   TRN R 1 @900 !ID1-2=2 !AN1-50
   STC R 0 @1000 !(!AN1-30 !AN1-30 ?ID2-3=41|AY|PR) !DT8-8 - - - - - - - $FURTHER
  loop 2000C S 0 @2000
   HL R 1 @100 !AN1-12 !AN1-12 !ID1-2=19 !ID1-1=0|1
   loop 2100C R 2 @500
    NM1 R 1 @500 $PROVIDER
   loop 2200C S 1 @900
    TRN R 1 @900 !ID1-2=1 !AN1-50
    STC R 0 @1000 !(!AN1-30 !AN1-30 ?ID2-3=1P) !DT8-8 - - - - - - - $FURTHER
   loop 2000D S 0 @2000
    HL R 1 @100 !AN1-12 !AN1-12 !ID1-2=22 !ID1-1=0|1
    loop 2100D R 1 @500
     NM1 R 1 @500 $SUBSCRIBER
{_claim("D", "S", 4)}
    loop 2000E S 0 @2000
     HL R 1 @100 !AN1-12 !AN1-12 !ID1-2=23
     loop 2100E R 1 @500
      NM1 R 1 @500 !ID2-3=QC !ID1-1=1 $NAME
{_claim("E", "R", 5)}
""",
    NOTATIONS,
)
