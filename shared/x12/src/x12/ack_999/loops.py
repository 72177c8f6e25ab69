"""The loops and segments of an implementation acknowledgement, 999 005010X231A1."""

from x12.guide import parse_guide

GUIDE = parse_guide(
    "999",
    "005010X231A1",
    "FA",
    ("2000",),
    """
ST R 1 @50 !ID3-3=999 !AN4-9 !AN1-35
AK1 R 1 @200 !ID2-2 !N01-9 ?AN1-12
loop 2000 S 0 @300
 AK2 R 1 @300 !ID3-3 !AN4-9 ?AN1-35
 loop 2100 S 0 @400
  IK3 R 1 @400 !ID2-3 !N01-10 ?AN1-4 ?ID1-3=1|2|3|4|5|6|7|8|I4|I6|I7|I8|I9
  CTX S 10 @500 !^10(!AN1-35 ?AN1-99) ?ID2-3 ?N01-10 ?AN1-4 ?(!N01-2 ?N01-2 ?N01-4) ?(!N01-4 ?N01-4)
  loop 2110 S 0 @600
   IK4 R 1 @600 !(!N01-2 ?N01-2 ?N01-4) ?N01-4 !ID1-3 ?AN1-99
   CTX S 10 @700 !^10(!AN1-35 ?AN1-99) ?ID2-3 ?N01-10 ?AN1-4 ?(!N01-2 ?N01-2 ?N01-4) ?(!N01-4 ?N01-4)
 IK5 R 1 @800 !ID1-1=A|E|M|R|W|X ?ID1-3 ?ID1-3 ?ID1-3 ?ID1-3 ?ID1-3
AK9 R 1 @900 !ID1-1=A|E|M|P|R|W|X !N01-6 !N01-6 !N01-6 ?ID1-3 ?ID1-3 ?ID1-3 ?ID1-3 ?ID1-3
""",
)
