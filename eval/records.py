"""Records: JSON lines and tables of public data sets, read from local files, plain or gzipped.

Every fault of a file names the file, the line and what is wrong with it. Nothing is downloaded, repaired or skipped.
"""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_LINE = 20_000_000
"""The longest line that is read, in characters: some forty times the longest entry of a public set here."""


class DataError(ValueError):
    """A data set is missing, or a line of it is not what its form says."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a file, with where it stands for an error to name."""

    place: str
    """The file and the line's number, from 1."""
    fields: Mapping[str, Any]

    def text(self, name: str, default: str | None = None) -> str:
        """Return a field that must be text.

        Args:
            name: the field.
            default: what stands for a missing one; when None it must be there.

        Raises:
            DataError: it is missing, or not text.
        """
        value = self.fields.get(name, default)
        if not isinstance(value, str):
            raise DataError(f"{self.place}: {name!r} is {value!r:.60}; it must be text")
        return value

    def flag(self, name: str) -> bool:
        """Return a field that must be true or false.

        Raises:
            DataError: it is missing or something else.
        """
        value = self.fields.get(name)
        if not isinstance(value, bool):
            raise DataError(f"{self.place}: {name!r} is {value!r:.60}; it must be true or false")
        return value

    def items(self, name: str) -> list["Record"]:
        """Return a field that must be a list of objects.

        Raises:
            DataError: it is missing or something else.
        """
        value = self.fields.get(name)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise DataError(f"{self.place}: {name!r} is {value!r:.60}; it must be a list of objects")
        return [Record(f"{self.place}, {name} {number}", item) for number, item in enumerate(value, start=1)]


def read_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (place, line) of a text file, plain or gzipped by its ending, empty lines left out.

    Raises:
        DataError: the file is missing, damaged, not UTF-8, or has a line beyond `MAX_LINE`.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise DataError(f"{path}:{number}: longer than {MAX_LINE:,} characters; is it the right file?")
                if line.strip():
                    yield f"{path}:{number}", line.rstrip("\n")
    except FileNotFoundError:
        raise DataError(f"no file {path}; put the data set there, or name another folder") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 text ({error.reason}); fetch it again") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}); fetch it again") from None


def read_records(path: Path) -> Iterator[Record]:
    """Yield the objects of a JSON lines file, in order.

    Raises:
        DataError: as `read_lines`, or a line is not one JSON object.
    """
    for place, line in read_lines(path):
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{place}: not JSON ({str(error)[:80]}); fetch the file again") from None
        if not isinstance(fields, dict):
            raise DataError(f"{place}: a JSON {type(fields).__name__}, not an object; is it the right file?")
        yield Record(place, fields)


def plain_or_gzipped(folder: Path, name: str) -> Path:
    """Return the path of a file that may be gzipped: `name`, or `name.gz` where only that is there."""
    plain = folder / name
    packed = folder / f"{name}.gz"
    return packed if packed.is_file() and not plain.is_file() else plain
