"""The ASGI application: every dependency made once, in the lifespan, and every route in one list."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from plumb_platform.actor import Actor
from plumb_platform.database import read_door
from plumb_platform.database.proving import OpenTransaction
from plumb_platform.documents.key_vault import vault_of
from plumb_platform.documents.timestamp_servers import timestamp_servers_of
from plumb_platform.observability import Metrics, report_error, tell_failure
from plumb_platform.outages import is_away, outage_of
from plumb_platform.permissions import Grants
from plumb_platform.scanning import Scanner
from plumb_platform.settings import COPIES, LINKS, SECOND_FACTORS, Settings
from plumb_platform.storage import Storage
from plumb_schema.ground.answers import INTERNAL, UNAVAILABLE, UNAVAILABLE_CODE, is_outage
from plumb_schema.ground.context import Ground
from plumb_schema.ground.cursors import Cursors
from plumb_schema.ground.engine import Engine
from plumb_server.changes import Changes
from plumb_server.cookies import SessionCookies
from plumb_server.edge import Edge
from plumb_server.graphiql import GraphiQLPage, static_asset
from plumb_server.graphql_view import Authenticate, GraphQLView, usual_raw
from plumb_server.health import Alarm, Alarms, Check, MetricsPage, Readiness, alive
from plumb_server.incoming import locale_of
from plumb_server.rates import rates_of
from plumb_server.streams import Streams

log = logging.getLogger(__name__)
NO_SUCH_PLACE = {
    "zh-CN": "没有这个地址。API 与 GraphiQL 在 /graphql，核验责任书在 /verify。",
    "en": "There is nothing at this address. The API and GraphiQL are at /graphql, letters are checked at /verify.",
}
NO_SUCH_METHOD = {
    "zh-CN": "此地址不接受 {method} 请求，可用：{allowed}。本接口与页面须同源，不应答跨域预检，见 docs/frontend.md。",
    "en": "{method} is not answered here; there are {allowed}. Pages ask from the API's own origin: docs/frontend.md.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What the process opens at its start and closes at its end."""

    engine: Engine
    authenticate: Authenticate
    transaction: OpenTransaction
    grants_of: Callable[[Actor], Awaitable[Grants]]
    storage: Storage
    scanner: Scanner
    checks: Mapping[str, Check] = field(default_factory=dict)
    alarms: Mapping[str, Alarm] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=Metrics)

    def count_unexpected(self, error: BaseException) -> None:
        """Count an outage as one, and count and report any other error that nobody expected."""
        if (outage := outage_of(error)) is not None:
            self.metrics.outages.labels("api", outage.code).inc()
            return
        self.metrics.errors.labels("api").inc()
        report_error(error, place="api")

    def tell_outage(self, error: BaseException, request_id: str) -> None:
        """Log and count what is away or full under a page or a download, in one line."""
        tell_failure(log, "a page or a download could not be answered", error, {"request_id": request_id})
        self.count_unexpected(error)


OpenResources = Callable[[Settings], AbstractAsyncContextManager[Resources]]


def make_app(settings: Settings, open_resources: OpenResources, routes: Sequence[BaseRoute] = ()) -> ASGIApp:
    """Return the application; `routes` (verify page, downloads, console) find the Resources in `request.state`."""
    cookies = SessionCookies(settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, object]]:
        async with open_resources(settings) as resources:
            resources.metrics.serve(settings.metrics_port)
            rates = rates_of(settings)
            view = GraphQLView(
                settings=settings,
                engine=resources.engine,
                ground=ground_of(resources, settings, cookies),
                cookies=cookies,
                authenticate=resources.authenticate,
                observe=resources.metrics.observe_request,
                usual=usual_raw(secure=settings.secure_cookies),
                changes=Changes(lambda tenant_id: read_door().moved(tenant_id)),
                streams=Streams(),
                rates=rates,
            )
            shown = {"resources": resources, "graphql": view, "cookies": cookies, "streams": view.streams, "rates": rates}
            try:
                yield shown
            finally:
                await rates.close()

    own = [
        Route("/", _first_page, methods=["GET"]),
        # A POST never comes here (`_graphql_first`); named, so that who asks by another method is told of it.
        Route("/graphql", GraphiQLPage(cookies).show, methods=["GET", "POST"]),
        Route("/static/graphiql/{name}", static_asset, methods=["GET"]),
        Route("/healthz", alive, methods=["GET"]),
        Route("/health", _health, methods=["GET"]),
        Route("/readyz", _ready, methods=["GET"]),
    ]
    metrics = [] if settings.metrics_port else [Route("/metrics", _metrics, methods=["GET"])]
    pages = Starlette(
        routes=[*own, *metrics, *routes],
        exception_handlers={HTTPException: _http_error, Exception: _crash},
        lifespan=lifespan,
    )
    # Around all of Starlette, so that the answer to what nobody expected has the same headers and its request's id.
    return _graphql_first(Edge(pages, secure=settings.secure_cookies))


def _graphql_first(pages: ASGIApp) -> ASGIApp:
    """Return an application that hands operations straight to their view, and all else to the pages."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_here = scope["type"] == "http" and scope["path"] == "/graphql"
        if is_here and (scope["method"] == "POST" or (scope["method"] == "GET" and b"query=" in scope["query_string"])):
            await scope["state"]["graphql"](scope, receive, send)
        else:
            try:
                await pages(scope, receive, send)
            except Exception as error:
                # Answered and told of by `_crash`; what is no outage goes on to the server's log, with its traceback.
                if not is_away(error):
                    raise

    return app


def ground_of(resources: Resources, settings: Settings, cookies: SessionCookies) -> Ground:
    """Return what every request's context stands on."""
    return Ground(
        transaction=resources.transaction,
        grants_of=resources.grants_of,
        storage=resources.storage,
        scanner=resources.scanner,
        vault=vault_of(settings),
        link_keys=settings.derived_keys(LINKS),
        copy_keys=settings.derived_keys(COPIES),
        timestamps=timestamp_servers_of(settings),
        cursors=Cursors(settings.derived_keys("cursor")),
        session_hours=settings.session_hours,
        factor_keys=settings.derived_keys(SECOND_FACTORS),
        csrf_of=cookies.csrf_of,
        on_unexpected=resources.count_unexpected,
    )


async def _first_page(_: Request) -> Response:
    return RedirectResponse("/graphql")


async def _ready(request: Request) -> Response:
    resources: Resources = request.state.resources
    return await Readiness(resources.checks)(request)


async def _health(request: Request) -> Response:
    resources: Resources = request.state.resources
    return await Alarms(resources.checks, resources.alarms)(request)


async def _metrics(request: Request) -> Response:
    resources: Resources = request.state.resources
    return await MetricsPage(resources.metrics)(request)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: "NOT_FOUND", 405: "METHOD_REFUSED"}.get(status, "REQUEST_INVALID")
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    said = {404: NO_SUCH_PLACE, 405: NO_SUCH_METHOD}.get(status)
    allowed = headers.get("Allow", "")
    message = said[locale_of(request.headers)].format(method=request.method, allowed=allowed) if said else f"HTTP {status}"
    entry = {"message": message, "extensions": {"code": code, "requestId": request.scope["request_id"]}}
    return JSONResponse({"errors": [entry]}, status, headers)


async def _crash(request: Request, error: Exception) -> Response:
    # Starlette re-raises after this answer, so that the server's own log shows the traceback of what is no outage.
    resources: Resources = request.state.resources
    request_id = request.scope["request_id"]
    if is_away(error):
        resources.tell_outage(error, request_id)
    else:
        resources.count_unexpected(error)
    texts, code, status = (UNAVAILABLE, UNAVAILABLE_CODE, 503) if is_outage(error) else (INTERNAL, "INTERNAL", 500)
    message = texts[locale_of(request.headers)].format(request_id=request_id)
    told = {"errors": [{"message": message, "extensions": {"code": code, "requestId": request_id}}]}
    return JSONResponse(told, status, {"retry-after": "2"} if status == 503 else None)
