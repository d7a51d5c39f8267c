"""Queries of metrics: the library and its graph, observations, values, benchmarks."""

from datetime import date

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.connections import LARGEST_PAGE, window_of
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_optional_id
from plumb_schema.ground.permission import field
from plumb_schema.metrics.inputs import BenchmarkPlaceInput, MetricWindowInput, SubjectInput
from plumb_schema.metrics.types import (
    BenchmarkValue,
    LibraryMetric,
    MetricChange,
    MetricRecord,
    MetricValue,
    Observation,
    RelatedMetric,
    UnitMetricValue,
    benchmark_of,
    change_of,
    metric_of,
    related_of,
    value_of,
)
from plumb_schema.reads.classes import connection
from plumb_tenants.metrics import service
from plumb_tenants.metrics.definition import Indicator


@strawberry.type
class MetricQuery:
    observations = connection(Observation, description="观测列表 / The observations that the caller may read, newest first.")
    metric_records = connection(MetricRecord, description="留存的指标值 / Values that were kept, newest first.")

    @field(
        needs=Permission.METRIC_READ,
        description="影响因子库 / The metrics in effect today, or of one kind, behind `skip`; by key.",
    )
    async def metrics(
        self, info: Info, indicator: Indicator | None = None, *, skip: int = 0, first: int = LARGEST_PAGE
    ) -> list[LibraryMetric]:
        window = window_of(first, skip)
        found = await service.list_metrics(info.context.caller)
        return [metric_of(each) for each in found if indicator in (None, each.body.indicator)][window]

    @field(needs=Permission.METRIC_READ, description="被谁引用 / The metrics that are made of one, behind `skip`; nearest first.")
    async def metric_dependants(self, info: Info, key: str, *, skip: int = 0, first: int = LARGEST_PAGE) -> list[RelatedMetric]:
        window = window_of(first, skip)
        return [related_of(each) for each in (await service.list_dependants(info.context.caller, key))[window]]

    @field(needs=Permission.METRIC_READ, description="由谁组成 / The metrics that one is made of, behind `skip`; nearest first.")
    async def metric_ingredients(self, info: Info, key: str, *, skip: int = 0, first: int = LARGEST_PAGE) -> list[RelatedMetric]:
        window = window_of(first, skip)
        return [related_of(each) for each in (await service.list_ingredients(info.context.caller, key))[window]]

    @field(needs=Permission.OBSERVATION_READ, description="指标值 / The value of a metric for a subject over a period.")
    async def metric_value(self, info: Info, metric: str, subject: SubjectInput, starts_on: date, ends_on: date) -> MetricValue:
        value = await service.read_value(
            info.context.caller, metric_key=metric, subject=subject.opened(), starts_on=starts_on, ends_on=ends_on
        )
        return value_of(value)

    @field(needs=Permission.OBSERVATION_READ, description="前后对比 / What became of a metric from one period to a later one.")
    async def metric_change(
        self, info: Info, metric: str, subject: SubjectInput, earlier: MetricWindowInput, later: MetricWindowInput
    ) -> MetricChange:
        found = await service.read_change(
            info.context.caller,
            metric_key=metric,
            subject=subject.opened(),
            earlier=earlier.opened(),
            later=later.opened(),
        )
        return change_of(found)

    @field(needs=Permission.OBSERVATION_READ, description="各月指标值 / The values of a metric month by month.")
    async def metric_months(self, info: Info, metric: str, subject: SubjectInput, first: date, last: date) -> list[MetricValue]:
        values = await service.read_months(
            info.context.caller, metric_key=metric, subject=subject.opened(), first=first, last=last
        )
        return [value_of(each) for each in values]

    @field(
        needs=Permission.OBSERVATION_READ,
        description="部门汇总 / The value of every unit within reach, with all below it; by code, behind `skip`.",
    )
    async def metric_by_unit(
        self, info: Info, metric: str, starts_on: date, ends_on: date, *, skip: int = 0, first: int = LARGEST_PAGE
    ) -> list[UnitMetricValue]:
        days = {"starts_on": starts_on, "ends_on": ends_on}
        found = await service.roll_up(info.context.caller, metric_key=metric, **days, window=window_of(first, skip))
        return [UnitMetricValue(code=each.code, name=each.name, value=value_of(each.value)) for each in found]

    @field(
        needs=Permission.METRIC_READ,
        description="基准值 / A reference value, of the version given or in effect.",
    )
    async def benchmark_value(
        self, info: Info, key: str, at: BenchmarkPlaceInput, version_id: strawberry.ID | None = None
    ) -> BenchmarkValue | None:
        pinned = decode_optional_id(version_id, "DefinitionVersion", field="versionId")
        found = await service.read_benchmark(info.context.caller, key=key, place=at.opened(), version_id=pinned)
        return benchmark_of(found) if found else None
