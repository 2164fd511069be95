"""A probe: one client that does nothing but ask one question at a time, in a process of its own, while others flood.

What a flood's own program sees of a refusal holds its own wait for a processor and for its turn among thousands. This
one waits in the system for its answer and for nothing else. Prints a line of JSON: (status, seconds) of each question.
"""

import json
import socket
import sys
import time
from collections.abc import Sequence

_EVERY = 0.02
"""Seconds between two questions; an answer that takes longer holds up the next."""


def ask(connection: socket.socket, request: bytes) -> tuple[int, float]:
    """Send one request, and return the status with the seconds to the first byte that came back.

    Raises:
        OSError: the connection was closed or broken before the end.
    """
    started, data = time.perf_counter(), b""
    connection.sendall(request)
    first = 0.0
    while True:
        part = connection.recv(65_536)
        first = first or time.perf_counter() - started
        if not part:
            raise ConnectionResetError("closed before the end")
        data += part
        head, found, body = data.partition(b"\r\n\r\n")
        if found:
            lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            if len(body) >= int(lengths[0].partition(b":")[2]):
                return int(head[9:12]), first


def main(arguments: Sequence[str]) -> None:
    """Ask at a port for so many seconds, the request read from stdin."""
    port, seconds = int(arguments[0]), float(arguments[1])
    request, met = sys.stdin.buffer.read(), list[tuple[int, float]]()
    end = time.perf_counter() + seconds
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    while (started := time.perf_counter()) < end:
        try:
            met.append(ask(connection, request))
        except OSError:
            met.append((0, time.perf_counter() - started))
            connection.close()
            connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        time.sleep(max(0.0, started + _EVERY - time.perf_counter()))
    connection.close()
    print(json.dumps(met))


if __name__ == "__main__":
    main(sys.argv[1:])
