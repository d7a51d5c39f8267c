"""POST /graphql: from an HTTP request to an operation, and from its answer to bytes."""

from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.errors import DomainError, RateLimited, Unauthenticated
from plumb_platform.identity.callers import Callers, proof_of
from plumb_platform.identity.credentials import credential_hash
from plumb_platform.observability import bind_trace
from plumb_platform.settings import Settings
from plumb_schema.ground.answers import Answer, failure, refusal
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine
from plumb_server.cookies import SessionCookies
from plumb_server.incoming import idempotency_key_of, locale_of, read_body, read_operation, require_json
from plumb_server.problems import STATUS, CsrfInvalid

Kind = Literal["session", "token"]


class Authenticate(Protocol):
    """Returns who a credential belongs to, or raises Unauthenticated."""

    def __call__(
        self, credential: str, *, kind: Literal["session", "token"], address: str, agent: str, request_id: str
    ) -> Awaitable[Actor]: ...


@dataclass(frozen=True, slots=True)
class GraphQLView:
    """Answers operations over HTTP."""

    settings: Settings
    engine: Engine
    ground: Ground
    cookies: SessionCookies
    authenticate: Authenticate
    callers: Callers = field(default_factory=Callers)

    async def __call__(self, request: Request) -> Response:
        """Return the answer to one POST; every refusal is JSON with a stable code."""
        context = self._context(request)
        try:
            answer = await self._answer(request, context)
        except DomainError as error:
            answer = refusal(error, context.locale, _status(error), request_id=context.request_id)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:  # noqa: BLE001 - the caller gets a masked answer, the log the traceback
            answer = failure(error, context)
        response = Response(answer.data, answer.status, answer.headers, "application/json; charset=utf-8")
        response.headers["x-plumb-cost"] = str(answer.cost)
        if context.retry_after:
            response.headers["retry-after"] = str(context.retry_after)
        self.cookies.apply(response, context.session_change)
        return response

    async def _answer(self, request: Request, context: Context) -> Answer:
        require_json(request)
        bearer = request.headers.get("authorization")
        if bearer is None:
            self.cookies.refuse_cross_site(request)
        context.idempotency_key = idempotency_key_of(request.headers)
        operation = read_operation(await read_body(request, self.settings.body_limit), self.engine.limits)
        session = "" if bearer is not None else self.cookies.credential(request)
        is_proven = self.cookies.is_proven(request, session)
        if bearer is not None:
            await self._identify(context, _token(bearer), "token")
        elif session and is_proven:
            await self._identify_session(session, context)
        if context.actor is not None:
            bind_trace(tenant_id=context.actor.tenant_id)
        answer = await self.engine.answer(operation, context)
        if answer.status == 401 and session and not is_proven:
            raise CsrfInvalid
        return answer

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
        context.actor = replace(known.actor, request_id=context.request_id, address=context.address, agent=context.agent)
        context.grants, context.proof = known.grants, known.proof
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

    def _context(self, request: Request) -> Context:
        return Context(
            ground=self.ground,
            locale=locale_of(request.headers),
            request_id=request.scope["request_id"],
            address=request.client.host if request.client else "",
            agent=request.headers.get("user-agent", "")[:300],
        )


def _token(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= 200:
        raise Unauthenticated
    return token


def _status(error: DomainError) -> int:
    if isinstance(error, Unauthenticated):
        return 401
    return 429 if isinstance(error, RateLimited) else STATUS.get(type(error), 400)
