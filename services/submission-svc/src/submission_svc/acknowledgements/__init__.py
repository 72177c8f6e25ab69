"""TA1, 999 and 277CA: read a file, judge each claim it speaks of, apply the judgements once."""
