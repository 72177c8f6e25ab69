"""The forms of identifiers and addresses that claims and remittances carry. Each answers True if the form holds."""

from __future__ import annotations

import re
from functools import lru_cache

_NPI = re.compile(r"[12]\d{9}", re.ASCII)
_NINE_DIGITS = re.compile(r"\d{9}", re.ASCII)
_TAXONOMY = re.compile(r"(?:1[0-9]|2[0-9]|3[0-46-9]|40)[0-9A-Z]{7}X", re.ASCII)
_ZIP = re.compile(r"\d{5}(?:\d{4})?", re.ASCII)
_CANADIAN_POSTAL_CODE = re.compile(r"[A-Z]\d[A-Z] ?\d[A-Z]\d", re.ASCII)
_PHONE = re.compile(r"[2-9]\d{9}", re.ASCII)
_CLIA = re.compile(r"\d{2}D\d{7}", re.ASCII)
_UPIN = re.compile(r"[A-Z]\d{5}|[A-Z]{3}\d{3}", re.ASCII)
_PO_BOX = re.compile(r"\bP[\s.]*O[\s.]*(?:BOX|DRAWER|BX)\b|\bPOST\s+OFFICE\s+BOX\b|\bP\.?\s*BOX\b|\bLOCK\s*BOX\b", re.I)
_CPT = re.compile(r"\d{4}[0-9FTUMA]", re.ASCII)
_HCPCS = re.compile(r"[ABCDEGHJKLMPQRSTUV]\d{4}", re.ASCII)
_MODIFIER = re.compile(r"[A-Z0-9]{2}", re.ASCII)
_ICD_10 = re.compile(r"[A-Z]\d[0-9A-Z][0-9A-Z]{0,4}", re.ASCII)
_ICD_9 = re.compile(r"\d{3,5}|V\d{2,4}|E\d{3,4}", re.ASCII)
_REMARK = re.compile(r"(?:M|N|MA)\d{1,3}", re.ASCII)
_NEVER_AN_SSN = re.compile(r"000|666|\d{3}00|\d{5}0000|(\d)\1{8}", re.ASCII)
_ITIN_GROUP = re.compile(r"9\d\d(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])", re.ASCII)
_NPI_PREFIX_SUM = 24

_STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK "
    "OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS FM GU MH MP PR PW VI AA AE AP"
)
STATES = frozenset(_STATES.split())
"""USPS: states, territories, freely associated states, armed forces."""
PROVINCES = frozenset(["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"])
"""Canada Post."""
_COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
COUNTRIES = frozenset(_COUNTRIES.split())
"""ISO 3166-1, two letters."""
_CURRENCIES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CLP CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL "
    "HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD "
    "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR "
    "RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD "
    "TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ZWL"
)
CURRENCIES = frozenset(_CURRENCIES.split())
"""ISO 4217, with those given up in the last years."""
_PLACEHOLDERS = frozenset(
    [
        "NA",
        "N/A",
        "NONE",
        "NULL",
        "UNKNOWN",
        "UNK",
        "TBD",
        "PENDING",
        "SELF",
        "SELFPAY",
        "TEST",
        "REQUIRED",
        "ONFILE",
        "ON FILE",
        "SELF PAY",
        "0",
        "-",
        ".",
        "XXXX",
    ]
)


def has_npi_form(value: str) -> bool:
    """Ten digits from 1 or 2; the check digit may be wrong."""
    return bool(_NPI.fullmatch(value))


@lru_cache(maxsize=1 << 12)
def is_npi(value: str) -> bool:
    """Ten digits from 1 or 2, Luhn over 80840 and them (45 CFR 162.406)."""
    if not _NPI.fullmatch(value):
        return False
    total = _NPI_PREFIX_SUM
    for position, digit in enumerate(map(int, value)):
        doubled = digit * 2 if position % 2 == 0 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def is_employer_number(value: str) -> bool:
    """EIN: nine digits, no prefix 00, not one digit nine times (IRS)."""
    return bool(_NINE_DIGITS.fullmatch(value)) and value[:2] != "00" and len(set(value)) > 1


def is_social_security_number(value: str) -> bool:
    """SSN: nine digits; area not 000 or 666, group not 00, serial not 0000, not one digit nine times (SSA).

    Or the ITIN that stands for it: area 9xx, group 50 to 65, 70 to 88, 90 to 92 or 94 to 99 (IRS).
    """
    if not _NINE_DIGITS.fullmatch(value) or _NEVER_AN_SSN.match(value):
        return False
    return value[0] != "9" or bool(_ITIN_GROUP.match(value))


def is_nine_digits(value: str) -> bool:
    """Nine digits."""
    return bool(_NINE_DIGITS.fullmatch(value))


def is_taxonomy(value: str) -> bool:
    """Ten characters: a provider grouping in use, and X at the end (NUCC)."""
    return bool(_TAXONOMY.fullmatch(value))


def is_zip(value: str) -> bool:
    """ZIP or ZIP+4 without hyphen; 00000 and 99999 are none (USPS)."""
    return bool(_ZIP.fullmatch(value)) and value[:5] not in ("00000", "99999")


def is_canadian_postal_code(value: str) -> bool:
    """A9A 9A9, with or without the space."""
    return bool(_CANADIAN_POSTAL_CODE.fullmatch(value))


def is_phone(value: str) -> bool:
    """Ten digits of the North American numbering plan, or more digits for another country; no punctuation."""
    return bool(_PHONE.fullmatch(value)) or (len(value) > 10 and value.isascii() and value.isdigit())


def is_clia(value: str) -> bool:
    """Ten characters, D the third (CMS)."""
    return bool(_CLIA.fullmatch(value))


def is_upin(value: str) -> bool:
    """A letter and five digits, or three letters and three digits such as OTH000 (CMS; no longer given out)."""
    return bool(_UPIN.fullmatch(value))


def is_post_office_box(value: str) -> bool:
    """A street line that is a post office box or lock box."""
    return bool(_PO_BOX.search(value))


def is_placeholder(value: str) -> bool:
    """Words such as NONE or UNKNOWN, or one character at least four times, instead of an identifier."""
    bare = value.strip().upper()
    return bare in _PLACEHOLDERS or (len(bare) >= 4 and len(set(bare)) == 1)


@lru_cache(maxsize=1 << 12)
def has_procedure_form(value: str) -> bool:
    """The form of a CPT code of any category or of a HCPCS level II code (D: dental, which Medicare takes as well)."""
    return bool(_CPT.fullmatch(value) or _HCPCS.fullmatch(value))


@lru_cache(maxsize=1 << 12)
def is_procedure(value: str) -> bool:
    """The form of a CPT or HCPCS level II code; five digits must lie in the sections of CPT (00100 to 99607)."""
    if value.isdigit() and value.isascii() and len(value) == 5:
        return 100 <= int(value) <= 1999 or 10004 <= int(value) <= 99607
    return has_procedure_form(value)


def is_modifier(value: str) -> bool:
    """Two capital letters or digits."""
    return bool(_MODIFIER.fullmatch(value))


def is_icd_10(value: str) -> bool:
    """The form of an ICD-10-CM code without its dot."""
    return bool(_ICD_10.fullmatch(value))


def is_icd_9(value: str) -> bool:
    """The form of an ICD-9-CM code without its dot."""
    return bool(_ICD_9.fullmatch(value))


def is_remark(value: str) -> bool:
    """The form of a remittance advice remark code."""
    return bool(_REMARK.fullmatch(value))


def is_routing_number(value: str) -> bool:
    """Nine digits whose weighted sum (3, 7, 1) is a multiple of ten (ABA)."""
    if not _NINE_DIGITS.fullmatch(value):
        return False
    return sum(weight * int(digit) for weight, digit in zip((3, 7, 1) * 3, value, strict=True)) % 10 == 0
