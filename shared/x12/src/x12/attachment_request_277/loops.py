"""The loops and segments of a request for additional information, 277 005010X213 and 006020X313.

The guides were not at hand: the tree follows the 277 of 005010X214 and the base standard's loops 2200 to 2220. Usages,
repeats and code lists could not be checked, so code lists are left open. Both versions are declared alike. The writer
sends BHT*0085*48*...*RQ and patients at level PT, which could not be checked either; the reader takes any BHT codes and
level 22 as well. A payer's companion guide governs.
"""

from x12.claim_status.loops import NOTATIONS
from x12.guide import Guide, parse_guide

_TEXT = """
ST R 1 @50 !ID3-3=277 !AN4-9 !AN1-35
BHT R 1 @10100 !ID4-4 !ID2-2 !AN1-50 !DT8-8 !TM4-8 ?ID2-2
loop 2000A R 0 @20010
 HL R 1 @100 !AN1-12 - !ID1-2=20 !ID1-1=1
 loop 2100A R 1 @500
  NM1 R 1 @500 $PAYER
  PER S 1 @800 $CONTACT
 loop 2000B R 0 @2000
  HL R 1 @100 !AN1-12 !AN1-12 !ID1-2=21 !ID1-1=1
  loop 2100B R 1 @500
   NM1 R 1 @500 $RECEIVER
  loop 2000C R 0 @2000
   HL R 1 @100 !AN1-12 !AN1-12 !ID1-2=19 !ID1-1=1
   loop 2100C R 2 @500
    NM1 R 1 @500 $PROVIDER
   loop 2000D R 0 @2000
    HL R 1 @100 !AN1-12 !AN1-12 !ID1-2=22|PT ?ID1-1=0
    loop 2100D R 1 @500
     NM1 R 1 @500 !ID2-3=IL|QC !ID1-1=1|2 $NAME !ID1-2=24|II|MI !AN2-80 / P0809
    loop 2200D R 0 @900
     TRN R 1 @900 !ID1-2=1|2 !AN1-50
     STC R 0 @1000 !$QUESTION ?DT8-8 - ?R1-18 - - - - - ?$QUESTION ?$QUESTION
     REF S 1 @1100 !ID2-3=1K !AN1-50
     REF S 1 @1100 !ID2-3=BLT !AN1-50
     REF S 1 @1100 !ID2-3=EJ !AN1-50
     REF S 1 @1100 !ID2-3=EA !AN1-50
     REF S 1 @1100 !ID2-3=D9 !AN1-50
     DTP S 1 @1200 !ID3-3=472 !ID2-3=D8|RD8 !AN1-35
     DTP S 1 @1200 !ID3-3=106 !ID2-3=D8 !AN1-35
     loop 2210D S 1 @1300
      PWK R 1 @1300 !ID2-2 ?ID1-2 - - ?ID1-2 ?AN2-80 / P0506
      PER S 1 @1400 $CONTACT
      N1 S 1 @1500 !ID2-3 ?AN1-60
      N3 S 1 @1600 $N3
      N4 S 1 @1700 $N4
     loop 2220D S 0 @1800
      SVC R 1 @1800 !$PROCEDURE !R1-18 - ?AN1-48 - - ?R1-15
      STC R 0 @1900 !$QUESTION ?DT8-8 - ?R1-18 - - - - - ?$QUESTION ?$QUESTION
      REF S 1 @2000 !ID2-3=FJ !AN1-50
      DTP S 1 @2100 !ID3-3=472 !ID2-3=D8|RD8 !AN1-35
"""
_NOTATIONS = {**NOTATIONS, "$QUESTION": "(!AN1-30 !AN1-30 ?ID2-3 ?ID1-3)"}


def _guide(version: str) -> Guide:
    return parse_guide("277", version, "HN", ("2200D", "2000D", "2000C", "2000B"), _TEXT, _NOTATIONS)


GUIDE = _guide("006020X313")
GUIDE_5010 = _guide("005010X213")
