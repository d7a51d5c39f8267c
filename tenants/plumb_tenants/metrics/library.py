"""The factor library: the metrics that a company has published, and what must hold among them (C30, C62)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.database import take_lock
from plumb_platform.errors import InvalidInput, Refused
from plumb_platform.permissions import Permission, reaches_whole
from plumb_tenants.definitions.kinds import Step
from plumb_tenants.definitions.service import PublishedVersion, company_today, published_versions
from plumb_tenants.formulas.service import Type
from plumb_tenants.metrics.definition import KIND, Metric, MetricType, formula_faults
from plumb_tenants.metrics.graph import cycle_through, dependants, ingredients


class MetricUnknown(InvalidInput):
    """A metric is one that the company has published."""

    code = "METRIC_UNKNOWN"
    zh = "没有已发布的指标“{key}”。"
    en = "There is no published metric {key}."


class MetricCycle(Refused):
    """No metric is made of itself, however far around."""

    code = "METRIC_CYCLE"
    zh = "指标之间形成循环：{cycle}。请去掉其中一个引用。"
    en = "The metrics form a cycle: {cycle}. Take one of these references out."


class MetricInUse(Refused):
    """A metric stays while others are made of it."""

    code = "METRIC_IN_USE"
    zh = "指标“{key}”仍被 {users} 引用，不能归档。"
    en = "The metric {key} is still used by {users} and cannot be archived."


class MetricTypeKept(Refused):
    """What is usage data stays usage data, and what is not never becomes it."""

    code = "METRIC_TYPE_KEPT"
    zh = "指标“{key}”不能在系统使用数据与其他类型之间转换（规则 C62）。"
    en = "The metric {key} cannot turn from usage data into another type, or back (rule C62)."


class MetricKeyReserved(InvalidInput):
    """What the product counts of its own use is usage data, and nothing else has such a key."""

    code = "METRIC_KEY_RESERVED"
    zh = "指标代号“{key}”以 plumb. 开头，仅用于系统使用数据（类型 USAGE，规则 C62），请改用其他代号。"
    en = "The metric key {key} begins with plumb., which is for usage data of type USAGE alone (rule C62); take another."


class UsageNotScored(Refused):
    """Usage data is no part of any score."""

    code = "USAGE_NOT_SCORED"
    zh = "指标“{key}”是系统使用数据，按规则 C62（系统使用不计入考核）不得用于目标、评分或其他指标。"
    en = "The metric {key} is usage data; by rule C62 (usage is not scored) no goal, score or other metric uses it."


@dataclass(frozen=True, slots=True)
class Related:
    """A metric that depends on another, or that it depends on, with its distance from 1."""

    key: str
    name: str
    distance: int


RESERVED = "plumb."
ACTIVE_DAYS = f"{RESERVED}active_days"
"""The metric that the product itself records: on how many days somebody signed in."""


async def library(actor: Actor) -> dict[str, PublishedVersion]:
    """Return every metric in effect today by its key; no permission is asked for."""
    day = await company_today(actor)
    versions = await published_versions(actor, kind=KIND)
    return {each.key: each for each in versions if each.effective_from <= day}


async def get_metric(actor: Actor, key: str, *, field: str = "metric") -> PublishedVersion:
    """Return the version of a metric that is in effect today, or raise MetricUnknown."""
    found = (await library(actor)).get(key)
    if found is None:
        raise MetricUnknown(field=field, key=f"{key:.60}")
    return found


async def get_scored_metric(actor: Actor, key: str, *, field: str = "metric") -> PublishedVersion:
    """Return a metric that goals and scores may use, or raise MetricUnknown or UsageNotScored."""
    found = await get_metric(actor, key, field=field)
    refuse_usage(found, field=field)
    return found


def refuse_usage(metric: PublishedVersion, *, field: str) -> None:
    """Raise UsageNotScored for usage data."""
    if metric.body.type is MetricType.USAGE:
        raise UsageNotScored(field=field, key=metric.key)


async def field_types(actor: Actor, bindings: Mapping[str, str]) -> dict[str, Type]:
    """Return the formula type of each field, given the metric that stands behind it; a USAGE field cannot be computed with."""
    known = await library(actor)
    for name, key in bindings.items():
        if key not in known:
            raise MetricUnknown(field=name, key=f"{key:.60}")
    return {name: known[key].body.type.formula_type for name, key in bindings.items()}


async def list_metrics(actor: Actor) -> list[PublishedVersion]:
    """Return the metrics in effect today in the order of their keys."""
    if not await reaches_whole(actor, Permission.METRIC_READ):
        return []
    return sorted((await library(actor)).values(), key=lambda each: each.key)


async def list_dependants(actor: Actor, key: str) -> list[Related]:
    """Return the metrics that are made of a metric, directly or through others, nearest first."""
    return await _related(actor, key, dependants)


async def list_ingredients(actor: Actor, key: str) -> list[Related]:
    """Return the metrics that a metric is made of, directly or through others, nearest first."""
    return await _related(actor, key, ingredients)


async def _related(actor: Actor, key: str, levels: Any) -> list[Related]:
    known = {each.key: each for each in await list_metrics(actor)}
    if key not in known:
        raise MetricUnknown(field="key", key=f"{key:.60}")
    found = levels({each: version.body.dependencies for each, version in known.items()}, key)
    return [Related(each, known[each].name if each in known else each, distance) for each, distance in found.items()]


async def check_step(actor: Actor, step: Step) -> None:
    """Refuse to publish a metric that closes a cycle or names what is not there, and to archive one that is in use."""
    # One at a time, so that two metrics published at once cannot close a cycle together.
    await take_lock("metric")
    standing = await published_versions(actor, kind=KIND)
    if step.state == "PUBLISHED":
        _check_published(step.key, step.body, standing)
    else:
        _check_archived(step, standing)


def _check_published(key: str, body: Metric, standing: Sequence[PublishedVersion]) -> None:
    if key.lower().startswith(RESERVED) and body.type is not MetricType.USAGE:
        raise MetricKeyReserved(field="key", key=key)
    newest = {each.key: each.body for each in standing}
    if key in newest and (newest[key].type is MetricType.USAGE) is not (body.type is MetricType.USAGE):
        raise MetricTypeKept(field="type", key=key)
    known = newest | {key: body}
    for needed, place in body.dependencies.items():
        if needed not in known:
            raise MetricUnknown(field=place, key=needed)
    for error in formula_faults(body.formula, _types(body, known)) if body.formula else ():
        raise error
    for needed, place in body.dependencies.items():
        if known[needed].type is MetricType.USAGE:
            raise UsageNotScored(field=place, key=needed)
    _refuse_cycle(key, body, standing)


def _types(body: Metric, known: Mapping[str, Metric]) -> dict[str, Type]:
    return {each.name: known[each.metric].type.formula_type for each in body.inputs}


def _refuse_cycle(key: str, body: Metric, standing: Sequence[PublishedVersion]) -> None:
    """Look at every version that may still be in effect together with the new one."""
    graph: dict[str, set[str]] = {key: set(body.dependencies)}
    for version in standing:
        if version.key != key:
            graph.setdefault(version.key, set()).update(version.body.dependencies)
    cycle = cycle_through(graph, key)
    if cycle:
        raise MetricCycle(field=body.dependencies[cycle[1]], cycle=" → ".join(cycle))


def _check_archived(step: Step, standing: Sequence[PublishedVersion]) -> None:
    left = [each for each in standing if each.id != step.version_id]
    users = sorted({each.key for each in left if step.key in each.body.dependencies})
    if users and step.key not in {each.key for each in left}:
        raise MetricInUse(key=step.key, users=", ".join(users))
