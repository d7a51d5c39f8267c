"""Telling those who follow metrics that there is something new: by a job, at once, and one for many changes (A44)."""

from collections.abc import Collection, Mapping
from typing import Any

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch_value
from plumb_platform.queue.service import enqueue
from plumb_tenants.metrics.definition import MetricType
from plumb_tenants.metrics.graph import dependants
from plumb_tenants.metrics.library import library

FOLLOW_TOPIC = "metrics.follow"

# One that has not begun will see all that is committed now; one that has may have looked before.
_YOUNGER = """
select exists (
  select from outbox where topic = $1 and done_at is null and failed_at is null and started_at is null
    and payload ->> 'at' > $2 and payload -> 'metrics' @> $3::jsonb
)
"""
_SHARED = """
select id from outbox where topic = $1 and done_at is null and failed_at is null and sent_at is null and started_at is null
  and payload -> 'metrics' @> $2::jsonb limit 1 for share skip locked
"""


async def announce(actor: Actor, keys: Collection[str]) -> None:
    """Leave a job for those who follow metrics, or anything that is made of them, unless one waits that will see the change.

    What was observed of a metric changed, or how it is defined; one that is archived is followed a last time. A waiting job is
    held until this transaction ends, so that it cannot look before.
    """
    known = {key: version.body for key, version in (await library(actor)).items()}
    graph = {key: body.dependencies for key, body in known.items()}
    followed = [key for key in keys if key not in known or known[key].type is not MetricType.USAGE]
    changed = sorted({*followed, *(user for key in followed for user in dependants(graph, key))})
    if changed and not await fetch_value(_SHARED, FOLLOW_TOPIC, _as_json(changed)):
        await enqueue(actor, FOLLOW_TOPIC, {"metrics": changed, "at": now().isoformat()})


async def announce_rates(actor: Actor) -> None:
    """Leave a job for those who convert money: there are other rates."""
    await enqueue(actor, FOLLOW_TOPIC, {"metrics": None, "at": now().isoformat()})


async def has_younger(payload: Mapping[str, Any]) -> bool:
    """Return whether another job that has not begun will do all that one was left for."""
    if payload["metrics"] is None:
        return False
    return bool(await fetch_value(_YOUNGER, FOLLOW_TOPIC, payload["at"], _as_json(payload["metrics"])))


def _as_json(keys: Collection[str]) -> str:
    return orjson.dumps(list(keys)).decode()
