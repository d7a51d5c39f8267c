"""GraphQL types of metrics: rows of resources, the library's entries, values with their age, benchmarks."""

from datetime import date, datetime
from decimal import Decimal

import strawberry

import plumb_schema.definitions.types
import plumb_schema.formulas.types
import plumb_schema.people.types  # noqa: F401 - relations and references lead to all three
from plumb_platform.errors import Locale
from plumb_platform.permissions import Permission
from plumb_platform.sheets.lines import FileReport
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import tenant_type
from plumb_schema.ground.sheets import ImportFault, facts_of
from plumb_schema.reads.classes import of
from plumb_tenants.definitions.service import PublishedVersion
from plumb_tenants.formulas.service import Reason
from plumb_tenants.metrics import service
from plumb_tenants.metrics.definition import Aggregation, Direction, Indicator, MetricType
from plumb_tenants.metrics.resources import METRIC_RECORD, OBSERVATION

strawberry.enum(MetricType, name="LibraryMetricType", description="指标类型 / What the numbers are; usage data is never scored.")
strawberry.enum(Direction, name="LibraryDirection", description="方向 / Which way is better.")
strawberry.enum(Indicator, name="LibraryIndicator", description="领先/滞后 / Whether it tells what is coming or has come.")
strawberry.enum(Aggregation, name="LibraryAggregation", description="汇总方式 / How many observations become one value.")


@of(OBSERVATION)
class Observation(Node):
    pass


@of(METRIC_RECORD)
class MetricRecord(Node):
    pass


@tenant_type(needs=Permission.OBSERVATION_WRITE, description="登记结果 / What became of a batch of observations.")
class RecordedObservations:
    recorded: int = strawberry.field(description="新登记 / How many were new.")
    standing: int = strawberry.field(description="生效 / How many of them are what stands now.")
    unchanged: int = strawberry.field(description="未变 / How many were known already.")


@tenant_type(
    needs=Permission.OBSERVATION_WRITE,
    description="导入结果 / What the import did; with errors, or in a dry run, what it would do. Any error writes nothing.",
)
class ObservationImport:
    written: bool
    rows: int
    recorded: int = strawberry.field(description="新登记 / How many were new.")
    corrected: int = strawberry.field(description="更正 / How many correct what stood.")
    unchanged: int = strawberry.field(description="未变 / How many were known already.")
    errors: list[ImportFault]
    warnings: list[ImportFault]
    error_count: int
    warning_count: int


@tenant_type(needs=Permission.METRIC_READ, description="指标 / A factor of the library, in the version in effect today.")
class LibraryMetric:
    key: str
    name: str
    type: MetricType
    unit_of_measure: str
    direction: Direction
    indicator: Indicator
    aggregation: Aggregation
    made_of: list[str] = strawberry.field(description="依赖 / The keys of the metrics that it is made of.")
    version_id: strawberry.ID
    number: int


@tenant_type(needs=Permission.METRIC_READ, description="相关指标 / A metric that depends on another or is part of it.")
class RelatedMetric:
    key: str
    name: str
    distance: int = strawberry.field(description="层级 / 1 for a direct reference, more through others.")


@tenant_type(needs=Permission.OBSERVATION_READ, description="组成 / A value that a formula or a ratio was made of.")
class MetricPart:
    name: str
    value: Decimal | None


@tenant_type(needs=Permission.OBSERVATION_READ, description="指标值 / A value over a period, or why there is none.")
class MetricValue:
    metric: str
    starts_on: date
    ends_on: date
    value: Decimal | None
    reason: Reason | None
    parts: list[MetricPart]
    unit_of_measure: str
    currency: str | None
    as_of: datetime | None = strawberry.field(description="数据时点 / Up to when every source behind it had told what it knew.")
    stale: bool = strawberry.field(description="数据过期 / Whether that is older than the company's limit.")
    definition_version_id: strawberry.ID
    definition_number: int


@tenant_type(needs=Permission.OBSERVATION_READ, description="前后对比 / A metric over two periods, and what moved between them.")
class MetricChange:
    earlier: MetricValue
    later: MetricValue
    difference: Decimal | None
    percent: Decimal | None = strawberry.field(description="变化率（%） / Of the earlier value; null where that is 0 or missing.")
    reason: Reason | None
    better: bool | None = strawberry.field(description="是否改善 / Whether it went the metric's way; null if it did not move.")


@tenant_type(needs=Permission.OBSERVATION_READ, description="部门指标值 / The value of a unit with all below it.")
class UnitMetricValue:
    code: str
    name: str
    value: MetricValue


@tenant_type(needs=Permission.METRIC_READ, description="基准值 / A reference value, and the version that says so.")
class BenchmarkValue:
    value: Decimal
    unit_of_measure: str
    version_id: strawberry.ID
    number: int


def recorded_of(recorded: service.Recorded) -> RecordedObservations:
    """Return the GraphQL object of what became of a batch."""
    return RecordedObservations(recorded=recorded.recorded, standing=recorded.standing, unchanged=recorded.unchanged)


def import_of(report: FileReport, locale: Locale) -> ObservationImport:
    """Return the GraphQL object of an import report, its texts in the caller's language."""
    return ObservationImport(**facts_of(report, locale))


def change_of(found: service.MetricChange) -> MetricChange:
    """Return the GraphQL object of what became of a metric."""
    return MetricChange(
        earlier=value_of(found.earlier),
        later=value_of(found.later),
        difference=found.change.difference,
        percent=found.change.percent,
        reason=found.change.reason,
        better=found.change.better,
    )


def metric_of(version: PublishedVersion) -> LibraryMetric:
    """Return the GraphQL object of a metric of the library."""
    body = version.body
    return LibraryMetric(
        key=version.key,
        name=version.name,
        type=body.type,
        unit_of_measure=body.unit_of_measure,
        direction=body.direction,
        indicator=body.indicator,
        aggregation=body.aggregation,
        made_of=list(body.dependencies),
        version_id=strawberry.ID(encode_id("DefinitionVersion", version.id)),
        number=version.number,
    )


def related_of(related: service.Related) -> RelatedMetric:
    """Return the GraphQL object of a related metric."""
    return RelatedMetric(key=related.key, name=related.name, distance=related.distance)


def value_of(value: service.MetricValue) -> MetricValue:
    """Return the GraphQL object of a value."""
    return MetricValue(
        metric=value.metric_key,
        starts_on=value.starts_on,
        ends_on=value.ends_on,
        value=value.value,
        reason=value.reason,
        parts=[MetricPart(name=name, value=part) for name, part in value.parts.items()],
        unit_of_measure=value.unit_of_measure,
        currency=value.currency,
        as_of=value.as_of,
        stale=value.stale,
        definition_version_id=strawberry.ID(encode_id("DefinitionVersion", value.definition_version_id)),
        definition_number=value.definition_number,
    )


def benchmark_of(found: service.BenchmarkValue) -> BenchmarkValue:
    """Return the GraphQL object of a benchmark."""
    return BenchmarkValue(
        value=found.value,
        unit_of_measure=found.unit_of_measure,
        version_id=strawberry.ID(encode_id("DefinitionVersion", found.version_id)),
        number=found.number,
    )
