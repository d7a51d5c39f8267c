"""Metrics of several processes as one: each writes what it counts into files of its own, and whoever is asked adds them up."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler

from prometheus_client import CollectorRegistry, make_wsgi_app, values
from prometheus_client.exposition import ThreadingWSGIServer
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus_client looks for the files."""


@dataclass(slots=True)
class Together:
    """What the processes share: the folder of their files, the socket that metrics are asked at, and this one's number."""

    folder: str
    listener: socket.socket | None
    number: int = 0

    def registry(self) -> CollectorRegistry:
        """Return what adds the files up, each time that it is asked."""
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=self.folder)  # type: ignore[no-untyped-call]
        return registry

    def serve(self) -> None:
        """Answer scrapes from a thread, beside the others: whichever takes a connection tells of all."""
        if self.listener is not None:
            server = _Listening(self.listener, make_wsgi_app(self.registry()))
            Thread(target=server.serve_forever, name="metrics", daemon=True).start()


_together: list[Together] = []


@contextmanager
def counted_together(listener: socket.socket | None) -> Iterator[None]:
    """Have the processes that are forked within the block count as one; each names itself first (`count_as`).

    A process that takes the number of one that died goes on with its files, so that no counter falls and no file is left over.
    """
    before = values.ValueClass
    with TemporaryDirectory(prefix="plumb-metrics-") as folder:
        shared = Together(folder, listener)
        os.environ[_FOLDER], values.ValueClass = folder, _value_of(shared)
        _together.append(shared)
        try:
            yield
        finally:
            _together.remove(shared)
            values.ValueClass = before
            del os.environ[_FOLDER]


def count_as(number: int) -> None:
    """Tell which of the processes this is, before it counts anything; no two that run have the same number."""
    together().number = number


def together() -> Together:
    """Return what this process counts together with others by; raises where it counts alone."""
    return _together[-1]


def is_together() -> bool:
    """Return whether other processes count with this one."""
    return bool(_together)


def _value_of(shared: Together) -> Any:
    """Return the kind of number that is kept in the file of the process that counts."""
    return values.MultiProcessValue(lambda: shared.number)  # type: ignore[no-untyped-call]


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - as it is called
        """Log nothing: a scrape is no event."""


class _Listening(ThreadingWSGIServer):
    """Serves on a socket that listens already."""

    def __init__(self, listener: socket.socket, app: "WSGIApplication") -> None:
        super().__init__(listener.getsockname()[:2], _Silent, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.server_name, self.server_port = listener.getsockname()[:2]
        self.setup_environ()
        self.set_app(app)
