"""Every error a person can meet: each names the thing, the fact and the remedy.

The command line prints the message as one line and exits 2; the HTTP service sends it as a problem document. Anything
that is not an `AssistantError` is a fault in the program.
"""


class AssistantError(Exception):
    """The base of all errors that a person can put right."""


class SettingsError(AssistantError):
    """A setting has a value that cannot be used."""


class LibraryError(AssistantError):
    """A library file or a place in it is missing, unreadable or not what it should be."""


class ManifestError(AssistantError):
    """The manifest is missing or malformed, or a file is not what it approves."""


class EncoderError(AssistantError):
    """The sentence encoder is missing or cannot be used."""


class ClusterError(AssistantError):
    """The cluster that was to embed is missing, or does not do what it should."""


class SnapshotError(AssistantError):
    """The index on disk is missing, incomplete, altered, or made by another encoder or format."""


class EngineError(AssistantError):
    """The database that searches cannot be reached, or does not answer in time; it is tried again at the next call."""


class QuoteError(AssistantError):
    """A place in the library cannot be quoted."""


class QuestionError(AssistantError):
    """A question, or what came with it, cannot be read."""


class BusyError(AssistantError):
    """More is asked than can be answered now, or the answer took too long; `retry_after` is in whole seconds."""

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RuleError(Exception):
    """An answer broke one of the rules every answer obeys: a fault in the program, never sent to a reader."""
