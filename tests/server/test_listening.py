"""The sockets of several workers: each has one for every address of the host."""

import socket

import pytest

from plumb_server.demo.run import free_port
from plumb_server.listening import is_spoken, listening_sockets


def test_each_worker_listens_on_every_address_of_a_host_and_none_where_one_is_taken() -> None:
    port = free_port()
    sockets = listening_sockets("", port, 2)
    places = [[each.getsockname()[:2] for each in own] for own in sockets]
    for each in (each for own in sockets for each in own):
        each.close()
    found = socket.getaddrinfo(None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    named = [each for each in found if is_spoken(each[0])]
    assert places == [[address[:2] for *_, address in named]] * 2
    *_, (family, _, _, _, address) = named
    with socket.socket(family) as taken:
        if family == socket.AF_INET6:
            taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind(address)
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            listening_sockets("", port, 2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", port))  # nothing is held of what was refused
