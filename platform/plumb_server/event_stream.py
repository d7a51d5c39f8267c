"""GraphQL over server-sent events, in distinct connections: `next` with each answer, `complete`, and comments between them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.types import Receive, Send

from plumb_platform.actor import Actor
from plumb_schema.ground.answers import Answer
from plumb_schema.ground.engine import Operation
from plumb_schema.ground.following import Following
from plumb_server.changes import Changes, Company
from plumb_server.streams import Streams

MEDIA_TYPE = "text/event-stream"
HEARTBEAT_SECONDS = 4
"""After so long without a change the caller is judged anew, and the connection is shown to be alive."""
UNCOUNTED_SECONDS = 1
SEND_SECONDS = 20
"""A reader that takes nothing for so long is cut off; what it missed is not kept, for each event tells all."""
COMPLETE = b"event: complete\ndata:\n\n"
ALIVE = b":\n\n"
RawHeaders = list[tuple[bytes, bytes]]
Judge = Callable[[Operation], Awaitable[Answer]]
"""Answers an operation for the caller as the door would answer a new request of theirs."""


def next_event(data: bytes) -> bytes:
    """Return the event that carries one answer; JSON has no line breaks of its own."""
    return b"event: next\ndata: " + data + b"\n\n"


def is_wanted(accept: str) -> bool:
    """Return whether an Accept header names events."""
    return "/event-stream" in accept.lower() and any(
        part.partition(";")[0].strip().lower() == MEDIA_TYPE for part in accept.split(",")
    )


@dataclass(frozen=True, slots=True)
class EventStream:
    """One subscription of one caller over one connection."""

    following: Following
    operation: Operation
    judge: Judge
    receive: Receive
    send: Send

    async def run(self, actor: Actor, headers: RawHeaders, changes: Changes, streams: Streams) -> None:
        """Send what is followed whenever it has changed, until its end, a refusal, the client's leave or the shutdown.

        Raises TooManyStreams before anything is sent. At the shutdown `complete` is not sent, so that clients come again.
        """
        with streams.place(actor), changes.watched(actor.tenant_id) as company:
            ends = [asyncio.create_task(_left(self.receive)), asyncio.create_task(_set(streams.closing))]
            try:
                await self._begin(headers)
                await self._tell(company, ends)
                await self._write({"type": "http.response.body", "body": b""})
            except TimeoutError:
                return
            finally:
                for task in ends:
                    task.cancel()

    async def _tell(self, company: Company, ends: list[asyncio.Task[None]]) -> None:
        last, told = b"", 0.0
        while True:
            bell = company.bell
            # Asked first: what is over when it is asked is shown as it was then or later.
            is_over = self.following.is_over((await self.judge(self._end_question)).body)
            answer = await self.judge(self._question)
            if answer.data != last:
                last = answer.data
                await self._body(next_event(last))
                told = asyncio.get_running_loop().time()
            if is_over or not _is_there(answer):
                await self._body(COMPLETE)
                return
            if asyncio.get_running_loop().time() - told >= HEARTBEAT_SECONDS:
                await self._body(ALIVE)
                told = asyncio.get_running_loop().time()
            if await self._rest(bell, ends):
                return

    async def _rest(self, bell: asyncio.Event, ends: list[asyncio.Task[None]]) -> bool:
        """Wait for a change or the next look; return whether the stream is at its end instead."""
        seconds = HEARTBEAT_SECONDS if self.following.is_counted else UNCOUNTED_SECONDS
        ringing = asyncio.create_task(_set(bell))
        try:
            await asyncio.wait([ringing, *ends], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ringing.cancel()
        return any(task.done() for task in ends)

    @property
    def _question(self) -> Operation:
        return Operation(self.following.query, self.operation.variables, self.operation.name)

    @property
    def _end_question(self) -> Operation:
        return Operation(self.following.end_query, self.following.end_variables)

    async def _begin(self, headers: RawHeaders) -> None:
        await self._write({"type": "http.response.start", "status": 200, "headers": headers})
        await self._body(ALIVE)

    async def _body(self, data: bytes) -> None:
        await self._write({"type": "http.response.body", "body": data, "more_body": True})

    async def _write(self, message: dict[str, object]) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await self.send(message)


def _is_there(answer: Answer) -> bool:
    """Return whether an answer shows what is followed: not refused as a whole, and there to be seen."""
    data = answer.body.get("data") or {}
    return answer.status == 200 and all(root is not None for root in data.values()) and bool(data)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _set(event: asyncio.Event) -> None:
    await event.wait()
