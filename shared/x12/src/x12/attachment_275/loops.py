"""The loops and segments of an attachment, 275 005010X210 and 006020X314.

The guides were not at hand. X210 follows the segment list that a clearinghouse publishes of it, X314 the base standard
and what is public of two payers' companion guides (CMS esMD, UnitedHealthcare). Usages, repeats and code lists could
not be checked against the guides, so code lists are left open where no source names them all; a companion guide
governs. They differ in what carries the document: EFI and BIN in X210, BDS in X314.
"""

from x12.guide import Guide, parse_guide

_REST = """
ST R 1 @50 !ID3-3=275 !AN4-9 !AN1-35
BGN R 1 @200 !ID2-2=02|11|22 !AN1-50 !DT8-8 ?TM4-8
loop 1000A R 1 @500
 NM1 R 1 @500 !ID2-3=PR !ID1-1=2 !AN1-60 - - - - !ID1-2=PI|XV !AN2-80 / P0809
 PER S 1 @900 $CONTACT
loop 1000B R 1 @500
 NM1 R 1 @500 !ID2-3=41 !ID1-1=1|2 !AN1-60 ?AN1-35 ?AN1-25 - - !ID1-2=46 !AN2-80 / P0809
loop 1000C R 1 @500
 NM1 R 1 @500 !ID2-3=1P !ID1-1=1|2 !AN1-60 ?AN1-35 ?AN1-25 - ?AN1-10 ?ID1-2=FI|SV|XX ?AN2-80 / P0809
 PRV S 1 @800 !ID1-3 !ID2-3=PXC !AN1-50 / P0203
 REF S 3 @1000 !ID2-3 !AN1-50
 loop 1100C S 1 @1200
  NX1 R 1 @1200 !ID2-3
  N3 S 1 @1400 $N3
  N4 S 1 @1500 $N4
loop 1000D R 1 @500
 NM1 R 1 @500 !ID2-3=QC !ID1-1=1 $NAME ?ID1-2=II|MI ?AN2-80 / P0809
 REF @EJ 1 @1000 !ID2-3=EJ !AN1-50
 REF S 1 @1000 !ID2-3=BLT !AN1-50
 REF S 1 @1000 !ID2-3=EA !AN1-50
 REF S 1 @1000 !ID2-3=D9 !AN1-50
 REF S 1 @1000 !ID2-3=X1 !AN1-50
 DTP S 1 @1050 !ID3-3=472 !ID2-3=D8|RD8 !AN1-35
loop 2000A R 0 @20010
 LX R 1 @100 !N01-6
 TRN R 1 @150 !ID1-2=1|2 !AN1-50
 STC S 1 @175 !$STATUS - - - - - - - - ?$STATUS ?$STATUS
 REF S 1 @500 !ID2-3=FJ !AN1-50
 REF S 2 @500 !ID2-3 !AN1-50 - ?(!ID2-3 !AN1-50)
 loop 2100A S 1 @600
  DTP R 1 @600 !ID3-3=472 !ID2-3=D8|RD8 !AN1-35
 loop 2100B R 0 @600
  DTP R 1 @600 !ID3-3=368 !ID2-3=D8 !AN1-35
  CAT R 1 @700 !ID2-2 !ID1-2 ?AN1-30
"""
_BIN = """\
  loop 2110B R 1 @1000
   EFI R 1 @1000 !ID2-2
   BIN R 1 @1100 !N01-15 !B1-999999999999999
"""
_BDS = """\
  OOI S 1 @900 !AN1-50 !ID1-3 ?AN1-256
  loop 2110B R 1 @1000
   BDS R 1 @1000 !ID3-3=ASC|B64 !N01-15 !B1-999999999999999
"""
_NOTATIONS = {
    "$STATUS": "(!AN1-30 !AN1-30 ?ID2-3 ?ID1-3)",
    "$CONTACT": "!ID2-2=IC ?AN1-60 !ID2-2=ED|EM|FX|TE !AN1-256 ?ID2-2=ED|EM|EX|FX|TE ?AN1-256 ?ID2-2=ED|EM|EX|FX|TE"
    " ?AN1-256 / P0304 P0506 P0708",
}


def _guide(version: str, control_number_usage: str, binary: str) -> Guide:
    text = _REST.replace("@EJ", control_number_usage) + binary
    return parse_guide("275", version, "PI", ("2100B", "2000A"), text, _NOTATIONS)


GUIDE = _guide("006020X314", "S", _BDS)
GUIDE_5010 = _guide("005010X210", "R", _BIN)
