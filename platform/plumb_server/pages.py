"""Pages that the server renders: one strict policy, one way to a template, to a stylesheet and to the reader's language."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from plumb_platform.errors import Locale
from plumb_server.incoming import locale_of

if TYPE_CHECKING:
    from jinja2 import Template

POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def page(name: str, data: dict[str, Any], status: int = 200) -> Response:
    """Return a page made of a template, which sees `data` and nothing else."""
    html = _template(name).render(data=data)
    return HTMLResponse(html, status, headers={"content-security-policy": POLICY})


def stylesheet(name: str) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that answers a stylesheet of the templates' room."""

    async def answer(_: Request) -> Response:
        return Response(_asset(f"static/{name}"), media_type="text/css", headers={"cache-control": "public, max-age=3600"})

    return answer


def page_locale(request: Request) -> Locale:
    """Return the language that the address asks for (`lang`), else that of the browser."""
    asked = request.query_params.get("lang")
    return ("en" if asked == "en" else "zh-CN") if asked else locale_of(request.headers)


def other_locale(locale: Locale) -> Locale:
    """Return the language that a page offers to switch to."""
    return "en" if locale == "zh-CN" else "zh-CN"


@lru_cache(maxsize=8)
def _template(name: str) -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # 3 MB that only pages need

    made = Environment(loader=PackageLoader("plumb_templates", "."), autoescape=True, undefined=StrictUndefined)
    return made.get_template(name)


@lru_cache(maxsize=8)
def _asset(name: str) -> bytes:
    return files("plumb_templates").joinpath(name).read_bytes()
