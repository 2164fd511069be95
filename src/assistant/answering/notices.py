"""Notices: the fixed words a person sees that are not a quotation.

They all stand in `notices.toml`, and nowhere else, so that they can be reviewed on one page; nothing is ever filled
into them. Must not know when a notice is due.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from assistant.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Notice:
    """A fixed text that can be named later: the id and version say which words were shown."""

    id: str
    version: int
    text: str


@dataclass(frozen=True, slots=True)
class Notices:
    """Every fixed text of one region."""

    region: str
    disclaimer: Notice
    """Shown with every answer."""
    notices: Mapping[str, Notice]
    """By the reason for which an answer has a notice."""
    labels: Mapping[str, str]
    sha256: str
    """Of the file all of them stand in, in hexadecimal."""

    def for_reason(self, reason: str) -> Notice:
        """Look up the notice for a reason.

        Raises:
            KeyError: there is no such reason; a fault in the program.
        """
        return self.notices[reason]

    def label(self, name: str) -> str:
        """Look up a label by its name.

        Raises:
            KeyError: there is no such label; a fault in the program.
        """
        return self.labels[name]


def load_notices(region: str) -> Notices:
    """Read the notices that come with the package.

    Args:
        region: whose numbers to give: GB, US or EU.

    Raises:
        SettingsError: there are no notices for the region.
    """
    packaged = _packaged_notices()
    if region not in packaged:
        raise SettingsError(f"region is {region!r}; there are notices for {', '.join(sorted(packaged))}")
    return packaged[region]


def read_notices(toml: bytes) -> dict[str, Notices]:
    """Read a file of notices: one set for each region it holds."""
    data = tomllib.loads(toml.decode("utf-8"))
    everywhere = {reason: _notice(table) for reason, table in data["everywhere"].items()}
    return {
        region: Notices(
            region=region,
            disclaimer=_notice(data["disclaimer"]),
            notices=MappingProxyType(everywhere | {reason: _notice(table) for reason, table in regional.items()}),
            labels=MappingProxyType(data["labels"]),
            sha256=hashlib.sha256(toml).hexdigest(),
        )
        for region, regional in data["regional"].items()
    }


@cache
def _packaged_notices() -> Mapping[str, Notices]:
    return MappingProxyType(read_notices(resources.files(__package__).joinpath("notices.toml").read_bytes()))


def _notice(table: Mapping[str, Any]) -> Notice:
    return Notice(id=table["id"], version=table["version"], text=table["text"])
