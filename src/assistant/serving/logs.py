"""Logs: one JSON object a line, and never a word of a question.

What our own modules log is written out, for they log no questions. Of what others log only the first line of the
pattern is kept, without what would be filled in; of an error only its type and where it arose, never its message, which
may repeat what it could not read.
"""

import json
import logging
import logging.config
import time
import traceback
from pathlib import Path

_OURS = "assistant"


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: time (UTC), level, logger, message, and with an error its type and places."""
        ours = record.name.split(".")[0] == _OURS
        message = record.getMessage() if ours else (str(record.msg).splitlines() or [""])[0][:200]
        line: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
        }
        fields = getattr(record, "fields", None)
        if ours and isinstance(fields, dict):
            line |= fields
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["places"] = places_of(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def places_of(error: BaseException | None) -> list[str]:
    """Return where an error arose, file and line, the innermost last, at most eight; none of its words."""
    frames = traceback.extract_tb(error.__traceback__) if error else []
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-8:]]


def log_as_json(level: str) -> None:
    """Write every logger's records of a level and above to stderr, as lines of JSON; nothing else is written."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": JsonLines}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"level": "WARNING", "handlers": ["stderr"]},
            "loggers": {
                "assistant": {"level": level.upper()},
                # An address may hold a question; uvicorn's own lines are its pattern only, its access log is off.
                "uvicorn": {"level": "WARNING", "propagate": True, "handlers": []},
                "uvicorn.error": {"level": "WARNING", "propagate": True, "handlers": []},
            },
        }
    )
    logging.captureWarnings(True)
