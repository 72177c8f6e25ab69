"""The sandbox payer: takes 837P files, acknowledges, adjudicates, remits, and keeps its own books."""
