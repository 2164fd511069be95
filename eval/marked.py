"""Marked: what a command made stands between two marks of a page, and is put there anew without touching the rest."""

from eval.records import DataError


def put_between(text: str, made: str, start: str, end: str) -> str:
    """Return a page with what stands between the two marks replaced.

    Raises:
        DataError: the page has not both marks, in order.
    """
    before, mark, rest = text.partition(start)
    _, closing, after = rest.partition(end)
    if not (mark and closing):
        raise DataError(f"the page has no {start!r} followed by {end!r}; put them where the tables belong")
    return f"{before}{start}\n\n{made}\n\n{end}{after}"
