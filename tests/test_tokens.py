"""Token counts: those the encoding is known to give, from tables that are here and unaltered."""

import lzma
import shutil
from importlib import resources
from pathlib import Path

import pytest

from assistant.answering import tokens
from assistant.answering.tokens import count_tokens

TABLES = "cl100k_base.tiktoken.xz"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("hello world", 2),
        # As OpenAI's own guide to counting gives them for cl100k_base.
        ("tiktoken is great!", 6),
        ("antidisestablishmentarianism", 6),
        ("2 + 2 = 4", 7),
        ("お誕生日おめでとう", 9),
    ],
)
def test_counts_are_those_published_for_the_encoding(text: str, count: int) -> None:
    assert count_tokens(text) == count


def test_special_tokens_are_ordinary_text() -> None:
    # < | endo ft ext | >
    assert count_tokens("<|endoftext|>") == 7
    assert count_tokens("<|fim_prefix|>") > 1


def test_no_text_is_refused() -> None:
    assert count_tokens("\ud800 lone, \x00 null, \U0010ffff last") > 0


def test_counting_takes_no_network_and_no_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    tokens._encoding.cache_clear()
    assert count_tokens("hello world") == 2
    assert list(tmp_path.iterdir()) == []


def test_altered_tables_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = resources.files("assistant.answering").joinpath(TABLES)
    data = lzma.decompress(packaged.read_bytes())
    first, rest = data.split(b"\n", 1)
    assert first == b"IQ== 0"
    (tmp_path / TABLES).write_bytes(lzma.compress(b"IQ== 1\n" + rest, preset=0))
    monkeypatch.setattr("assistant.answering.tokens.resources.files", lambda package: tmp_path)
    with pytest.raises(RuntimeError, match="altered; install it again"):
        tokens._encoding.__wrapped__()
    shutil.copyfile(str(packaged), tmp_path / TABLES)
    assert tokens._encoding.__wrapped__().n_vocab >= 100_256
