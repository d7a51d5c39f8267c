"""Files over plain HTTP: handed out behind an access check, as attachments, in the transaction that audits it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from plumb_platform.actor import Actor
from plumb_platform.errors import DomainError, NotFound, Unauthenticated
from plumb_schema.ground.ids import decode_id
from plumb_server.app import Resources
from plumb_server.cookies import SessionCookies
from plumb_server.incoming import locale_of
from plumb_tenants.forms.service import download_attachment


@dataclass(frozen=True, slots=True)
class Download:
    """A file to hand out."""

    content: bytes
    name: str
    media_type: str
    sha256: str


HandOut = Callable[[Actor, Resources], Awaitable[Download]]


def attachment_routes() -> list[BaseRoute]:
    """Return the routes of attachments."""
    return [Route("/attachments/{attachment_id}/file", attachment, methods=["GET"])]


async def attachment(request: Request) -> Response:
    """Answer a file of a submission to somebody who may read it (C92)."""

    async def hand_out(actor: Actor, resources: Resources) -> Download:
        attachment_id = decode_id(request.path_params["attachment_id"], "Attachment", field="attachmentId")
        found = await download_attachment(actor, attachment_id, resources.storage)
        return Download(found.content, found.name, found.media_type, found.sha256)

    return await downloaded(request, hand_out)


async def downloaded(request: Request, hand_out: HandOut) -> Response:
    """Answer what is handed out to the caller in a transaction of theirs; refusals as GraphQL writes its errors."""
    resources: Resources = request.state.resources
    locale = locale_of(request.headers)
    try:
        actor = await _caller(request, resources)
        async with resources.transaction(actor):
            file = await hand_out(actor, resources)
    except DomainError as error:
        status = {Unauthenticated: 401, NotFound: 404}.get(type(error), 403)
        entry = {"message": error.text(locale), "extensions": {"code": error.code}}
        return JSONResponse({"errors": [entry]}, status)
    disposition = f"attachment; filename*=UTF-8''{quote(file.name)}"
    headers = {"content-disposition": disposition, "etag": f'"{file.sha256}"'}
    return Response(file.content, headers=headers, media_type=file.media_type)


async def _caller(request: Request, resources: Resources) -> Actor:
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
