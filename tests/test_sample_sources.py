"""The sample library's bookkeeping: what is cited exists, numbers stand in their sources, and no wording is copied."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from eval.check_sources import (
    DISCLAIMER,
    check_facts,
    check_form,
    count_words,
    main,
    missing_sections,
    numbers,
    stated_numbers,
)
from eval.flatten import flatten
from eval.sample import SAMPLE, Texts, read_entries, read_listed, read_texts, sentences_of

from assistant.library.model import CANONICAL, Entry
from assistant.library.parse import Stated, parse_entry

DATA = Path(__file__).parents[2] / "shared" / "data"
ENTRY = "ginger-nausea-pregnancy-and-motion.md"


@pytest.fixture(scope="module")
def texts() -> Texts:
    if not (DATA / "beir").is_dir():
        pytest.skip("the abstracts and textbooks are not here; they are for measuring and no part of this project")
    return read_texts(DATA)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A copy of the sample library that a test may spoil."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "sample"))


@pytest.fixture
def alone(sample: Path) -> Path:
    """A copy of the sample library with one entry."""
    for path in sample.glob("*.md"):
        if path.name != ENTRY:
            path.unlink()
    return sample


def spoil(sample: Path, before: str, after: str) -> None:
    text = (sample / ENTRY).read_text(encoding="utf-8")
    assert before in text
    (sample / ENTRY).write_text(text.replace(before, after, 1), encoding="utf-8")


# Without the sources


def test_the_sample_has_its_form_and_cites_only_listed_sources() -> None:
    assert [str(fault) for fault in check_form(SAMPLE)] == []


@pytest.mark.parametrize("entry", read_entries(SAMPLE), ids=lambda entry: entry.file)
def test_every_entry_has_all_sections_the_disclaimer_and_its_length(entry: Entry) -> None:
    assert missing_sections(entry) == []
    assert entry.text.count(DISCLAIMER) == 1
    assert 700 <= count_words(entry) <= 1_100


def test_the_sample_is_large_and_varied_enough_to_measure_with() -> None:
    listed = read_listed(SAMPLE)
    sentences = [sentence for entry in read_entries(SAMPLE) for sentence in sentences_of(entry, listed)]
    assert sum(bool(sentence.citations) and not sentence.is_row for sentence in sentences) >= 350
    assert sum(source.isdecimal() for source in listed) >= 120


def test_a_pubmed_number_that_is_not_listed_is_a_fault(sample: Path) -> None:
    spoil(sample, "PMID 22951628", "PMID 99999999")
    assert any("PMID 99999999 is not in sources.csv" in fault.fact for fault in check_form(sample))


def test_a_chapter_that_is_not_listed_is_a_fault(sample: Path) -> None:
    spoil(sample, "Pharmacology for Nurses, Drug Sources", "Pharmacology for Nurses, Drug Makers")
    assert any("chapter is not in sources.csv" in fault.fact for fault in check_form(sample))


def test_a_lost_disclaimer_and_a_lost_section_are_faults(sample: Path) -> None:
    spoil(sample, DISCLAIMER, "")
    text = (sample / ENTRY).read_text(encoding="utf-8")
    (sample / ENTRY).write_text(text[: text.index("## Myths")], encoding="utf-8")
    facts = [fault.fact for fault in check_form(sample) if fault.file == ENTRY]
    assert "the disclaimer stands in it 0 times" in facts
    assert "no section 'myths'" in facts


def test_a_doubled_an_unsorted_and_an_uncited_source_are_faults(sample: Path) -> None:
    with (sample / "sources.csv").open("a", encoding="utf-8") as file:
        file.write("10999016,pubmed,A title,,\n1,pubmed,Another,,\n")
    facts = [fault.fact for fault in check_form(sample)]
    assert facts == ["'1' is cited nowhere", "'10999016' stands in it twice", "its rows are not sorted by source_id"]


# Numbers


def test_one_number_is_one_value_however_it_is_written() -> None:
    assert numbers("0\u00b704") == numbers("0.04") == numbers(".040") == {Decimal("0.04")}
    assert numbers("12,251") == numbers("12 251") == numbers("12\u2009251") == numbers("12251") == {Decimal(12251)}
    assert numbers("Twenty-four of thirty") == numbers("24 of 30") == {Decimal(24), Decimal(30)}
    assert numbers("1.5-2 g") == {Decimal("1.5"), Decimal(2)}
    assert numbers("40, 200 and 3,5") == {Decimal(40), Decimal(200), Decimal(3), Decimal(5)}


def test_the_digits_of_a_name_state_nothing() -> None:
    words = "(1) Vitamin B12, omega-3, CYP1A2, 25-hydroxyvitamin D and 677TT, see the folate entry (3ca17b72): one of"
    assert stated_numbers(words) == set()
    assert stated_numbers("In 12 people RR 0.88 (95% CI 0.84-0.93)") == set(
        map(Decimal, ("12", "0.88", "95", "0.84", "0.93"))
    )


# With the sources


def test_every_citation_exists_every_number_stands_there_and_nothing_is_copied(texts: Texts) -> None:
    assert [str(fault) for fault in check_facts(SAMPLE, texts)] == []


def test_a_changed_number_is_found(alone: Path, texts: Texts) -> None:
    spoil(alone, "with 27 trials and 4041 women", "with 27 trials and 4042 women")
    (fault,) = check_facts(alone, texts)
    assert fault.file == ENTRY
    assert fault.fact.startswith("4042 is not in 20824863")


def test_a_number_under_another_study_of_the_same_sentence_is_found(alone: Path, texts: Texts) -> None:
    spoil(alone, "four randomised trials, and in all", "1,369 men (PMID 17991535), four randomised trials, and in all")
    assert check_facts(alone, texts) == []
    spoil(
        alone, "1,369 men (PMID 17991535), four randomised trials", "four trials (PMID 17991535), 1,369 randomised men"
    )
    assert [fault.fact.split(":")[0] for fault in check_facts(alone, texts)] == [
        "1369 is not in 22951628",
        "4 is not in 17991535",
    ]


def test_ten_words_in_a_row_from_a_source_are_found(alone: Path, texts: Texts) -> None:
    words = texts.by_source["22951628"].split(". ")[1].split()[:14]
    spoil(alone, "Trials in pregnancy used ginger", f"{' '.join(words)} in pregnancy used ginger")
    assert any(fault.fact.startswith("copied: ") for fault in check_facts(alone, texts))


def test_the_command_says_what_it_checked(texts: Texts, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(DATA)]) == 0
    assert capsys.readouterr().out.endswith("; 0 faults\n")


def test_the_command_without_the_sources_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 2
    assert "corpus.jsonl.gz" in capsys.readouterr().err


# The flat export


def test_a_flat_export_has_no_title_heading_list_or_front_matter_and_keeps_tables() -> None:
    head = b"---\ntitle: T\n---\n\n# T\n\n## S\n\n"
    data = head + b"One\n**two**.\n\n- item\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nStem:\n\n- x\n"
    assert flatten(data, "x.md") == "One two.\n| a | b |\n|---|---|\n| 1 | 2 |\nStem:\n"


@pytest.mark.parametrize("path", sorted(SAMPLE.glob("*.md")), ids=lambda path: path.stem)
def test_a_flattened_entry_can_be_read_and_keeps_its_prose(path: Path) -> None:
    flat = flatten(path.read_bytes(), path.name)
    entry = parse_entry(flat.encode(), Stated(id="x", file="x.txt"))
    assert not any(unit.kind in ("heading", "item", "metadata", "title") for unit in entry.units)
    assert len(CANONICAL) <= len(flat.splitlines()) < 40
    assert DISCLAIMER in flat
