"""The sockets that an API listens on: each worker has its own, so that the kernel shares new connections out evenly."""

import socket

BACKLOG = 2048
Address = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]
"""One of getaddrinfo(3): family, kind, protocol, nothing, and where."""


def listening_sockets(host: str, port: int, count: int) -> list[list[socket.socket]]:
    """Return `count` times a socket for each address of a host (SO_REUSEPORT, socket(7)); raises OSError where one is taken.

    Whoever holds them keeps what waits in them: a worker that dies loses no connection that it had not yet accepted. One socket
    that all accept from would be simpler, but the first worker that wakes takes all that wait: 50 of 64 connections at once.
    """
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[list[socket.socket]] = [[] for _ in range(count)]
    try:
        for address in [each for each in dict.fromkeys(found) if is_spoken(each[0])] or found:
            # Sockets that share an address do not mind another program of ours that shares it too: one that does not share tells.
            with _bound(address, address[4]) as first:
                bound = first.getsockname()
            for own in sockets:
                own.append(each := _bound(address, bound, socket.SO_REUSEPORT))
                each.listen(BACKLOG)
                each.setblocking(False)
    except OSError:
        for each in (each for own in sockets for each in own):
            each.close()
        raise
    return sockets


def is_spoken(family: int) -> bool:
    """Return whether this machine has a family of addresses, which names may have that are written down for any machine."""
    try:
        socket.socket(family).close()
    except OSError:
        return False
    return True


def _bound(address: Address, place: tuple[object, ...], *options: int) -> socket.socket:
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    try:
        for option in (socket.SO_REUSEADDR, *options):
            made.setsockopt(socket.SOL_SOCKET, option, 1)
        if family == socket.AF_INET6:  # each family by sockets of its own, as an event loop has it
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(place)
    except OSError:
        made.close()
        raise
    return made
