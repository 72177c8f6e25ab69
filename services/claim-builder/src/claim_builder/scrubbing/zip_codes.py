"""Which states a ZIP code may lie in, by its first three digits (USPS, Domestic Mail Manual L002)."""

from __future__ import annotations

from typing import Final

_PREFIXES: Final = """
005 NY|006-007 PR|008 VI|009 PR|010-027 MA|028-029 RI|030-038 NH|039-049 ME|050-054 VT|055 MA|056-059 VT|060-069 CT
063 NY|070-089 NJ|090-098 AE|100-149 NY|150-196 PA|197-199 DE|200 DC|201 VA|202-205 DC|206-212 MD|214-219 MD|220-246 VA
247-268 WV|270-289 NC|290-299 SC|300-319 GA|320-339 FL|340 AA|341-342 FL|344 FL|346-347 FL|349 FL|350-352 AL|354-369 AL
370-385 TN|386-397 MS|398-399 GA|400-427 KY|430-459 OH|460-479 IN|480-499 MI|500-528 IA|530-549 WI|550-567 MN|569 DC
570-577 SD|580-588 ND|590-599 MT|600-629 IL|630-658 MO|660-679 KS|680-693 NE|700-714 LA|716-729 AR|730-749 OK|733 TX
750-799 TX|800-816 CO|820-831 WY|832-838 ID|840-847 UT|850-865 AZ|870-884 NM|885 TX|889-898 NV|900-961 CA|962-966 AP
967-968 HI|967 AS|969 FM|969 GU|969 MH|969 MP|969 PW|970-979 OR|980-994 WA|995-999 AK
"""


def _states() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for row in _PREFIXES.replace("\n", "|").strip("|").split("|"):
        span, state = row.split()
        first, _, last = span.partition("-")
        for number in range(int(first), int(last or first) + 1):
            prefix = f"{number:03d}"
            found[prefix] = found.get(prefix, frozenset()) | {state}
    return found


STATES_OF: Final = _states()
"""States by prefix; a prefix that is not given out has none."""
