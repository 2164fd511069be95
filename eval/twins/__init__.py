"""Twins: entries made from a library's own whose right answer is known, by the thousand, without a judge."""
