"""The chat in the terminal: follow-ups, what is carried, the commands, and lines that are no question."""

import io

from rich.console import Console

from assistant.answering.reply import Desk
from assistant.serving.chat import converse, lines_of


def chat(desk: Desk, *lines: str) -> str:
    """What the terminal shows after some lines."""
    console = Console(file=io.StringIO(), width=100, markup=False, highlight=False)
    converse(desk, console, lines_of(io.StringIO("".join(f"{line}\n" for line in lines))))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_follow_up_keeps_its_subject_and_shows_it(desk: Desk) -> None:
    shown = chat(desk, "Is velorin safe in pregnancy?", "how long before it works")
    assert "Read as: how long before velorin works" in shown
    assert "Answering about: velorin, pregnancy" in shown


def test_drop_removes_one_name_or_all(desk: Desk) -> None:
    one = chat(desk, "Is velorin safe in pregnancy?", "how long", ":drop pregnancy", "how long before it works")
    assert "Dropped: pregnancy" in one
    assert one.rstrip().splitlines()[-1]
    assert "Answering about: velorin\n" in one
    everything = chat(desk, "Is velorin safe in pregnancy?", "how long", ":drop", "how much")
    assert "Dropped: velorin, pregnancy" in everything
    assert everything.count("Answering about:") == 1
    assert "Nothing such is carried over." in chat(desk, ":drop", ":drop zinc")


def test_new_begins_again(desk: Desk) -> None:
    assert "Answering about:" not in chat(desk, "Is velorin safe?", ":new", "how long before it works")


def test_sources_are_of_the_last_answer(desk: Desk) -> None:
    shown = chat(desk, "Which foods are rich in magnesium?", ":sources")
    assert shown.count("https://nutritailor.co.uk/apps/learn/") >= 1
    assert "The last answer quotes nothing." in chat(desk, ":sources")


def test_of_two_subjects_one_is_chosen_by_its_number(desk: Desk) -> None:
    shown = chat(desk, "velorin or quendrite?", "is it safe", "2")
    assert "1  quendrite\n2  velorin\n" in shown
    assert "Read as: is velorin safe" in shown


def test_anything_else_with_a_colon_is_helped_and_bad_questions_do_not_end_it(desk: Desk) -> None:
    shown = chat(desk, ":what", "", "   ", "x" * 1001, "a\x00b", "99", ":help", ":quit", "Is velorin safe?")
    assert shown.count("begin again") == 2
    assert "the question has 1,001 characters; it may have 1,000" in shown
    assert "control character U+0000" in shown
    assert "Velorin" not in shown


def test_every_answer_ends_with_the_disclaimer(desk: Desk) -> None:
    shown = chat(desk, "Is velorin safe?", "why?", "I want to kill myself", "what about magnesium")
    words = " ".join(shown.split())
    assert words.count(desk.notices.disclaimer.text) == 4
