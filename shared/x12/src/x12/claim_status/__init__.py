"""What the transactions about a claim's status (276, 277, 277CA, 277 request) have in common."""
