"""Commands for readers: ask, chat and serve.

What each needs is imported when it runs: the help must not wait for an index to load.
"""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from assistant.commands.printing import complain
from assistant.errors import EngineError, SettingsError, SnapshotError
from assistant.settings import Settings

if TYPE_CHECKING:
    from socket import socket


def ask_once(options: argparse.Namespace, settings: Settings) -> int:
    """Ask one question and print the answer."""
    from assistant.answering.question import checked_question

    checked_question(options.question)
    from assistant.answering.reply import open_desk, reply_to
    from assistant.index.place import Place
    from assistant.serving.terminal import say_degraded, show_answer, terminal_console
    from assistant.serving.wire import answer_json

    snapshot = Place(settings.index, settings.database).load(settings.encoder)
    answer = reply_to(options.question, [], open_desk(snapshot, settings.region))
    say_degraded(answer)
    if options.json:
        print(json.dumps(answer_json(answer), ensure_ascii=False, indent=2))
    else:
        console = terminal_console()
        with console.capture() as shown:
            show_answer(console, answer)
        print(shown.get(), end="")
    return 0


def chat_on(options: argparse.Namespace, settings: Settings) -> int:
    """Converse with the library on standard input and output."""
    from assistant.answering.reply import open_desk
    from assistant.index.place import Place
    from assistant.serving.chat import converse, lines_of
    from assistant.serving.terminal import terminal_console

    desk = open_desk(Place(settings.index, settings.database).load(settings.encoder), settings.region)
    converse(desk, terminal_console(), lines_of(sys.stdin))
    return 0


def _listener(host: str, port: int) -> "socket":
    import socket

    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # The protocol is named: asyncio sends at once, and not 40 ms later, only on sockets that say they are TCP.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
        except OSError:
            listener.close()
            raise
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not the name of a machine"
        raise SettingsError(f"cannot listen on {host}:{port} ({reason}); choose with --host and --port") from None
    return listener


def serve_http(options: argparse.Namespace, settings: Settings) -> int:
    """Serve the chat page and the HTTP interface until stopped."""
    with _listener(settings.host, settings.port) as listener:
        import uvicorn

        from assistant.serving.app import create_app
        from assistant.serving.connections import PatientProtocol, allow_connections
        from assistant.serving.logs import log_as_json
        from assistant.serving.memory import share_arenas
        from assistant.serving.secrecy import leave_no_core

        share_arenas()
        leave_no_core()
        allow_connections()
        log_as_json(settings.log)
        app = create_app(settings)
        try:
            app.state.service.load()
        except (SnapshotError, EngineError) as error:
            complain(str(error))
            complain("serving all the same: not ready, and ready as soon as an index can be loaded")
        print(f"serving http://{settings.host}:{settings.port}/  (Ctrl-C stops)", file=sys.stderr, flush=True)
        # No access log: a search's address holds its question.
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=PatientProtocol,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(settings.proxies),
                forwarded_allow_ips=list(settings.proxies),
                timeout_graceful_shutdown=10,
            )
        )
        server.run(sockets=[listener])
    return 0
