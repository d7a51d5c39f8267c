"""Attachments of submissions over plain HTTP: handed out behind an access check, with an audit entry (C92)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from plumb_platform.actor import Actor
from plumb_schema.ground.ids import decode_id
from plumb_server.app import Resources
from plumb_server.downloads import answered, attachment
from plumb_tenants.forms.service import download_attachment


def attachment_routes() -> list[BaseRoute]:
    """Return the routes of attachments."""
    return [Route("/attachments/{attachment_id}/file", answered(_download), methods=["GET"])]


async def _download(request: Request, actor: Actor, resources: Resources) -> Response:
    attachment_id = decode_id(request.path_params["attachment_id"], "Attachment", field="attachmentId")
    file = await download_attachment(actor, attachment_id, resources.storage)
    return attachment(file.content, file.name, file.media_type, sha256=file.sha256)
