"""What lies in the patient and raises the risk of a decision: risk factors of an operation, social circumstances.

Table: CPT E/M guidelines, examples of risk. Surgery with identified patient or procedure risk factors stands one level
above surgery without; a drug that is declined after its risks were weighed counts as one that is given; diagnosis or
treatment significantly limited by social determinants of health is moderate; to forego a procedure that was weighed is
a decision too ("the need to initiate or forego further testing, treatment").
"""

from __future__ import annotations

from typing import Final

from coding_svc.coding.screened import Screened

_OF_SURGERY: Final = r"(?:surg\w+|operat\w+|peri-?operative|an(?:a)?esthe\w+|bleeding|cardiac|wound|healing|clot\w*)"
RISK_FACTORS: Final = Screened(
    r"\b(?:his|her|their|the patient'?s?|patient) (?:\w+ ){0,2}risks? (?:is|are) (?:\w+ )?(?:raised|increased"
    r"|elevated|high)"
    rf"|(?<!no )(?<!not )(?<!without )\b(?:raised|increased|elevated"
    rf"|high(?:er)?)[- ](?:than average )?(?:{_OF_SURGERY} )?"
    rf"risk (?:for {_OF_SURGERY}|of {_OF_SURGERY}|{_OF_SURGERY}|because|due to|given|from|in view)"
    rf"|\b{_OF_SURGERY} risk (?:is |are )?(?:\w+ )?(?:raised|increased|elevated|high|on|given|due to|because of|from)\b"
    r"|(?<!no )(?<!without )\b(?:patient|surgical|operative|identified|his|her|their)(?:-specific)? risk factors?\b"
    r"(?! (?:were |are |was )?(?:none|not|denied|absent))"
)
"""Of the patient who is to be operated; the general risks of an operation, told to everybody, are none."""
_CANNOT: Final = r"(?:cannot|can't|can not|could not|couldn't|unable to|not able to|inability to)"
_CARE: Final = (
    r"(?:medic\w+|pills?|drugs?|tablets?|insulin|inhalers?|prescriptions?|treatment|therapy|test(?:s|ing)?|co-?pays?"
    r"|visits?|appointments?|them|it|\w+(?:pril|sartan|statin|dipine|gliptin|flozin|tide))"
)
_LACK: Final = (
    r"(?:cost|finances|financial \w+|homeless\w*|housing \w+|(?:lack|loss) of (?:\w+ )?(?:insurance|transport\w*"
    r"|housing|money|refrigerat\w+|food|coverage)|no (?:insurance|transport\w*|refrigerat\w+)|food insecurity|poverty)"
)
SOCIAL_LIMITS: Final = Screened(
    rf"\b{_CANNOT} (?:afford|pay for|get to|store|refrigerate|pick up) (?:\w+ ){{0,3}}?{_CARE}\b"
    rf"|\b(?:limited|limiting|prevented|hampered|complicated|delayed"
    rf"|interrupted) (?:\w+ ){{0,2}}?by (?:\w+ ){{0,3}}?{_LACK}"
    rf"|\b{_LACK}(?:(?! (?:not|no longer|doesn't|does not)\b)[^.\n]){{0,50}}\b(?:limits?|limiting|prevents?|hampers?)\b"
    rf"|\b(?:stopped|skip\w*|ration\w*|without|missed|ran out of|not (?:taking|filled)) [^.\n]{{0,60}}"
    rf"\b(?:because of|due to|owing to|for) (?:the |her |his |their )?{_LACK}"
)
NOT_SOCIAL: Final = Screened(
    r"\b(?:no|denies|without|never|any) (?:\w+ ){0,3}?(?:barrier|trouble|difficult|problem|cost|financ|transport|insur)"
    r"|\bused to\b|\bin the past\b|\blast year\b|\bif (?:she|he|they|the)\b|\bmight\b|\bfeared?\b"
)
"""Said of another day, or said not to be so."""
DECLINED: Final = Screened(
    r"\b(?:declin\w+|refus\w+|decided against|decides against|opted against|prefers not|chose not|rather not)\b"
)
SHARED: Final = Screened(
    r"\bshared decision|\b(?:discuss\w*|went (?:over|through)|explain\w*|review\w*|weigh\w*|counsel\w*"
    r"|talked)\b[^.\n]{0,60}"
    r"\b(?:risks?|benefits?|side effects|options|pros and cons)\b"
)
"""With a drug that was declined: options considered and not selected after shared decision making count (2023)."""
_PROCEDURE: Final = (
    r"(?:egd|endoscopy|colonoscopy|bronchoscopy|cystoscopy|biops\w+|surgery|surgical \w+|operation|injections?"
    r"|catheteri[sz]ation|excision|lumbar puncture|aspiration)"
)
FOREGONE: Final = Screened(
    rf"\b(?:forego(?:ing)?|forgo(?:ing)?|defer(?:ring|red)?|declin\w+|decided against|opted against|hold off on"
    rf"|holding off on|no indication for) (?:an? |the |any |further |having )*{_PROCEDURE}\b"
)
