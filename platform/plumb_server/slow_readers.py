"""Connections whose reader takes too little of an answer: until it is cut off, the process holds the rest."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SEND_SECONDS = 30
SEND_BYTES = 64 * 1024
"""So much of an answer has to be taken in each such time, or what is left of it if that is less."""


class WatchedSending(HttpToolsProtocol):
    """A connection that is cut off when what was written to it is not read: an answer in full, or one that waits in parts.

    uvicorn waits for its reader without an end, also behind a close, which goes through only when all has been read.
    """

    _watching: asyncio.TimerHandle | None = None
    _left = 0
    """How many bytes were still to be taken when it was looked last."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Watch no more."""
        self._stop_watching()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait with what is still to be sent."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """Go on sending; while more is written, what waits does not tell how much was taken, and too much of it pauses again."""
        super().resume_writing()
        if getattr(self.cycle, "response_complete", True):
            self._watch()
        else:
            self._stop_watching()

    def on_message_begin(self) -> None:
        """Take another request: who has read all of the answer before is watched no more."""
        super().on_message_begin()
        if self._watching is not None and not self.transport.get_write_buffer_size():
            self._stop_watching()

    def on_response_complete(self) -> None:
        """End a response; what of it was not sent yet is watched, for nothing else waits for it."""
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        self._stop_watching()
        self._left = self.transport.get_write_buffer_size()
        if self._left:
            self._watching = self.loop.call_later(SEND_SECONDS, self._look)

    def _stop_watching(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def _look(self) -> None:
        before = self._left
        left = self.transport.get_write_buffer_size()
        if left and before - left < min(before, SEND_BYTES):
            self.transport.abort()
        else:
            self._watch()
