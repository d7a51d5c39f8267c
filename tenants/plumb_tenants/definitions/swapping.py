"""Swapping the metrics that a body names, so that a clone serves another function with the same structure (C21)."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.kinds import Body, MetricName


class MetricNotInBody(InvalidInput):
    """Only a metric that the source names can be swapped for another."""

    code = "METRIC_NOT_IN_BODY"
    zh = "该配置没有使用指标“{metric}”，使用的指标：{known}。"
    en = "The definition does not name the metric {metric}; it names: {known}."


def metrics_named(body: Body) -> set[str]:
    """Return the metrics that a body names, wherever a field is marked as a metric's name."""
    found: set[str] = set()
    _swapped(body, {}, found)
    return found


def swap_metrics(body: Body, metrics: Mapping[str, str]) -> dict[str, Any]:
    """Return the body's plain values with metrics swapped all at once; raise MetricNotInBody for one that it does not name."""
    found: set[str] = set()
    swapped = _swapped(body, metrics, found)
    for metric in metrics:
        if metric not in found:
            raise MetricNotInBody(field="metrics", metric=metric[:80], known=", ".join(sorted(found)) or "-")
    return swapped


def _swapped(model: BaseModel, metrics: Mapping[str, str], found: set[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        if any(isinstance(mark, MetricName) for mark in info.metadata):
            named = [value] if isinstance(value, str) else list(value)
            found |= {metric for metric in named if metric}
            now = [metrics.get(metric, metric) for metric in named]
            values[name] = now[0] if isinstance(value, str) else now
        elif isinstance(value, BaseModel):
            values[name] = _swapped(value, metrics, found)
        elif isinstance(value, tuple | list):
            values[name] = [_swapped(item, metrics, found) if isinstance(item, BaseModel) else item for item in value]
        else:
            values[name] = value
    return values
