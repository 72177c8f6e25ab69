"""Rules that professional and institutional claims share, with what they look at and what runs them."""
