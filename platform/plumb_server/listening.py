"""The sockets that an API listens on: one for each worker, so that the kernel shares new connections out among them evenly."""

import socket

BACKLOG = 2048


def listening_sockets(host: str, port: int, count: int) -> list[socket.socket]:
    """Return `count` sockets that listen on one address (SO_REUSEPORT, socket(7)); raises OSError where it is taken.

    Whoever holds them keeps what waits in them: a worker that dies loses no connection that it had not yet accepted. One socket
    that all accept from would be simpler, but the first worker that wakes takes all that wait: 50 of 64 connections at once.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
        0
    ]
    with socket.socket(family, kind, protocol) as first:
        # Sockets that share an address do not mind another program of ours that shares it too: one that does not share tells.
        first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        first.bind(address)
        bound = first.getsockname()
    sockets = []
    try:
        for _ in range(count):
            sockets.append(each := socket.socket(family, kind, protocol))
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            each.bind(bound)
            each.listen(BACKLOG)
            each.setblocking(False)
    except OSError:
        for each in sockets:
            each.close()
        raise
    return sockets
