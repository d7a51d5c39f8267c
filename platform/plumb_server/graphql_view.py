"""POST and GET /graphql: from an HTTP request to an operation, and from its answer to bytes."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, NamedTuple, Protocol

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.errors import DomainError, RateLimited, Unauthenticated
from plumb_platform.identity.callers import Callers, proof_of
from plumb_platform.identity.credentials import credential_hash
from plumb_platform.observability import bind_trace
from plumb_platform.settings import Settings
from plumb_schema.ground.answers import Answer, failure, refusal
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.following import Following
from plumb_server.asked import Asked
from plumb_server.changes import Changes
from plumb_server.cookies import SessionCookies
from plumb_server.edge import usual_headers
from plumb_server.event_stream import COMPLETE, MEDIA_TYPE, EventStream, Judge, is_wanted, next_event
from plumb_server.incoming import (
    body_of,
    idempotency_key_of,
    locale_of,
    read_body,
    read_operation,
    require_json,
)
from plumb_server.problems import STATUS, CsrfInvalid
from plumb_server.rates import Rates
from plumb_server.streams import Streams

Kind = Literal["session", "token"]
RawHeader = tuple[bytes, bytes]
VARY = "authorization, cookie, x-plumb-csrf, accept-language"


class Authenticate(Protocol):
    """Returns who a credential belongs to, or raises Unauthenticated."""

    def __call__(
        self, credential: str, *, kind: Literal["session", "token"], address: str, agent: str, request_id: str
    ) -> Awaitable[Actor]: ...


class Shown(NamedTuple):
    """The session that a request showed, empty with a token, and whether its page has proven itself."""

    session: str
    is_proven: bool


@dataclass(frozen=True, slots=True)
class GraphQLView:
    """Answers operations over HTTP: an ASGI application of its own, because most requests are for it."""

    settings: Settings
    engine: Engine
    ground: Ground
    cookies: SessionCookies
    authenticate: Authenticate
    observe: Callable[[str, int, float], None]
    usual: tuple[list[RawHeader], list[RawHeader]]
    changes: Changes
    streams: Streams
    rates: Rates
    callers: Callers = field(default_factory=Callers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every refusal is JSON with a stable code."""
        began = time.perf_counter()
        asked = Asked(scope, receive)
        context = self._context(asked)
        by_events = is_wanted(asked.headers.get("accept", ""))
        try:
            answer = await _told(self._answer(asked, context, send, by_events=by_events), context)
        except ClientDisconnect:
            return
        if answer is None:
            return
        status, headers, is_tagged = answer.status, self._headers(answer, context), False
        if by_events and status in (200, 400):
            self.observe("/graphql", status, time.perf_counter() - began)
            await _send(send, 200, [*self.stream_headers(), *headers], next_event(answer.data) + COMPLETE)
            return
        if context.is_question and answer.tag is not None:
            tag, is_tagged = answer.tag(), True
            headers += _raw({"etag": tag, "vary": VARY})
            status = 304 if tag in asked.headers.get("if-none-match", "") else status
        self.observe("/graphql", status, time.perf_counter() - began)
        await _send(send, status, [*self.usual[is_tagged], *headers], b"" if status == 304 else answer.data)

    def _headers(self, answer: Answer, context: Context) -> list[RawHeader]:
        headers = [(b"x-request-id", context.request_id.encode()), (b"x-plumb-cost", b"%d" % answer.cost)]
        if answer.headers:
            headers += _raw(answer.headers)
        if context.retry_after:
            headers.append((b"retry-after", b"%d" % context.retry_after))
        if context.session_change is not None:
            headers.append((b"set-cookie", self.cookies.header(context.session_change).encode("latin-1")))
        return headers

    async def _answer(self, asked: Asked, context: Context, send: Send, *, by_events: bool) -> Answer | None:
        """Return the answer of an operation; None of a subscription, which is streamed to its end where events are taken."""
        operation = await self._operation(asked, context)
        shown = await self._recognise(asked, context)
        following = self.engine.following(operation, context) if by_events else None
        if isinstance(following, Answer) and following.status == 400:
            return following
        if context.actor is not None:
            self.rates.spend(context.actor)
        if isinstance(following, Following) and context.actor is not None:
            await self._stream(EventStream(following, operation, self._judge(asked), asked.receive, send), context)
            return None
        return await self._judged(operation, context, shown)

    async def _stream(self, stream: EventStream, context: Context) -> None:
        """Stream a subscription to its end."""
        headers = [*self.stream_headers(), (b"x-request-id", context.request_id.encode("latin-1"))]
        await stream.run(context.caller, headers, self.changes, self.streams)
        self.observe("/graphql", 200, 0.0)

    def _judge(self, asked: Asked) -> Judge:
        """Return what asks an event's question, as a request of its own that shows what the stream's showed."""

        async def judged(question: Operation, own: Context) -> Answer:
            return await self._judged(question, own, await self._recognise(asked, own))

        async def judge(question: Operation) -> Answer:
            own = self._context(asked)
            own.is_question = True
            answer = await _told(judged(question, own), own)
            assert answer is not None  # noqa: S101 - only a stream answers None
            return answer

        return judge

    def stream_headers(self) -> list[RawHeader]:
        """Return the headers of every stream; `x-accel-buffering` asks proxies to pass each event on at once."""
        own = {b"content-type": f"{MEDIA_TYPE}; charset=utf-8".encode(), b"x-accel-buffering": b"no"}
        return [(name, value) for name, value in self.usual[0] if name not in own] + list(own.items())

    async def _judged(self, operation: Operation, context: Context, shown: Shown) -> Answer:
        answer = await self.engine.answer(operation, context)
        if answer.status == 401 and shown.session and not shown.is_proven:
            raise CsrfInvalid
        return answer

    async def _recognise(self, asked: Asked, context: Context) -> Shown:
        """Find out who asks, and return what they showed."""
        bearer = asked.headers.get("authorization")
        session = "" if bearer is not None else self.cookies.credential(asked)
        is_proven = bool(session) and self.cookies.is_proven(asked, session)
        if bearer is not None:
            await self._identify(context, _token(bearer), "token")
        elif is_proven:
            await self._identify_session(session, context)
        bind_trace(request_id=context.request_id, tenant_id=context.actor.tenant_id if context.actor else None)
        return Shown(session, is_proven)

    async def _operation(self, asked: Asked, context: Context) -> Operation:
        if "authorization" not in asked.headers:
            self.cookies.refuse_cross_site(asked)
        if asked.scope["method"] == "GET":
            context.is_question = True
            return read_operation(body_of(asked.query), self.engine.limits)
        require_json(asked.headers)
        context.idempotency_key = idempotency_key_of(asked.headers)
        return read_operation(await read_body(asked, self.settings.body_limit), self.engine.limits)

    async def _identify_session(self, session: str, context: Context) -> None:
        # A session that ended is no session: its browser must still be able to sign in.
        try:
            await self._identify(context, session, "session")
        except Unauthenticated:
            return
        context.credential = session

    async def _identify(self, context: Context, credential: str, kind: Kind) -> None:
        digest = credential_hash(credential)
        context.renew = partial(self._look_up, credential=credential, kind=kind, digest=digest)
        known = self.callers.find(digest, now())
        if known is None:
            await context.renew(context)
            return
        # What it lacks of this request's trace is filled in as soon as the caller is looked up for anything but reading.
        context.actor, context.grants, context.proof = known.actor, known.grants, known.proof
        context.is_remembered = True

    async def _look_up(self, context: Context, *, credential: str, kind: Kind, digest: bytes) -> None:
        self.callers.forget(digest)
        context.actor = await self.authenticate(
            credential, kind=kind, address=context.address, agent=context.agent, request_id=context.request_id
        )
        context.grants, context.proof, context.is_remembered = None, proof_of(context.actor), False
        context.remember = partial(self._remember, digest)

    def _remember(self, digest: bytes, context: Context) -> None:
        if context.grants is not None and context.proof is not None:
            self.callers.keep(digest, context.caller, context.grants, context.proof, now())

    def _context(self, asked: Asked) -> Context:
        return Context(
            ground=self.ground,
            locale=locale_of(asked.headers),
            request_id=asked.request_id,
            address=asked.address,
            agent=asked.headers.get("user-agent", "")[:300],
        )


async def _told(answering: Awaitable[Answer | None], context: Context) -> Answer | None:
    """Return an answer whatever happens; raises ClientDisconnect alone."""
    try:
        return await answering
    except ClientDisconnect:
        raise
    except DomainError as error:
        return refusal(error, context.locale, _status(error), request_id=context.request_id)
    except Exception as error:  # noqa: BLE001 - the caller gets a masked answer, the log the traceback
        return failure(error, context)


def _raw(headers: Mapping[str, str]) -> list[RawHeader]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def usual_raw(*, secure: bool) -> tuple[list[RawHeader], list[RawHeader]]:
    """Return the headers of every answer, as they go out; and those of one that may be asked for again by its tag."""
    own = dict(usual_headers(secure=secure)) | {"content-type": "application/json; charset=utf-8"}
    return _raw(own), _raw(own | {"cache-control": "private, no-cache"})


async def _send(send: Send, status: int, headers: list[RawHeader], body: bytes) -> None:
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _token(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= 200:
        raise Unauthenticated
    return token


def _status(error: DomainError) -> int:
    if isinstance(error, Unauthenticated):
        return 401
    return 429 if isinstance(error, RateLimited) else STATUS.get(type(error), 400)
