"""Metrics of a company: the factor library of case study 001, and what a CRM says of visits and follow-ups."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import tenant_transaction
from plumb_tenants.definitions.service import create_definition, new_draft, publish_version, update_draft
from plumb_tenants.metrics.service import (
    NewObservation,
    Recorded,
    SubjectKind,
    keep_value,
    record_base,
    record_observations,
    set_growth_target,
)

VISIT: dict[str, Any] = {"type": "COUNT", "unit_of_measure": "次", "indicator": "LEADING", "places": 0}
LIBRARY: Mapping[str, dict[str, Any]] = {
    "visit": VISIT,
    "follow_up": VISIT,
    "effective_visit": VISIT | {"event": {"of": "visit", "followed_by": "follow_up"}},
    "order_count": VISIT | {"indicator": "LAGGING"},
    "conversion": {
        "type": "PERCENT",
        "unit_of_measure": "%",
        "indicator": "LEADING",
        "aggregation": "RATIO_OF_SUMS",
        "ratio": {"numerator": "order_count", "denominator": "effective_visit"},
    },
    "revenue": {"type": "MONEY", "unit_of_measure": "元", "currency": "CNY", "indicator": "LAGGING"},
    "price_band": {"type": "MONEY", "unit_of_measure": "元", "currency": "CNY", "indicator": "LAGGING", "aggregation": "AVERAGE"},
    "payment_cycle": {
        "type": "NUMBER",
        "unit_of_measure": "天",
        "indicator": "LAGGING",
        "direction": "LOWER",
        "aggregation": "LAST",
        "across": "AVERAGE",
    },
    "hospital": VISIT | {"aggregation": "DISTINCT_COUNT"},
    "activity": {
        "type": "NUMBER",
        "unit_of_measure": "分",
        "indicator": "LEADING",
        "formula": "有效拜访 * 2 + 医院数",
        "inputs": [{"name": "有效拜访", "metric": "effective_visit"}, {"name": "医院数", "metric": "hospital"}],
    },
    "logins": {"type": "USAGE", "unit_of_measure": "次", "indicator": "LEADING"},
}
"""The factors that the case study names, each by its body; what is made of others stands behind them."""


async def publish_body(actor: Actor, kind: str, key: str, body: Mapping[str, Any], *, name: str = "") -> UUID:
    """Publish the first version of a definition and return its id."""
    async with tenant_transaction(actor):
        draft = await create_definition(actor, kind=kind, key=key, name=name or key, body=body)
        return (await publish_version(actor, draft.id, version=draft.version)).id


async def republish(actor: Actor, version: UUID, definition_id: UUID, body: Mapping[str, Any]) -> UUID:
    """Publish another version of a definition and return its id; `version` is not touched."""
    async with tenant_transaction(actor):
        draft = await new_draft(actor, definition_id)
        changed = await update_draft(actor, draft.id, body=body, version=draft.version)
        published = await publish_version(actor, changed.id, version=changed.version)
    assert published.id != version
    return published.id


async def publish_library(actor: Actor, *keys: str) -> dict[str, UUID]:
    """Publish the metrics of the library, or those named, and return the id of each version."""
    wanted = keys or tuple(LIBRARY)
    return {key: await publish_body(actor, "metric", key, LIBRARY[key]) for key in LIBRARY if key in wanted}


def observed(external_id: str, metric: str, number: str, day: date, value: str | None = None, **more: Any) -> NewObservation:
    """Return what a source says of a person."""
    return NewObservation(
        external_id=external_id,
        metric=metric,
        subject_kind=more.pop("subject_kind", SubjectKind.PERSON),
        subject_code=number,
        day=day,
        value=None if value is None else Decimal(value),
        **more,
    )


async def say(actor: Actor, *observations: NewObservation, source: str = "crm", **options: Any) -> Recorded:
    """Record observations in a transaction of their own."""
    async with tenant_transaction(actor):
        return await record_observations(actor, source=source, observations=observations, **options)


async def fill_metrics(hr: Actor, number: str) -> None:
    """Leave a metric, a benchmark, an observation of a person and a kept value."""
    await publish_library(hr, "revenue")
    row = {"product_line": "IVD", "region": "广东", "period": "2026", "value": "120000.00"}
    await publish_body(hr, "benchmark", "new_line", {"unit_of_measure": "元", "rows": [row]})
    await say(hr, observed("C-1", "revenue", number, date(2026, 3, 2), "100000.00", object_code="市一医院"))
    async with tenant_transaction(hr):
        who = (SubjectKind.PERSON, number)
        await keep_value(hr, metric_key="revenue", subject=who, starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31))
        year = {"starts_on": date(2025, 1, 1), "ends_on": date(2025, 12, 31)}
        await record_base(hr, metric_key="revenue", subject=who, reason="审计报告", value=Decimal("100000.00"), **year)
        await set_growth_target(hr, metric_key="revenue", subject=who, percent=Decimal(15), **year)
