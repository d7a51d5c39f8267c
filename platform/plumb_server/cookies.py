"""The session cookie, the CSRF word that belongs to it, and the check of where a request comes from."""

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from plumb_platform.settings import Settings
from plumb_schema.ground.context import SessionChange
from plumb_server.problems import CrossSiteRefused

CSRF_HEADER = "x-plumb-csrf"


class SessionCookies:
    """Reads, sets and proves the session cookie under one installation's settings."""

    def __init__(self, settings: Settings) -> None:
        self._secure = settings.secure_cookies
        self._key = settings.derived_key("csrf")
        self._origin = origin_of(settings.public_url)
        self.name = "__Host-plumb_session" if self._secure else "plumb_session"

    def credential(self, request: Request) -> str:
        """Return the session credential that the browser sent; empty when there is none."""
        return request.cookies.get(self.name, "")

    def csrf_of(self, credential: str) -> str:
        """Return the CSRF word of a session: an HMAC, so that nothing need be stored."""
        return hmac.new(self._key, credential.encode(), hashlib.sha256).hexdigest()

    def is_proven(self, request: Request, credential: str) -> bool:
        """Return whether the request carries the CSRF word of its session."""
        given = request.headers.get(CSRF_HEADER, "").encode("latin-1", "replace")
        return hmac.compare_digest(given, self.csrf_of(credential).encode())

    def refuse_cross_site(self, request: Request) -> None:
        """Raise CrossSiteRefused when the browser says that the request comes from elsewhere."""
        site = request.headers.get("sec-fetch-site")
        if site is not None and site not in ("same-origin", "none"):
            raise CrossSiteRefused
        origin = request.headers.get("origin")
        own = (self._origin, f"{request.url.scheme}://{request.headers.get('host', '')}")
        if origin is not None and origin not in own:
            raise CrossSiteRefused

    def apply(self, response: Response, change: SessionChange | None) -> None:
        """Set or clear the cookie as the operation asked."""
        if change is None:
            return
        response.set_cookie(
            self.name,
            change.credential,
            max_age=change.seconds,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL as browsers write an Origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
