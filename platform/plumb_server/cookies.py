"""The session cookie, the CSRF word that belongs to it, and the check of where a request comes from."""

import hmac
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlsplit

from starlette.responses import Response

from plumb_platform.settings import Settings
from plumb_schema.ground.context import SessionChange
from plumb_server.problems import CrossSiteRefused

CSRF_HEADER = "x-plumb-csrf"


class Arrived(Protocol):
    """A request as far as cookies are concerned."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers by their names in small letters."""
        ...

    @property
    def scope(self) -> MutableMapping[str, Any]:
        """Return the ASGI scope."""
        ...


class SessionCookies:
    """Reads, sets and proves the session cookie under one installation's settings."""

    def __init__(self, settings: Settings) -> None:
        self._secure = settings.secure_cookies
        self._keys = settings.derived_keys("csrf")
        self._origin = origin_of(settings.public_url)
        self.name = "__Host-plumb_session" if self._secure else "plumb_session"

    def credential(self, asked: Arrived) -> str:
        """Return the session credential that the browser sent; empty when there is none."""
        found = ""
        for part in asked.headers.get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == self.name:
                found = value.strip('"')
        return found

    def csrf_of(self, credential: str) -> str:
        """Return the CSRF word of a session: an HMAC, so that nothing need be stored."""
        return _csrf(self._keys[0], credential)

    def is_proven(self, asked: Arrived, credential: str) -> bool:
        """Return whether the request carries the CSRF word of its session."""
        given = asked.headers.get(CSRF_HEADER, "").encode("latin-1", "replace")
        return any(hmac.compare_digest(given, _csrf(key, credential).encode()) for key in self._keys)

    def refuse_cross_site(self, asked: Arrived) -> None:
        """Raise CrossSiteRefused when the browser says that the request comes from elsewhere."""
        site = asked.headers.get("sec-fetch-site")
        if site is not None and site not in ("same-origin", "none"):
            raise CrossSiteRefused
        origin = asked.headers.get("origin")
        if origin is not None and origin not in (self._origin, f"{asked.scope['scheme']}://{asked.headers.get('host', '')}"):
            raise CrossSiteRefused

    def header(self, change: SessionChange) -> str:
        """Return the Set-Cookie header that sets or clears the cookie as the operation asked."""
        response = Response()
        response.set_cookie(
            self.name,
            change.credential,
            max_age=change.seconds,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
        return response.headers["set-cookie"]


@lru_cache(maxsize=20_000)
def _csrf(key: bytes, credential: str) -> str:
    return hmac.digest(key, credential.encode(), "sha256").hex()


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL as browsers write an Origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
