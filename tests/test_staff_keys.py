"""Staff keys and sessions: who is let in, for how long, and what a wrong key costs."""

import re
from pathlib import Path

import pytest

from assistant.cli import main
from assistant.errors import SettingsError
from assistant.serving import staff_keys
from assistant.serving.staff_keys import StaffKeys, TooManyFailuresError, new_key, read_keys
from assistant.serving.staff_sessions import IDLE, LONGEST, StaffSessions


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def made() -> list[tuple[str, str]]:
    """Three keys with their lines; hashing is slow, and meant to be."""
    return [new_key() for _ in range(3)]


@pytest.fixture
def file(tmp_path: Path, made: list[tuple[str, str]]) -> Path:
    """A keys file with the first two keys."""
    path = tmp_path / "keys"
    path.write_text(f"# Ana\n{made[0][1]}\n\n  {made[1][1]}  \n")
    return path


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every key that was hashed."""
    seen: list[str] = []
    hashed = staff_keys._hashed

    def noted(key: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
        seen.append(key)
        return hashed(key, salt, cost, block, parallel)

    monkeypatch.setattr(staff_keys, "_hashed", noted)
    return seen


def test_a_line_says_nothing_of_its_key(made: list[tuple[str, str]]) -> None:
    for key, line in made:
        assert re.fullmatch(r"staff_[0-9a-f]{8}_[\w-]{43}", key)
        assert key.split("_", 2)[2] not in line
        assert key.split("_")[1] in line  # its id, which is no secret
    assert len({key for key, _ in made} | {line for _, line in made}) == 6


def test_a_key_whose_line_is_in_the_file_is_let_in_and_no_other(file: Path, made: list[tuple[str, str]]) -> None:
    keys = StaffKeys(file)
    for key, line in made[:2]:
        found = keys.check(key)
        assert found is not None
        assert found.id in line
    right = made[0][0]
    for wrong in (
        made[2][0],
        right[:-1],
        right + "A",
        right.upper(),
        "",
        "x" * 200,
        right[:15] + "A" * 43,
        made[0][1],
        "é\0",
    ):
        assert keys.check(wrong) is None


def test_a_key_checked_before_costs_no_hash_and_a_strangers_none(
    file: Path, made: list[tuple[str, str]], hashes: list[str]
) -> None:
    keys = StaffKeys(file)
    for _ in range(5):
        assert keys.check(made[0][0])
        assert keys.check(made[2][0]) is None
        assert keys.check("staff_nonsense") is None
    assert hashes == [made[0][0]]


def test_ten_wrong_keys_a_minute_are_hashed_and_no_more(
    file: Path, made: list[tuple[str, str]], hashes: list[str]
) -> None:
    clock = Clock()
    keys = StaffKeys(file, clock)
    assert keys.check(made[0][0])
    hashes.clear()
    wrong = made[1][0][:-2] + "zz"
    for _ in range(10):
        assert keys.check(wrong) is None
    for _ in range(5):
        with pytest.raises(TooManyFailuresError, match="wait 61 s and try again") as error:
            keys.check(wrong)
        assert 0 < error.value.seconds <= 61
    assert len(hashes) == 10
    assert keys.check(made[0][0])  # whoever is known still enters
    clock.now += 61
    assert keys.check(made[1][0])


def test_a_line_taken_out_lets_nobody_in_from_then_on(file: Path, made: list[tuple[str, str]]) -> None:
    keys = StaffKeys(file)
    line = keys.check(made[0][0])
    assert line is not None
    assert keys.holds(line)
    file.write_text(made[1][1])
    assert not keys.holds(line)
    assert keys.check(made[0][0]) is None
    assert keys.check(made[1][0])
    # Another key under the same id is another key.
    file.write_text(made[1][1][:-4] + "0000")
    assert keys.check(made[1][0]) is None


def test_a_file_that_can_no_longer_be_read_lets_nobody_in(
    file: Path, made: list[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    keys = StaffKeys(file)
    line = keys.check(made[0][0])
    assert line is not None
    file.write_text(made[0][0])  # somebody pasted the key itself
    assert not keys.holds(line)
    assert "nobody is let in to the staff desk" in caplog.text
    assert made[0][0] not in caplog.text
    file.unlink()
    assert keys.check(made[0][0]) is None


@pytest.mark.parametrize(
    "content",
    [b"staff_0123", b"\xff\xfe", b"scrypt:16384:8:1:0123:00:00", b"x" * 70_000, None]
    + [
        f"scrypt:{cost}:1:{{}}".format(f"01234567:{'0' * 32}:{'0' * 64}").encode()
        for cost in ("999999:8", "3:8", "2:99")
    ],
    ids=["key", "bytes", "short", "huge", "missing", "cost", "odd", "block"],
)
def test_a_file_that_cannot_be_used_is_told_in_one_line_without_its_content(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "keys"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError) as error:
        read_keys(file)
    assert "\n" not in str(error.value)
    assert str(file) in str(error.value)
    assert "staff_0123" not in str(error.value)


def test_two_lines_of_one_key_are_refused(file: Path, made: list[tuple[str, str]]) -> None:
    file.write_text(f"{made[0][1]}\n{made[0][1]}")
    with pytest.raises(SettingsError, match=r":2: this key stands there twice"):
        read_keys(file)


def test_a_session_ends_unused_or_after_a_day_and_when_it_is_closed(file: Path, made: list[tuple[str, str]]) -> None:
    clock = Clock()
    sessions = StaffSessions(clock)
    line = next(iter(read_keys(file).values()))
    token = sessions.open(line)
    assert sessions.find(token) == line
    assert sessions.find(token[:-1]) is None
    assert sessions.find("") is None
    clock.now += IDLE + 1
    assert sessions.find(token) is None
    clock.now -= IDLE
    assert sessions.find(token) is None  # over is over
    token = sessions.open(line)
    for _ in range(int(LONGEST // IDLE)):
        assert sessions.find(token) == line
        clock.now += IDLE - 1
    assert sessions.find(token) == line
    clock.now += IDLE
    assert sessions.find(token) is None
    token = sessions.open(line)
    sessions.close(token)
    assert sessions.find(token) is None


def test_sessions_do_not_pile_up(file: Path) -> None:
    clock = Clock()
    sessions = StaffSessions(clock)
    line = next(iter(read_keys(file).values()))
    tokens = []
    for _ in range(1005):
        clock.now += 0.001
        tokens.append(sessions.open(line))
    assert [sessions.find(token) is not None for token in tokens].count(True) == 1000
    assert sessions.find(tokens[0]) is None


def test_the_command_shows_a_key_once_and_the_line_that_lets_it_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSISTANT_STAFF_KEYS", "keys")
    assert main(["staff-key"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert list(tmp_path.iterdir()) == []  # shown, and written nowhere
    (tmp_path / "keys").write_text(lines[-1])
    assert StaffKeys(tmp_path / "keys").check(lines[1])
