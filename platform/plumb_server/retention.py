"""Signed reports of retention over plain HTTP: for who may read them, or by their short-lived link; each download is audited."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from plumb_platform.actor import Actor
from plumb_platform.errors import DomainError
from plumb_platform.identity.links import link_actor, opened_link
from plumb_platform.settings import LINKS, Settings
from plumb_schema.ground.ids import decode_id
from plumb_server.app import Resources
from plumb_server.downloads import answered, attachment, refusal_of
from plumb_server.pages import page_locale
from plumb_tenants.retention.service import download_report

NAME = "retention-report.json"


def retention_routes(settings: Settings) -> list[BaseRoute]:
    """Return the routes of reports."""
    return [
        Route("/retention/by-link", LinkedReport(settings).download, methods=["GET"]),
        Route("/retention/{run_id}/report.json", answered(_download), methods=["GET"]),
    ]


async def _download(request: Request, actor: Actor, resources: Resources) -> Response:
    run_id = decode_id(request.path_params["run_id"], "RetentionRun", field="runId")
    return _answer(*await download_report(actor, run_id, resources.storage))


class LinkedReport:
    """The download by a short-lived link: whoever made it is looked up again, and so is what they may read."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.derived_key(LINKS)

    async def download(self, request: Request) -> Response:
        """Answer the report; a link that is over, forged or whose maker left is 401."""
        resources: Resources = request.state.resources
        try:
            link = opened_link(request.query_params.get("link", ""), self._key)
            agent, address = request.headers.get("user-agent", "")[:300], request.client.host if request.client else ""
            actor = await link_actor(link, address=address, agent=agent, request_id=request.scope["request_id"])
            async with resources.transaction(actor):
                return _answer(*await download_report(actor, link.object_id, resources.storage))
        except DomainError as error:
            return refusal_of(error, page_locale(request))


def _answer(content: bytes, sha256: str) -> Response:
    return attachment(content, NAME, "application/json", sha256=sha256)
