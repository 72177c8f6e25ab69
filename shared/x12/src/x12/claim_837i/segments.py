"""The REF lists of an 837I and its HI codes, bound to model fields for both directions."""

CLAIM_REFERENCES_BEFORE_DEVICES = {
    "4N": "service_authorization_exception_code",
    "9F": "referral_number",
    "G1": "prior_authorization_number",
    "F8": "payer_claim_control_number",
    "9A": "repriced_claim_number",
    "9C": "adjusted_repriced_claim_number",
}
CLAIM_REFERENCES_AFTER_DEVICES = {
    "D9": "clearinghouse_claim_number",
    "LU": "auto_accident_state",
    "EA": "medical_record_number",
    "P4": "demonstration_project_id",
    "G4": "peer_review_approval_number",
}
CLAIM_REFERENCES = {**CLAIM_REFERENCES_BEFORE_DEVICES, **CLAIM_REFERENCES_AFTER_DEVICES}
LINE_REFERENCES = {
    "6R": "line_item_control_number",
    "9B": "repriced_reference",
    "9D": "adjusted_repriced_reference",
}
ICD_9 = {"ABK": "BK", "ABJ": "BJ", "APR": "PR", "ABN": "BN", "ABF": "BF", "BBR": "BR", "BBQ": "BQ"}
"""HI qualifiers for ICD-10 and what stands for them with ICD-9 codes (services before 2015-10-01)."""
CODES_PER_HI = 12
