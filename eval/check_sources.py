"""Check the sample library against its sources: every citation exists, every number stands where it is said to stand.

Run as `python -m eval.check_sources DATA_DIR`, where DATA_DIR holds `beir/nfcorpus/corpus.jsonl.gz` (PubMed abstracts)
and `library/openstax_nursing_sections.jsonl.gz` (textbooks), neither of which is part of this project. It prints one
line a fault and a summary, and exits 1 on faults. Whether a sentence is faithful is not checked: that takes a reader.
"""

import csv
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from assistant.library.model import CANONICAL, Entry
from eval.sample import BOOKS, SAMPLE, Listed, Sentence, Texts, read_entries, read_listed, read_texts, sentences_of

WORDS = (700, 1_100)
"""The fewest and the most words of an entry, tables included, title and headings not."""
LEAST_SENTENCES, LEAST_STUDIES = 15, 6
"""Of an entry: factual sentences, and different PubMed numbers."""
RUN = 10
"""So many words in a row an entry must not share with a source."""
DISCLAIMER = (
    "This is a summary of published research, not personal health advice. Discuss any health or supplement decisions "
    "with a qualified healthcare professional, particularly during ongoing care, pregnancy, or with chronic conditions."
)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong on a line of a file; line 0 stands for the whole file."""

    file: str
    line: int
    fact: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.fact}"


# Numbers

_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: value for value, word in enumerate(_ONES + _TEENS, 1)} | {
    word: 10 * n for n, word in enumerate(_TENS, 2)
}
_VALUES |= {f"{ten}-{one}": _VALUES[ten] + _VALUES[one] for ten in _TENS for one in _ONES}
_IN_WORDS = re.compile(rf"\b(?:{'|'.join(sorted(_VALUES, key=len, reverse=True))})\b", re.IGNORECASE)
_IN_DIGITS = re.compile(r"\d+(?:\.\d+)?|\.\d+|½")
_NAMES = re.compile(
    r"\(\d\) (?=[A-Z])|\([0-9a-f]{8}\)|\d(?:[\d,]*\d)?-(?:hydroxy|dihydroxy|dehydro|methylene)\w*|"
    r"\b[A-Za-z]+-?\d[\w,]*|\b\d+(?=[A-Z]{2}\b)"
)
"""What is no finding: (1), (3ca17b72), 1,25-dihydroxyvitamin D, vitamin B12, omega-3, CYP1A2, 677TT."""


def numbers(text: str) -> set[Decimal]:
    """Return the values that stand in a text in digits or words: 0·04 is 0.04, and 12,251 or 12 251 is 12251."""
    text = text.replace("·", ".").replace("½", "0.5")
    text = re.sub(r"(?<=\d)[,\s\u2009\u202f](?=\d{3}(?!\d))", "", text)
    found = {Decimal(match[0]).normalize() for match in _IN_DIGITS.finditer(text)}
    return found | {Decimal(_VALUES[match[0].lower()]).normalize() for match in _IN_WORDS.finditer(text)}


def stated_numbers(words: str) -> set[Decimal]:
    """Return the numbers that a stretch of an entry states; "one" is most often a pronoun and is left out."""
    return numbers(re.sub(r"\bone\b", "", _NAMES.sub(" ", words), flags=re.IGNORECASE))


# Checking


def check_form(sample: Path) -> list[Fault]:
    """Check what needs no sources: sections, length, disclaimer, and citations against `sources.csv`."""
    listed = read_listed(sample)
    faults = _check_list(sample)
    cited: set[str] = set()
    for entry in read_entries(sample):
        sentences = sentences_of(entry, listed)
        here = {source for sentence in sentences for citation in sentence.citations for source in citation.sources}
        cited |= here
        faults += [Fault(entry.file, 0, f"no section {name!r}") for name in missing_sections(entry)]
        if not WORDS[0] <= (words := count_words(entry)) <= WORDS[1]:
            faults.append(Fault(entry.file, 0, f"{words} words; it may have {WORDS[0]} to {WORDS[1]}"))
        if entry.text.count(DISCLAIMER) != 1:
            faults.append(Fault(entry.file, 0, f"the disclaimer stands in it {entry.text.count(DISCLAIMER)} times"))
        if (factual := sum(is_factual(sentence) for sentence in sentences)) < LEAST_SENTENCES:
            faults.append(Fault(entry.file, 0, f"{factual} factual sentences; it needs {LEAST_SENTENCES}"))
        if (studies := sum(source.isdecimal() for source in here)) < LEAST_STUDIES:
            faults.append(Fault(entry.file, 0, f"{studies} PubMed numbers; it needs {LEAST_STUDIES}"))
        for sentence in sentences:
            faults += [Fault(entry.file, sentence.line, fact) for fact in _unlisted(sentence, listed)]
    faults += [Fault("sources.csv", 0, f"{source!r} is cited nowhere") for source in sorted(listed.keys() - cited)]
    return sorted(faults)


def _check_list(sample: Path) -> list[Fault]:
    with (sample / "sources.csv").open(encoding="utf-8", newline="") as file:
        ids = [row["source_id"] for row in csv.DictReader(file)]
    doubled = sorted({source for source in ids if ids.count(source) > 1})
    faults = [Fault("sources.csv", 0, f"{source!r} stands in it twice") for source in doubled]
    return faults if ids == sorted(ids) else [*faults, Fault("sources.csv", 0, "its rows are not sorted by source_id")]


def _unlisted(sentence: Sentence, listed: Mapping[str, Listed]) -> Iterator[str]:
    for citation in sentence.citations:
        yield from (f"PMID {source} is not in sources.csv" for source in citation.sources if source not in listed)
    known = sum(source.startswith(BOOKS) for citation in sentence.citations for source in citation.sources)
    if sum(sentence.words.count(f"{book}, ") for book in BOOKS) > known:
        yield "a book's chapter is not in sources.csv"


def missing_sections(entry: Entry) -> list[str]:
    """Return the canonical sections that an entry lacks, in the publisher's order."""
    return [name for name in CANONICAL if name not in {section.name for section in entry.sections}]


def count_words(entry: Entry) -> int:
    """Count the words of an entry's body: what white space parts, without headings and the pipes of tables."""
    body = (unit.span.of(entry.text) for unit in entry.units if unit.kind not in ("metadata", "title", "heading"))
    return sum(1 for words in body for word in words.split() if re.search(r"\w", word))


def is_factual(sentence: Sentence) -> bool:
    """Whether a sentence, not a table row, cites a source."""
    return bool(sentence.citations) and not sentence.is_row


def check_facts(sample: Path, texts: Texts) -> list[Fault]:
    """Check citations and numbers against the sources, and the wording for runs copied from any of them."""
    listed = read_listed(sample)
    faults = [
        Fault("sources.csv", 0, f"{source!r}, {row.title[:40]!r}, is not so in the sources")
        for source, row in listed.items()
        if texts.titles.get(source) != row.title
    ]
    runs: dict[tuple[str, ...], Fault] = {}
    for entry in read_entries(sample):
        for sentence in sentences_of(entry, listed):
            for number, sources in misplaced_numbers(sentence, texts):
                fact = f"{number:f} is not in {' or '.join(sources)}: {sentence.words[:80]!r}"
                faults.append(Fault(sentence.file, sentence.line, fact))
            for run in _runs(_plain(sentence)):
                runs.setdefault(run, Fault(sentence.file, sentence.line, f"copied: {' '.join(run)!r}"))
    copied = {run for text in texts.all for run in _runs(text) if run in runs}
    return sorted([*faults, *(runs[run] for run in copied)])


def misplaced_numbers(sentence: Sentence, texts: Texts) -> Iterator[tuple[Decimal, tuple[str, ...]]]:
    """Yield each number of a sentence that is not in the sources cited right after it, with those sources.

    What follows the last citation may rest on any source of the sentence.
    """
    everything = tuple(source for citation in sentence.citations for source in citation.sources)
    start = 0
    stretches: list[tuple[str, tuple[str, ...]]] = []
    for citation in sentence.citations:
        stretches.append((sentence.words[start : citation.start], citation.sources))
        start = citation.end
    stretches.append((sentence.words[start:], everything))
    for words, sources in stretches if sentence.citations else ():
        held = {number for source in sources for number in numbers(texts.by_source.get(source, ""))}
        for number in sorted(stated_numbers(words) - held):
            yield number, sources


def _plain(sentence: Sentence) -> str:
    """Return a sentence without its citations; nothing of the disclaimer."""
    words = sentence.words
    for citation in reversed(sentence.citations):
        words = f"{words[: citation.start]} {words[citation.end :]}"
    return "" if words in DISCLAIMER else words


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = re.findall(r"[^\W_]+", text.lower())
    return zip(*(words[start:] for start in range(RUN)), strict=False)


def summary(sample: Path) -> str:
    """Count entries, words, factual sentences and sources in one line."""
    listed = read_listed(sample)
    entries = read_entries(sample)
    sentences = [sentence for entry in entries for sentence in sentences_of(entry, listed)]
    cited = {source for sentence in sentences for citation in sentence.citations for source in citation.sources}
    studies = sum(source.isdecimal() for source in cited)
    return (
        f"{len(entries)} entries, {sum(map(count_words, entries)):,} words, "
        f"{sum(map(is_factual, sentences))} factual sentences and {sum(s.is_row for s in sentences)} table rows, "
        f"{studies} different PubMed numbers and {len(cited) - studies} book chapters"
    )


def main(arguments: Sequence[str]) -> int:
    """Check the sample library; return the exit code."""
    if len(arguments) != 1:
        print("usage: python -m eval.check_sources DATA_DIR", file=sys.stderr)
        return 2
    try:
        texts = read_texts(Path(arguments[0]))
    except FileNotFoundError as error:
        print(f"no {error.filename}; give the folder that holds beir/ and library/", file=sys.stderr)
        return 2
    faults = check_form(SAMPLE) + check_facts(SAMPLE, texts)
    for fault in faults:
        print(fault)
    print(f"{summary(SAMPLE)}; {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
