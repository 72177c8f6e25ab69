"""A payer gateway that really adjudicates, and an EMR that posts a day of encounters."""
