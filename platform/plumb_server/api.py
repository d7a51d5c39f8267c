"""The API as it is started: one process that serves, or several forked from one that has loaded everything they need."""

import gc
from collections.abc import Callable
from contextlib import ExitStack
from signal import Signals

import uvicorn
from starlette.types import ASGIApp

from plumb_platform.observability import count_as, counted_together, get_logger, name_worker
from plumb_platform.settings import Settings
from plumb_server.crew import NOT_STARTED, Crew, ended_by
from plumb_server.listening import BACKLOG, listening_sockets
from plumb_server.web_server import WebServer

log = get_logger(__name__)
GRACE_SECONDS = 15
"""So long what is under way may take to be finished once the end was asked for."""
EVERYWHERE = "0.0.0.0"  # noqa: S104 - where one process answers scrapes too


def serve(settings: Settings, *, host: str, port: int, workers: int) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code where nothing could be served."""
    if workers > 1:
        return ended_by(_serve_by_workers(settings, host=host, port=port, workers=workers))
    from plumb_server.assembly import assembled_app

    server = WebServer(_config(assembled_app(settings), host, port))
    server.run()
    return 0 if server.started else NOT_STARTED


def _serve_by_workers(settings: Settings, *, host: str, port: int, workers: int) -> int | Signals:
    """Load what all workers need, and only then fork: until one of them writes to a page of it, all have it together.

    Nothing is opened before: each worker has its own loop, connections, caches and threads.
    """
    with ExitStack() as stack:
        try:
            sockets = listening_sockets(host, port, workers)
            each_socket = [stack.enter_context(each) for own in sockets for each in own]
            watched = listening_sockets(EVERYWHERE, settings.metrics_port, 1) if settings.metrics_port else []
        except OSError as error:
            log.error("the port cannot be listened on", host=host, port=port, reason=error.strerror)  # noqa: TRY400 - no traceback
            return NOT_STARTED
        stack.enter_context(counted_together(watched[0][0] if watched else None))
        from plumb_server.assembly import assembled_app, product_engine  # seconds, which a port that is taken need not cost

        server = WebServer(_config(assembled_app(settings, product_engine()), host, port))
        server.config.load()
        server.config.get_loop_factory()

        def close() -> None:
            for each in each_socket:
                each.close()

        def work(number: int, beat: Callable[[], None]) -> int:
            name_worker(number)
            count_as(number)
            own = sockets[number]
            for other in each_socket:
                if other not in own:
                    other.close()
            server.beat = beat
            server.run(own)
            return 0 if server.started else NOT_STARTED

        gc.collect()
        gc.freeze()
        log.info("workers are started", workers=workers, host=host, port=port)
        return Crew(work, workers, close).run()


def _config(app: ASGIApp, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=75,
        server_header=False,
    )
