"""The web server: uvicorn with guarded connections, which ends our open streams first when it shuts down."""

import socket
from collections.abc import Callable

import uvicorn

from plumb_server.request_heads import GuardedHttp
from plumb_server.streams import Streams


class WebServer(uvicorn.Server):
    """Serves the application."""

    def __init__(self, config: uvicorn.Config) -> None:
        config.http = GuardedHttp
        config.ws = "none"  # whatever is installed: nothing here speaks it, and an upgrade would go round what is guarded
        self.beat: Callable[[], None] = lambda: None
        super().__init__(config)

    async def on_tick(self, counter: int) -> bool:
        """Tell about once a second that it serves: the first time once it does."""
        if counter % 10 == 0:
            self.beat()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, for which uvicorn would wait, then finish what is under way."""
        streams: Streams | None = self.lifespan.state.get("streams")
        if streams is not None:
            streams.close()
        await super().shutdown(sockets)
