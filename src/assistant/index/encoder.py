"""The encoder: sentences to vectors of length 1, by ONNX Runtime.

Every text is encoded alone, so its vector does not depend on what else was encoded with it, and the same library gives
the same bytes. Safe to use from several threads.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from assistant.errors import EncoderError
from assistant.index.export import MODEL, TOKENIZER
from assistant.settings import refuse_telemetry

Vectors = npt.NDArray[np.float32]
"""Shape (texts, dimensions), or (dimensions,) for one; each of length 1."""


class Encoder:
    """An exported sentence encoder: its words are read at once, its model when it is first needed."""

    def __init__(self, folder: Path, limit: int, mark: str = "") -> None:
        """Load the words of the encoder exported into a folder.

        Args:
            folder: holds `model.onnx` and `tokenizer.json`, both already checked against their hashes.
            limit: the model's own limit in word pieces, special ones included; longer texts are cut there.
            mark: a digest of its files, by which the same encoder is known again.

        Raises:
            EncoderError: the tokenizer is missing or is not what it should be.
        """
        self.folder = folder
        self.mark = mark
        self._run: Callable[..., Any] | None = None
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            self._counter = Tokenizer.from_file(str(folder / TOKENIZER))
            self._tokenizer.no_padding()
            self._tokenizer.enable_truncation(max_length=limit)
            self._counter.no_padding()
            self._counter.no_truncation()
            self.limit = limit
        except Exception as error:
            raise self._failure(error) from None

    def open(self) -> None:
        """Load the model, anew when it was loaded before.

        Raises:
            EncoderError: ONNX Runtime is missing or broken, or the model is not what it should be.
        """
        refuse_telemetry()
        try:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.inter_op_num_threads = 1
            options.log_severity_level = 4
            self._run = onnxruntime.InferenceSession(
                str(self.folder / MODEL), options, providers=["CPUExecutionProvider"]
            ).run
            self.encode("length")
        except Exception as error:
            self._run = None
            raise self._failure(error) from None

    @property
    def dimensions(self) -> int:
        """The length of each vector."""
        return int(self.encode("length").shape[0])

    def encode(self, text: str) -> Vectors:
        """Return one text's vector, of shape (dimensions,).

        Raises:
            EncoderError: the model cannot be loaded, when that had not been done before.
        """
        if self._run is None:
            self.open()
        run = self._run
        if run is None:  # another thread has just failed to load it anew
            raise EncoderError("the encoder is being loaded anew")
        pieces = self._tokenizer.encode(text)
        inputs = {
            "input_ids": np.array([pieces.ids], dtype=np.int64),
            "attention_mask": np.array([pieces.attention_mask], dtype=np.int64),
        }
        vector: Vectors = run(["vectors"], inputs)[0][0]
        return vector

    def encode_each(self, texts: Sequence[str], *, threads: int = 2) -> Iterator[Vectors]:
        """Yield the vector of each text in order, several at work at a time."""
        with ThreadPoolExecutor(threads) as pool:
            yield from pool.map(self.encode, texts)

    def count_pieces(self, text: str) -> int:
        """Return how many word pieces a text has for this encoder, special ones included."""
        return len(self._counter.encode(text).ids)

    def knows_word(self, word: str) -> bool:
        """Whether a word, in small letters, is one piece of the vocabulary: a common word, spelt as it should be."""
        return self._counter.token_to_id(word) is not None

    def _failure(self, error: Exception) -> EncoderError:
        reason = str(error).strip().split("\n")[0][:120]
        return EncoderError(f"the encoder in {self.folder} cannot be loaded ({reason}); run `assistant build` again")


Embed = Callable[[Encoder, Sequence[str]], Iterator[Vectors]]
"""Yields the vector of each text, in order, as the encoder makes it."""
