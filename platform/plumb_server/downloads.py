"""Attachments of submissions over plain HTTP: handed out behind an access check, with an audit entry (C92)."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from plumb_platform.errors import DomainError, NotFound, Unauthenticated
from plumb_schema.ground.ids import decode_id
from plumb_server.app import Resources
from plumb_server.incoming import locale_of
from plumb_server.letters import caller_of
from plumb_tenants.forms.service import download_attachment


def attachment_routes() -> list[BaseRoute]:
    """Return the routes of attachments."""
    return [Route("/attachments/{attachment_id}/file", download, methods=["GET"])]


async def download(request: Request) -> Response:
    """Answer a file of a submission to somebody who may read it."""
    resources: Resources = request.state.resources
    try:
        actor = await caller_of(request, resources)
        attachment_id = decode_id(request.path_params["attachment_id"], "Attachment", field="attachmentId")
        async with resources.transaction(actor):
            file = await download_attachment(actor, attachment_id, resources.storage)
    except DomainError as error:
        status = {Unauthenticated: 401, NotFound: 404}.get(type(error), 403)
        entry = {"message": error.text(locale_of(request.headers)), "extensions": {"code": error.code}}
        return JSONResponse({"errors": [entry]}, status)
    disposition = f"attachment; filename*=UTF-8''{quote(file.name)}"
    headers = {"content-disposition": disposition, "etag": f'"{file.sha256}"'}
    return Response(file.content, headers=headers, media_type=file.media_type)
