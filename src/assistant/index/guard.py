"""The guard: an encoder that is missing, fails, hangs or talks nonsense holds nobody up, and is tried until it works.

Texts are encoded by threads of the guard's own, which can be left behind; the one who asks waits for a moment and no
longer. Once the encoder is known not to work nobody waits at all. Must not decide what is done without a vector.
"""

import logging
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count

from assistant.errors import EncoderError
from assistant.index.crew import Crew, HungError
from assistant.index.encoder import Encoder, Vectors

_LOG = logging.getLogger("assistant")
_OPENING = 10.0
"""Seconds that a model may take to load before all else goes on without it."""
_AGAIN = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before each try to load it anew; the last again and again."""
_MOST_LEFT_BEHIND = 4
"""Threads that tried to load it and have not come back; while there are so many, none follows."""
_ALIKE = 0.99
"""The cosine that a stored vector has at least with the same text's own, on whatever processor."""


class Guard:
    """One encoder, asked from behind a guard. Safe to use from several threads."""

    def __init__(self, encoder: Encoder, recheck: Callable[[], None]) -> None:
        """Guard an encoder, and begin to load its model beside whatever else is done.

        Args:
            encoder: with its words; its model is not loaded yet.
            recheck: raises an error unless the model's file is as it was built; called before it is loaded anew.
        """
        self._encoder = encoder
        self._recheck = recheck
        self._crew: Crew | None = None
        self._example: tuple[str, Vectors] | None = None
        self._why = "it is not loaded yet"
        self._lock = threading.Lock()
        self._tries = [_loading(encoder, None)]

    @property
    def works(self) -> bool:
        """Whether it is worth asking."""
        return self._crew is not None

    def settle(self, example: tuple[str, Vectors] | None) -> None:
        """Wait until the model is loaded, and hold it against a text whose vector is known.

        However that comes out, the guard can be asked afterwards: what does not work now is tried again later.

        Args:
            example: a text and the vector it has in the index; None when no such text is known.
        """
        self._example = example
        if (fault := self._taken_up(self._tries[0])) is not None:
            self._do_without(fault)

    def vector_of(self, text: str) -> Vectors | None:
        """Return one text's vector as `encode` does, or None while the encoder does not work."""
        if not self.works:
            return None
        try:
            return self.encode(text)
        except EncoderError:
            return None

    def encode(self, text: str) -> Vectors:
        """Return one text's vector, of shape (dimensions,), in about the time a working encoder takes.

        Raises:
            EncoderError: it does not work, at once when that is known; or not for this text.
        """
        crew = self._crew
        if crew is None:
            raise EncoderError(f"the encoder does not work ({self._why})")
        try:
            return _sound(crew.encode(text))
        except HungError as error:
            fault: str | None = str(error)
        except Exception as error:
            # Not the error's own words: they may hold the question's. And one odd text is no reason to do without it.
            if (fault := self._fault_of(crew)) is None:
                raise EncoderError(f"the encoder cannot encode a text ({type(error).__name__})") from None
        with self._lock:
            was_first, self._crew = self._crew is crew, None if self._crew is crew else self._crew
        if was_first:
            self._do_without(fault or "")
        raise EncoderError(f"the encoder does not work ({fault})")

    def _do_without(self, why: str) -> None:
        """Say once what is the matter, and begin to try again."""
        self._why = why
        _LOG.warning("the encoder does not work (%s); answering by words alone, and trying it again", why)
        threading.Thread(target=_recover, args=(weakref.ref(self),), name="encoder again", daemon=True).start()

    def _taken_up(self, tried: "Future[None]") -> str | None:
        """Wait for a model, not for ever, and take it up; return what is the matter with it, None when nothing is."""
        try:
            tried.result(_OPENING)
        except TimeoutError:
            return "it does not finish loading"
        except Exception as error:
            return _reason(error)
        finally:
            self._tries = [each for each in self._tries if each is not tried or not each.done()]
        crew = Crew(self._encoder.encode)
        if (fault := self._fault_of(crew)) is None:
            self._crew = crew
        return fault

    def _fault_of(self, crew: Crew) -> str | None:
        """Return what is the matter with a crew; None when it encodes the example as it should."""
        text, known = self._example or ("length", None)
        try:
            vector = _sound(crew.encode(text))
        except Exception as error:
            return _reason(error)
        if known is not None and (vector.shape != known.shape or float(vector @ known) < _ALIKE):
            return "its vectors are not those of the index"
        return None

    def try_again(self) -> bool:
        """Try to load the model anew; return whether it works now."""
        # A try that was given up may have come back since: on a busy machine nothing else might ever be in time.
        late = next((each for each in self._tries if each.done() and each.exception() is None), None)
        self._tries = [each for each in self._tries if each is late or not each.done()]
        if late is None and len(self._tries) >= _MOST_LEFT_BEHIND:
            return False
        if late is None:
            late = _loading(self._encoder, self._recheck)
            self._tries.append(late)
        fault = self._taken_up(late)
        if fault is None:
            _LOG.warning("the encoder works again")
        elif fault != self._why:
            self._why = fault
            _LOG.warning("the encoder still does not work (%s)", fault)
        return fault is None


def _loading(encoder: Encoder, check: Callable[[], None] | None) -> "Future[None]":
    """Load a model in a thread of its own, which may never come back."""
    loading: Future[None] = Future()

    def load() -> None:
        try:
            if check is not None:
                check()
            encoder.open()
            loading.set_result(None)
        except Exception as error:
            loading.set_exception(error)

    threading.Thread(target=load, name="encoder loading", daemon=True).start()
    return loading


def _recover(guard_ref: "weakref.ref[Guard]") -> None:
    """Try an encoder again and again until it works or nobody holds its guard any more."""
    for tries in count():
        time.sleep(_AGAIN[min(tries, len(_AGAIN) - 1)])
        guard = guard_ref()
        if guard is None or guard.try_again():
            return
        del guard


def _sound(vector: Vectors) -> Vectors:
    if vector.ndim != 1 or not 0.98 < float(vector @ vector) < 1.02:  # nor is it so where one number is not finite
        raise EncoderError("what it gives is no vector")
    return vector


def _reason(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200] or type(error).__name__
