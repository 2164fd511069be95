"""The shelf: a library as plain values and back, as a snapshot keeps it."""

import dataclasses
from typing import Any

from assistant.library.model import Entry, Library, Section, Span, Unit


def library_to_json(library: Library) -> object:
    """Return a library as plain values."""
    entries = [
        {
            **{name: getattr(entry, name) for name in _ENTRY_FIELDS},
            "units": [
                [u.span.start, u.span.end, u.kind, u.lead, u.last, sorted(u.marks), u.label, u.limited_by]
                for u in entry.units
            ],
            "sections": [dataclasses.astuple(section) for section in entry.sections],
        }
        for entry in library.entries
    ]
    return {"entries": entries, "withdrawn": sorted(library.withdrawn)}


_ENTRY_FIELDS = (
    "id",
    "title",
    "url",
    "last_reviewed",
    "confidence",
    "provenance",
    "subjects",
    "aliases",
    "status",
    "file",
    "sha256",
    "text",
)


def library_from_json(value: Any) -> Library:  # noqa: ANN401  any JSON value: its hash is checked, its shape is ours
    """Make a library from what `library_to_json` returned."""
    entries = []
    for fields in value["entries"]:
        units = tuple(
            Unit(Span(start, end), kind, lead, last, frozenset(marks), label, tuple(limited_by))
            for start, end, kind, lead, last, marks, label, limited_by in fields["units"]
        )
        sections = tuple(Section(*section) for section in fields["sections"])
        plain: dict[str, Any] = {
            name: tuple(item) if isinstance(item := fields[name], list) else item for name in _ENTRY_FIELDS
        }
        entries.append(Entry(**plain, units=units, sections=sections))
    return Library(tuple(entries), frozenset(value["withdrawn"]))
