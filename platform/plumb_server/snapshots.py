"""Snapshots over plain HTTP: their files, and the page that shows what changed between two of them."""

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from plumb_platform.errors import DomainError, Locale, NotFound, Unauthenticated
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_server.app import Resources
from plumb_server.incoming import locale_of
from plumb_server.letters import PAGE_POLICY, caller_of
from plumb_tenants.snapshots.exporting import download_file
from plumb_tenants.snapshots.proof import SnapshotDiff, diff_snapshots
from plumb_tenants.snapshots.service import Snapshot, get_snapshot

if TYPE_CHECKING:
    from jinja2 import Template

SHOWN = 200
_NAMES = ("value", "baseline", "deviation", "goals", "reported", "red", "undefined")
FIGURES: dict[Locale, dict[str, str]] = {
    "zh-CN": dict(zip(_NAMES, ("数值", "预算", "偏离%", "目标", "已填报", "标红", "无法计算"), strict=True)),
    "en": dict(zip(_NAMES, ("value", "budget", "deviation %", "goals", "reported", "red", "undefined"), strict=True)),
}


def snapshot_routes() -> list[BaseRoute]:
    """Return the routes of snapshots."""
    return [
        Route("/snapshots/{snapshot_id}/file", download, methods=["GET"]),
        Route("/snapshots/diff", show_difference, methods=["GET"]),
        Route("/static/snapshots.css", style, methods=["GET"]),
    ]


async def download(request: Request) -> Response:
    """Answer a file of a snapshot that `exportSnapshot` made, as an attachment, with an audit entry."""
    resources: Resources = request.state.resources
    locale, form = _locale(request), request.query_params.get("format", "JSON").upper()
    try:
        actor = await caller_of(request, resources)
        snapshot_id = decode_id(request.path_params["snapshot_id"], "Snapshot", field="snapshotId")
        async with resources.transaction(actor):
            file = await download_file(actor, snapshot_id, form=form, locale=locale, storage=resources.storage)
    except DomainError as error:
        entry = {"message": error.text(locale), "extensions": {"code": error.code}}
        return JSONResponse({"errors": [entry]}, _status(error))
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(file.name)}", "etag": f'"{file.sha256}"'}
    return Response(file.content, headers=headers, media_type=file.media_type)


async def show_difference(request: Request) -> Response:
    """Answer the page of what changed from the snapshot `old` to the snapshot `new`."""
    resources: Resources = request.state.resources
    locale, asked = _locale(request), request.query_params
    try:
        actor = await caller_of(request, resources)
        old_id, new_id = (decode_id(asked.get(name, ""), "Snapshot", field=name) for name in ("old", "new"))
        async with resources.transaction(actor):
            heads = [await get_snapshot(actor, each) for each in (old_id, new_id)]
            found = await diff_snapshots(actor, old_id, new_id, limit=SHOWN)
    except DomainError as error:
        return _page({"locale": locale, "problem": error.text(locale), "urls": _urls(locale, {})}, _status(error))
    ids: dict[str, str] = {"old": encode_id("Snapshot", old_id), "new": encode_id("Snapshot", new_id)}
    return _page(difference_data(heads, found, locale) | {"problem": None, "urls": _urls(locale, ids)}, 200)


def difference_data(heads: list[Snapshot], found: SnapshotDiff, locale: Locale) -> dict[str, Any]:
    """Return what the page shows of two snapshots and their difference."""
    counted = found.added + found.removed + found.changed
    return {
        "locale": locale,
        "heads": [{"number": each.number, "taken_at": each.taken_at.isoformat(timespec="seconds")} for each in heads],
        "counts": {"CHANGED": found.changed, "ADDED": found.added, "REMOVED": found.removed},
        "changes": [
            {"kind": each.kind, "title": each.title, "fields": [(f.field, _said(f.old), _said(f.new)) for f in each.fields]}
            for each in found.changes
        ],
        "left_off": counted - len(found.changes),
        "inputs": [
            {
                "input": each.block.value,
                "states": (each.old_state or "—", each.new_state or "—"),
                "items": [(item.name, _figures(item.old, locale), _figures(item.new, locale)) for item in each.items],
            }
            for each in found.inputs
        ],
    }


async def style(_: Request) -> Response:
    """Answer the page's stylesheet."""
    return Response(_css(), media_type="text/css", headers={"cache-control": "public, max-age=3600"})


def _page(data: dict[str, Any], status: int) -> Response:
    return HTMLResponse(_template().render(data=data), status, headers={"content-security-policy": PAGE_POLICY})


def _urls(locale: Locale, ids: dict[str, str]) -> dict[str, str]:
    other = "en" if locale == "zh-CN" else "zh-CN"
    styles = {"ground": "/static/verify.css", "style": "/static/snapshots.css"}
    return styles | {"other_locale": f"/snapshots/diff?{urlencode(ids | {'lang': other})}"}


def _said(value: Any) -> str:
    if value is None:
        return "—"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _figures(item: dict[str, Any] | None, locale: Locale) -> str:
    """Write what counts of an item: its value and budget, or how many goals are red."""
    if item is None:
        return "—"
    return " · ".join(f"{word} {item[name]}" for name, word in FIGURES[locale].items() if item.get(name) is not None)


def _locale(request: Request) -> Locale:
    asked = request.query_params.get("lang")
    return ("en" if asked == "en" else "zh-CN") if asked else locale_of(request.headers)


def _status(error: DomainError) -> int:
    if isinstance(error, NotFound):
        return 404
    return 401 if isinstance(error, Unauthenticated) else 403


@lru_cache(maxsize=1)
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # 3 MB that only pages need

    made = Environment(loader=PackageLoader("plumb_templates", "snapshots"), autoescape=True, undefined=StrictUndefined)
    return made.get_template("difference.html")


@lru_cache(maxsize=1)
def _css() -> bytes:
    return files("plumb_templates").joinpath("static/snapshots.css").read_bytes()
