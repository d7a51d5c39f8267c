"""GET /graphql: the GraphiQL page, made of our own copies alone, knowing the browser's CSRF word."""

import gzip
from functools import cache
from html import escape
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from plumb_schema.ground.answers import refusal
from plumb_server.cookies import SessionCookies
from plumb_server.incoming import locale_of
from plumb_server.problems import QueryNotGiven

ASSETS = Path(__file__).parent / "static" / "graphiql"
MEDIA_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
NAMES = frozenset(path.name.removesuffix(".gz") for path in ASSETS.iterdir() if path.suffix in (".js", ".css", ".gz"))
# CodeMirror sets style attributes, and its style sheet carries its fonts as data.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src data:; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="plumb-csrf" content="{csrf}">
<title>准绳 GraphiQL</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/graphiql/graphiql.min.css">
<link rel="stylesheet" href="/static/graphiql/plugin-explorer.css">
<link rel="stylesheet" href="/static/graphiql/boot.css">
</head>
<body>
<div id="graphiql">正在加载… Loading…</div>
<script src="/static/graphiql/react.min.js"></script>
<script src="/static/graphiql/react-dom.min.js"></script>
<script src="/static/graphiql/graphiql.min.js"></script>
<script src="/static/graphiql/plugin-explorer.js"></script>
<script src="/static/graphiql/boot.js"></script>
</body>
</html>
"""


class GraphiQLPage:
    """Answers the page to a browser."""

    def __init__(self, cookies: SessionCookies) -> None:
        self._cookies = cookies

    async def show(self, request: Request) -> Response:
        """Return the page; the CSRF word in it is of use to this browser's session alone."""
        if "text/html" not in request.headers.get("accept", ""):
            answer = refusal(
                QueryNotGiven(field="query"), locale_of(request.headers), 400, request_id=request.scope["request_id"]
            )
            return JSONResponse(answer.body, 400)
        credential = self._cookies.credential(request)
        csrf = self._cookies.csrf_of(credential) if credential else ""
        return HTMLResponse(PAGE.format(csrf=escape(csrf)), headers={"content-security-policy": POLICY})


async def static_asset(request: Request) -> Response:
    """Return one of the page's own files, compressed where the client takes it."""
    name = request.path_params["name"]
    if name not in NAMES:
        raise HTTPException(404)
    packed = "gzip" in request.headers.get("accept-encoding", "")
    headers = {"cache-control": "public, max-age=86400", "vary": "Accept-Encoding"}
    if packed:
        headers["content-encoding"] = "gzip"
    body = _packed(name) if packed else gzip.decompress(_packed(name))
    return Response(body, headers=headers | {"content-type": MEDIA_TYPES[Path(name).suffix]})


@cache
def _packed(name: str) -> bytes:
    packed = ASSETS / f"{name}.gz"
    return packed.read_bytes() if packed.exists() else gzip.compress((ASSETS / name).read_bytes(), 6)
