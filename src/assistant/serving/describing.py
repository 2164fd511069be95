"""Describing: how an entry is named on the reader page, in plain text, and to programs that index pages.

Everything comes from the manifest and from numbers the entry itself gives; what is not known is left out or said to be
unknown.
"""

from datetime import date

from assistant.library.model import Entry, SectionName
from assistant.library.sources import numbers_by_study, pubmed_url
from assistant.serving.wire import Json
from assistant.serving.words import page_words


def title_of(entry: Entry) -> str:
    """Return the entry's title, or its id when it has none."""
    return entry.title or entry.id


def section_title(name: SectionName) -> str:
    """Return our name for a section."""
    title: str = page_words()["sections"][name]
    return title


def facts_of(entry: Entry) -> list[str]:
    """Say when an entry was reviewed, how sure it is and whose it is."""
    words = page_words()
    facts = [
        words["reviewed"].format(date=_long(entry.last_reviewed)) if entry.last_reviewed else words["not_reviewed"],
        words["confidence"].format(level=words["confidences"].get(entry.confidence, entry.confidence))
        if entry.confidence
        else words["no_confidence"],
    ]
    return [*facts, words["sample"]] if entry.provenance == "sample" else facts


def citation_of(entry: Entry) -> str:
    """Return how to cite an entry: title, review, the version's digest, and where it stands."""
    version = page_words()["reader"]["version"].format(digest=entry.sha256[:12])
    return f"{title_of(entry)} — {'. '.join(facts_of(entry))}; {version}. {entry.url or f'/library/{entry.id}'}"


def linked_data(entry: Entry, disclaimer: str) -> Json:
    """Describe an entry in the terms of schema.org, as a MedicalWebPage; nothing of its text is repeated."""
    studies = sorted(numbers_by_study(entry.text).items(), key=lambda each: each[1])
    about: Json = {
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "name": title_of(entry),
        "identifier": entry.id,
        "version": entry.sha256,
        "inLanguage": "en",
        "abstract": disclaimer,
        "isPartOf": {"@type": "WebSite", "name": page_words()["heading"]},
    }
    known: Json = {
        "isBasedOn": entry.url,
        "lastReviewed": entry.last_reviewed,
        "about": [{"@type": "Thing", "name": subject} for subject in entry.subjects],
        "citation": [
            {"@type": "ScholarlyArticle", "name": f"{surname} {year}", "url": pubmed_url(pmid)}
            for (surname, year), pmid in studies
        ],
    }
    return about | {name: value for name, value in known.items() if value}


def _long(day: str) -> str:
    try:
        read = date.fromisoformat(day)
    except ValueError:
        return day
    return f"{read.day} {read:%B %Y}"
