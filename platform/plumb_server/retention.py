"""Signed reports of retention and files that a hold saved, over plain HTTP; each download is audited."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from plumb_platform.actor import Actor
from plumb_platform.identity.links import Link
from plumb_platform.settings import Settings
from plumb_schema.ground.ids import decode_id
from plumb_server.app import Resources
from plumb_server.downloads import answered, attachment, linked
from plumb_server.pages import page_locale
from plumb_tenants.retention.service import download_held, download_print, download_report

NAME = "retention-report"


def retention_routes(settings: Settings) -> list[BaseRoute]:
    """Return the routes of reports."""
    return [
        Route("/retention/by-link", linked(settings, _linked), methods=["GET"]),
        Route("/retention/held/{sha256}", answered(_held), methods=["GET"]),
        Route("/retention/{run_id}/report.json", answered(_download), methods=["GET"]),
        Route("/retention/{run_id}/report.pdf", answered(_print), methods=["GET"]),
    ]


async def _download(request: Request, actor: Actor, resources: Resources) -> Response:
    return await _json(actor, _run_id(request), resources)


async def _print(request: Request, actor: Actor, resources: Resources) -> Response:
    return await _pdf(request, actor, _run_id(request), resources)


async def _linked(request: Request, link: Link, actor: Actor, resources: Resources) -> Response:
    if request.query_params.get("format") == "pdf":
        return await _pdf(request, actor, link.object_id, resources)
    return await _json(actor, link.object_id, resources)


async def _held(request: Request, actor: Actor, resources: Resources) -> Response:
    sha256 = request.path_params["sha256"]
    content, suffix = await download_held(actor, sha256, resources.storage)
    return attachment(content, f"held-{sha256[:12]}.{suffix}", "application/octet-stream", sha256=sha256)


def _run_id(request: Request) -> UUID:
    return decode_id(request.path_params["run_id"], "RetentionRun", field="runId")


async def _json(actor: Actor, run_id: UUID, resources: Resources) -> Response:
    content, sha256 = await download_report(actor, run_id, resources.storage)
    return attachment(content, f"{NAME}.json", "application/json", sha256=sha256)


async def _pdf(request: Request, actor: Actor, run_id: UUID, resources: Resources) -> Response:
    content, sha256 = await download_print(actor, run_id, resources.storage, locale=page_locale(request))
    return attachment(content, f"{NAME}.pdf", "application/pdf", sha256=sha256)
