"""What the professional and the institutional claim (837P, 837I) have in common: levels, providers, other coverage."""
