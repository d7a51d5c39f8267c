"""Snapshots over plain HTTP: their files and anchors, and the page that shows what changed between two of them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from plumb_platform.actor import Actor
from plumb_platform.errors import DomainError, Locale
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_server.app import Resources
from plumb_server.downloads import answered, attachment, caller_of, status_of
from plumb_server.pages import other_locale, page, page_locale, stylesheet
from plumb_tenants.company.service import get_company
from plumb_tenants.snapshots.comparing import SnapshotDiff, diff_snapshots
from plumb_tenants.snapshots.exporting import download_anchor, download_file
from plumb_tenants.snapshots.reporting import AMOUNTS, grouped
from plumb_tenants.snapshots.service import Snapshot, get_snapshot

PAGE = "snapshots/difference.html"
SHOWN = 200
INNER = frozenset({"version_id", "unit_id", "owner_id", "parent_id", "cycle_id"})
"""Fields that name rows: what people read of these has fields of its own."""
_NAMES = ("value", "baseline", "deviation", "goals", "reported", "red", "undefined")
FIGURES: dict[Locale, dict[str, str]] = {
    "zh-CN": dict(zip(_NAMES, ("数值", "预算", "偏离%", "目标", "已填报", "标红", "无法计算"), strict=True)),
    "en": dict(zip(_NAMES, ("value", "budget", "deviation %", "goals", "reported", "red", "undefined"), strict=True)),
}


def snapshot_routes() -> list[BaseRoute]:
    """Return the routes of snapshots."""
    return [
        Route("/snapshots/{snapshot_id}/file", answered(_download), methods=["GET"]),
        Route("/snapshots/{snapshot_id}/anchor", answered(_download_anchor), methods=["GET"]),
        Route("/snapshots/diff", show_difference, methods=["GET"]),
        Route("/static/snapshots.css", stylesheet("snapshots.css"), methods=["GET"]),
    ]


async def _download(request: Request, actor: Actor, resources: Resources) -> Response:
    """Answer a file of a snapshot that `exportSnapshot` made, with an audit entry."""
    locale, form = page_locale(request), request.query_params.get("format", "JSON").upper()
    snapshot_id = decode_id(request.path_params["snapshot_id"], "Snapshot", field="snapshotId")
    file = await download_file(actor, snapshot_id, form=form, locale=locale, storage=resources.storage)
    return attachment(file.content, file.name, file.media_type, sha256=file.sha256)


async def _download_anchor(request: Request, actor: Actor, resources: Resources) -> Response:
    """Answer the signed anchor of a snapshot, for `plumb verify --anchor`, with an audit entry."""
    snapshot_id = decode_id(request.path_params["snapshot_id"], "Snapshot", field="snapshotId")
    file = await download_anchor(actor, snapshot_id, storage=resources.storage)
    return attachment(file.content, file.name, file.media_type, sha256=file.sha256)


async def show_difference(request: Request) -> Response:
    """Answer the page of what changed from the snapshot `old` to the snapshot `new`."""
    resources: Resources = request.state.resources
    locale, asked = page_locale(request), request.query_params
    try:
        actor = await caller_of(request, resources)
        old_id, new_id = (decode_id(asked.get(name, ""), "Snapshot", field=name) for name in ("old", "new"))
        async with resources.transaction(actor):
            heads = [await get_snapshot(actor, each) for each in (old_id, new_id)]
            found = await diff_snapshots(actor, old_id, new_id, limit=SHOWN)
            zone = ZoneInfo((await get_company(actor)).time_zone)
    except DomainError as error:
        return page(PAGE, {"locale": locale, "problem": error.text(locale), "urls": _urls(locale, {})}, status_of(error))
    ids: dict[str, str] = {"old": encode_id("Snapshot", old_id), "new": encode_id("Snapshot", new_id)}
    return page(PAGE, difference_data(heads, found, locale, zone) | {"problem": None, "urls": _urls(locale, ids)})


def difference_data(heads: list[Snapshot], found: SnapshotDiff, locale: Locale, zone: ZoneInfo) -> dict[str, Any]:
    """Return what the page shows of two snapshots and their difference; times are the company's own."""
    counted = found.added + found.removed + found.changed
    return {
        "locale": locale,
        "heads": [
            {"number": each.number, "taken_at": each.taken_at.astimezone(zone).isoformat(timespec="seconds")} for each in heads
        ],
        "counts": {"CHANGED": found.changed, "ADDED": found.added, "REMOVED": found.removed},
        "changes": [
            {
                "kind": each.kind,
                "title": each.title,
                "fields": [
                    (f.field, *(_said(f.field, value, zone) for value in (f.old, f.new)))
                    for f in each.fields
                    if f.field not in INNER
                ],
            }
            for each in found.changes
        ],
        "hidden": bool(found.hidden),
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


def _urls(locale: Locale, ids: dict[str, str]) -> dict[str, str]:
    other = other_locale(locale)
    styles = {"ground": "/static/verify.css", "style": "/static/snapshots.css"}
    return styles | {"other_locale": f"/snapshots/diff?{urlencode(ids | {'lang': other})}"}


def _said(field: str, value: Any, zone: ZoneInfo) -> str | list[str]:
    """Write a value of a goal for people: figures grouped, a moment in the company's time, one text for each of several."""
    if isinstance(value, list):
        return [grouped(str(each)) for each in value]
    if value is None or value == "":
        return "—"
    write: Callable[[str], str] = grouped if field in AMOUNTS else str
    if field == "confirmed_at":
        return datetime.fromisoformat(value).astimezone(zone).isoformat(" ", timespec="seconds")
    return write(str(value))


def _figures(item: dict[str, Any] | None, locale: Locale) -> str:
    """Write what counts of an item: its value and budget, or how many goals are red."""
    if item is None:
        return "—"
    return " · ".join(
        f"{word} {grouped(str(item[name]))}" for name, word in FIGURES[locale].items() if item.get(name) is not None
    )
