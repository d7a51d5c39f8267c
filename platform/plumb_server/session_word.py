"""GET /session: the CSRF word of the browser's session, for a page that no longer has it (a new tab, a cleared store)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from plumb_platform.actor import Actor
from plumb_platform.errors import Unauthenticated
from plumb_server.app import Resources
from plumb_server.cookies import SessionCookies
from plumb_server.downloads import answered


def session_routes() -> list[BaseRoute]:
    """Return the route of the session."""
    return [Route("/session", answered(_word), methods=["GET"])]


async def _word(request: Request, _: Actor, __: Resources) -> Response:
    """Answer the word to a page of the same origin; without a session that holds it is 401, and for tokens there is none."""
    cookies: SessionCookies = request.state.cookies
    cookies.refuse_cross_site(request)
    credential = cookies.credential(request)
    if not credential or "authorization" in request.headers:
        raise Unauthenticated
    return JSONResponse({"csrfToken": cookies.csrf_of(credential)})
