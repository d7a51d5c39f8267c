"""The web server: uvicorn, which ends our open streams first when it shuts down, for it would wait for them."""

import socket

import uvicorn

from plumb_server.streams import Streams


class WebServer(uvicorn.Server):
    """Serves the application."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then finish what is under way."""
        streams: Streams | None = self.lifespan.state.get("streams")
        if streams is not None:
            streams.close()
        await super().shutdown(sockets)
