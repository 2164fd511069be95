"""Notices: one reviewed file holds every fixed word, and nothing is filled into it."""

import hashlib
import re
from importlib import resources
from typing import get_args

import pytest

from assistant.answering.grammar import Reason
from assistant.answering.notices import Notices, load_notices, read_notices
from assistant.errors import SettingsError

REGIONS = ("GB", "US", "EU")
DISCLAIMER = (
    "This is a summary of published research, not personal health advice. Discuss any health or supplement decisions "
    "with a qualified healthcare professional, particularly during ongoing care, pregnancy, or with chronic conditions."
)
OTHER_REASONS = ("not_in_library", "subject_not_in_library", "nearest", "ambiguous_subject", "degraded")


@pytest.fixture(params=REGIONS)
def notices(request: pytest.FixtureRequest) -> Notices:
    return load_notices(request.param)


def test_the_disclaimer_is_the_librarys_own_words(notices: Notices) -> None:
    assert notices.disclaimer.text == DISCLAIMER
    assert (notices.disclaimer.id, notices.disclaimer.version) == ("not-personal-advice", 1)


def test_every_reason_has_its_notice(notices: Notices) -> None:
    for reason in (*get_args(Reason), *OTHER_REASONS):
        notice = notices.for_reason(reason)
        assert notice.text.strip() == notice.text != ""
        assert notice.version >= 1


@pytest.mark.parametrize(
    ("region", "emergency", "crisis"),
    [
        ("GB", ("999", "NHS 111"), ("999", "116 123", "NHS 111")),
        ("US", ("911", "1-800-222-1222"), ("911", "988")),
        ("EU", ("112",), ("112", "116 123")),
    ],
)
def test_each_region_gives_its_own_numbers(region: str, emergency: tuple[str, ...], crisis: tuple[str, ...]) -> None:
    notices = load_notices(region)
    for reason, numbers in (("emergency", emergency), ("crisis", crisis)):
        for number in numbers:
            assert re.search(rf"\b{number}\b", notices.for_reason(reason).text)
    other = {"GB": "911", "US": "999", "EU": "999"}[region]
    assert other not in notices.for_reason("emergency").text + notices.for_reason("crisis").text


def test_a_crisis_notice_also_says_what_to_do_in_danger(notices: Notices) -> None:
    number = {"GB": "999", "US": "911", "EU": "112"}[notices.region]
    assert f"call {number} now" in notices.for_reason("crisis").text


def test_no_two_notices_share_an_id() -> None:
    ids = {(each.id, each.text) for region in REGIONS for each in load_notices(region).notices.values()}
    assert len({name for name, _ in ids}) == len(ids)


def test_nothing_can_be_filled_into_a_notice_or_a_label(notices: Notices) -> None:
    for text in (*(each.text for each in notices.notices.values()), *notices.labels.values()):
        assert not re.search(r"[{}<>%$]|\.\.\.", text), text


def test_a_notice_makes_no_claim_and_names_no_dose(notices: Notices) -> None:
    for each in notices.notices.values():
        assert not re.search(
            r"\d\s*(mg|mcg|g|iu)\b|£|\bprevents?\b|\bcures?\b|\btreats?\b", each.text, re.IGNORECASE
        ), each.id


def test_notices_are_short(notices: Notices) -> None:
    assert max(len(each.text.split()) for each in notices.notices.values()) <= 80  # words: half a minute's reading


def test_the_misconception_label_is_the_one_the_answer_format_names(notices: Notices) -> None:
    assert notices.label("misconception") == "A misconception the library corrects"


def test_the_hash_is_of_the_reviewed_file(notices: Notices) -> None:
    packaged = resources.files("assistant.answering").joinpath("notices.toml").read_bytes()
    assert notices.sha256 == hashlib.sha256(packaged).hexdigest()
    assert read_notices(packaged + b"\n")["GB"].sha256 != notices.sha256


def test_an_unknown_region_names_itself_and_those_there_are() -> None:
    with pytest.raises(SettingsError, match=r"'FR'.*EU, GB, US"):
        load_notices("FR")


def test_a_reason_without_a_notice_is_a_fault() -> None:
    with pytest.raises(KeyError):
        load_notices("GB").for_reason("no such reason")


def test_notices_cannot_be_changed(notices: Notices) -> None:
    with pytest.raises(TypeError):
        notices.notices["emergency"] = notices.disclaimer  # type: ignore[index]
