"""Signed reports of retention over plain HTTP: for who may read them, or by their short-lived link; each download is audited."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from plumb_platform.actor import Actor
from plumb_platform.identity.links import Link
from plumb_platform.settings import Settings
from plumb_schema.ground.ids import decode_id
from plumb_server.app import Resources
from plumb_server.downloads import answered, attachment, linked
from plumb_tenants.retention.service import download_report

NAME = "retention-report.json"


def retention_routes(settings: Settings) -> list[BaseRoute]:
    """Return the routes of reports."""
    return [
        Route("/retention/by-link", linked(settings, _linked), methods=["GET"]),
        Route("/retention/{run_id}/report.json", answered(_download), methods=["GET"]),
    ]


async def _download(request: Request, actor: Actor, resources: Resources) -> Response:
    run_id = decode_id(request.path_params["run_id"], "RetentionRun", field="runId")
    return _answer(*await download_report(actor, run_id, resources.storage))


async def _linked(link: Link, actor: Actor, resources: Resources) -> Response:
    return _answer(*await download_report(actor, link.object_id, resources.storage))


def _answer(content: bytes, sha256: str) -> Response:
    return attachment(content, NAME, "application/json", sha256=sha256)
