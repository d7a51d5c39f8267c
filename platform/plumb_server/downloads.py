"""The door of files over plain HTTP: whose request it is, one transaction, the file as an attachment, refusals as JSON."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from plumb_platform.actor import Actor
from plumb_platform.database.bounds import bound_passed
from plumb_platform.errors import DomainError, Locale, NotFound, RateLimited, Unauthenticated, Unavailable
from plumb_platform.identity.links import Link, link_actor, opened_link
from plumb_platform.settings import LINKS, Settings
from plumb_platform.storage import FileMissing
from plumb_server.app import Resources
from plumb_server.cookies import SessionCookies
from plumb_server.pages import page_locale
from plumb_tenants.access.service import let_tell

Endpoint = Callable[[Request], Awaitable[Response]]
Find = Callable[[Request, Actor, Resources], Awaitable[Response]]
Again = Callable[[], AbstractAsyncContextManager[Actor]]
"""Opens a transaction of whoever the request's credential belongs to now; raises Unauthenticated."""
FindLinked = Callable[[Request, Link, Actor, Resources], Awaitable[Response]]
STATUS = ((Unauthenticated, 401), (RateLimited, 429), (NotFound, 404), (FileMissing, 404), (Unavailable, 503))


def answered(find: Find) -> Endpoint:
    """Return an endpoint that answers what `find` makes, as the caller and in one transaction."""

    async def made(request: Request) -> Response:
        resources: Resources = request.state.resources
        actor = await caller_of(request, resources)
        async with resources.transaction(actor), _telling(actor):
            return await find(request, actor, resources)

    async def answer(request: Request) -> Response:
        return await _told(request, made(request))

    return answer


def linked(settings: Settings, find: FindLinked) -> Endpoint:
    """Return the same for a short-lived link: whoever made it is looked up again, and so is what they may fetch.

    A link that is over, forged or whose maker left is 401.
    """
    keys = settings.derived_keys(LINKS)

    async def made(request: Request) -> Response:
        resources: Resources = request.state.resources
        link = opened_link(request.query_params.get("link", ""), keys)
        agent, address = request.headers.get("user-agent", "")[:300], request.client.host if request.client else ""
        actor = await link_actor(link, address=address, agent=agent, request_id=request.scope["request_id"])
        request.state.rates.spend(actor)
        async with resources.transaction(actor), _telling(actor):
            return await find(request, link, actor, resources)

    async def answer(request: Request) -> Response:
        return await _told(request, made(request))

    return answer


@asynccontextmanager
async def _telling(actor: Actor) -> AsyncIterator[None]:
    """Let a refusal say what the caller may see of the rows that it names, while the transaction is open."""
    try:
        yield
    except DomainError as error:
        await let_tell(actor, error)
        raise


async def _told(request: Request, making: Awaitable[Response]) -> Response:
    """Return the answer, or the refusal that came of it; raises what nobody expected."""
    try:
        return await making
    except DomainError as error:
        if isinstance(error, Unavailable):
            request.state.resources.tell_outage(error, request.scope["request_id"])
        return refusal_of(error, page_locale(request))
    except Exception as error:
        passed = bound_passed(error)
        if passed is None:
            raise
        return refusal_of(passed, page_locale(request))


def attachment(content: bytes, name: str, media_type: str, *, sha256: str | None = None) -> Response:
    """Return a file to be kept under its name; its digest is its tag."""
    headers = kept_as(name) | ({"etag": f'"{sha256}"'} if sha256 else {})
    return Response(content, headers=headers, media_type=media_type)


def kept_as(name: str) -> dict[str, str]:
    """Return the header that has a browser keep an answer as a file under its name (RFC 6266)."""
    return {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"}


def if_changed(request: Request, found: Response) -> Response:
    """Return a file, or 304 to somebody who names its tag (RFC 9110, 13.1.2) and so has it already."""
    tags = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    known = found.headers["etag"] in tags or "*" in tags
    return Response(status_code=304, headers={"etag": found.headers["etag"]}) if known else found


def status_of(error: DomainError) -> int:
    """Return the HTTP status of a refusal: what is not said otherwise is forbidden."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 403)


def refusal_of(error: DomainError, locale: Locale) -> Response:
    """Return the answer to a refused download; a store that is away or full is 503, and may be asked again."""
    entry = {"message": error.text(locale), "extensions": {"code": error.code}}
    status = status_of(error)
    wait = error.retry_after if isinstance(error, RateLimited) else 2
    return JSONResponse({"errors": [entry]}, status, {"retry-after": f"{wait}"} if status in (429, 503) else None)


async def caller_of(request: Request, resources: Resources) -> Actor:
    """Return whose session or token a plain request carries, else raise Unauthenticated; the request is counted as theirs."""
    actor = await _recognised(request, resources)
    request.state.rates.spend(actor)
    return actor


def asked_again(request: Request, resources: Resources) -> Again:
    """Return what looks a request's caller up anew while its answer is being sent: rights end whenever they end."""

    @asynccontextmanager
    async def again() -> AsyncIterator[Actor]:
        actor = await _recognised(request, resources)
        async with resources.transaction(actor):
            yield actor

    return again


async def _recognised(request: Request, resources: Resources) -> Actor:
    cookies: SessionCookies = request.state.cookies
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    is_token = scheme.lower() == "bearer"
    credential = token if is_token else cookies.credential(request)
    if not 0 < len(credential) <= 200:
        raise Unauthenticated
    return await resources.authenticate(
        credential,
        kind="token" if is_token else "session",
        address=request.client.host if request.client else "",
        agent=request.headers.get("user-agent", "")[:300],
        request_id=request.scope["request_id"],
    )
