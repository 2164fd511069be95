"""Stress: questions asked as people mistype, reword, disguise or misuse them, against the plain ones."""
