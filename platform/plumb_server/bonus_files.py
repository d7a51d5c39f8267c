"""Bonus files of closed periods over plain HTTP: the bytes that `exportBonus` made, with an audit entry (C61, A39)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from plumb_platform.actor import Actor
from plumb_schema.ground.ids import decode_id
from plumb_server.app import Resources
from plumb_server.downloads import answered, attachment
from plumb_tenants.attribution.service import download_bonus


def bonus_file_routes() -> list[BaseRoute]:
    """Return the routes of bonus files."""
    return [Route("/bonus-periods/{period_id}/file", answered(_download), methods=["GET"])]


async def _download(request: Request, actor: Actor, resources: Resources) -> Response:
    """Answer the file of a period in the format that `format` names, CSV unless said, and by the dimensions that `by` names."""
    period_id = decode_id(request.path_params["period_id"], "BonusPeriod", field="periodId")
    form = request.query_params.get("format", "CSV").upper()
    by = [each for each in request.query_params.get("by", "").upper().split(",") if each]
    file = await download_bonus(actor, period_id, form=form, by=by, storage=resources.storage)
    return attachment(file.content, file.name, file.media_type, sha256=file.sha256)
