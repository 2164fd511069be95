"""Settings: defaults for all, the environment for some, and nothing that cannot be used."""

import dataclasses
from pathlib import Path

import pytest

from assistant.errors import SettingsError
from assistant.settings import PACKAGED_ENCODER, Settings, port_number, settings_from


def test_every_setting_has_a_default() -> None:
    assert settings_from({}) == Settings()
    assert settings_from({}) == Settings(Path("corpus"), Path("index"), PACKAGED_ENCODER, "GB", "127.0.0.1", 8000)


def test_every_setting_is_read_under_its_own_name() -> None:
    given = {
        "ASSISTANT_CORPUS": "/library",
        "ASSISTANT_INDEX": "/data/index",
        "ASSISTANT_ENCODER": "./encoder",
        "ASSISTANT_REGION": "US",
        "ASSISTANT_HOST": "0.0.0.0",  # noqa: S104  a value, nothing listens
        "ASSISTANT_PORT": "65535",
        "ASSISTANT_STAFF_KEYS": "/data/staff-keys",
        "ASSISTANT_COUNTS": "counts.json",
    }
    expected = Settings(Path("/library"), Path("/data/index"), "./encoder", "US", given["ASSISTANT_HOST"], 65535)
    expected = dataclasses.replace(expected, staff_keys=Path("/data/staff-keys"), counts=Path("counts.json"))
    assert settings_from(given) == expected


@pytest.mark.parametrize("name", ["CORPUS", "INDEX", "ENCODER", "REGION", "HOST", "PORT", "STAFF_KEYS", "COUNTS"])
@pytest.mark.parametrize("value", ["", "  ", "\t\n"])
def test_an_empty_value_means_the_default(name: str, value: str) -> None:
    assert settings_from({f"ASSISTANT_{name}": value}) == Settings()


def test_space_around_a_value_is_left_out() -> None:
    assert settings_from({"ASSISTANT_PORT": " 8080\n", "ASSISTANT_REGION": " EU "}) == Settings(port=8080, region="EU")


def test_other_names_are_not_read() -> None:
    assert settings_from({"PORT": "1", "assistant_port": "2", "HOST": "x", "ASSISTANT_PORTS": "3"}) == Settings()


def test_the_process_environment_is_read_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_PORT", "8123")
    assert settings_from().port == 8123


@pytest.mark.parametrize("value", ["0", "65536", "-1", "80.0", "http", "1e3", "0x50", "²", "8 0", "9" * 5000])
def test_a_port_that_cannot_be_used_is_told_in_one_short_line(value: str) -> None:
    with pytest.raises(SettingsError, match=r"ASSISTANT_PORT is .*; it must be a number from 1 to 65535") as error:
        settings_from({"ASSISTANT_PORT": value})
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 100


def test_the_first_and_the_last_port_can_be_used() -> None:
    assert (port_number("1", "--port"), port_number("65535", "--port")) == (1, 65535)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Settings().port = 1  # type: ignore[misc]
