"""GraphQL inputs of metrics: what a source says, and whom a value is asked of."""

from datetime import date, datetime
from decimal import Decimal

import strawberry

from plumb_schema.ground.sheets import SheetInput
from plumb_tenants.metrics import service

strawberry.enum(service.SubjectKind, description="对象类型 / What observations and values are about.")


@strawberry.input(description="对象 / Whom or what it is about: an employee number, a unit's or a customer's code, or nothing.")
class SubjectInput:
    kind: service.SubjectKind
    code: str = ""

    def opened(self) -> service.Reference:
        """Return the service's reference."""
        return self.kind, self.code


@strawberry.input(description="时段 / A first and a last day, both included.")
class MetricWindowInput:
    starts_on: date
    ends_on: date

    def opened(self) -> tuple[date, date]:
        """Return both days."""
        return self.starts_on, self.ends_on


@strawberry.input(
    description="观测 / One record of a source. A correction is the same record with a higher revision; `deleted` takes it back."
)
class ObservationInput:
    external_id: str
    metric: str
    subject: SubjectInput
    day: date
    value: Decimal | None = None
    revision: int = 1
    happened_at: datetime | None = None
    object_code: str = ""
    deleted: bool = False

    def opened(self) -> service.NewObservation:
        """Return the service's observation."""
        return service.NewObservation(
            external_id=self.external_id,
            metric=self.metric,
            subject_kind=self.subject.kind,
            subject_code=self.subject.code,
            day=self.day,
            value=self.value,
            revision=self.revision,
            happened_at=self.happened_at,
            object_code=self.object_code,
            deleted=self.deleted,
        )


@strawberry.input(
    description="登记观测 / What a source says, all or nothing; `covered` names metrics for which it has nothing new as of then."
)
class RecordObservationsInput:
    source: str
    observations: list[ObservationInput]
    as_of: datetime | None = None
    covered: list[str] = strawberry.field(default_factory=list)


@strawberry.input(
    description="导入观测 / What a source says, from a CSV or XLSX file. A row is known again by its record number, else by "
    "metric, subject, day and object; another value corrects it."
)
class ImportObservationsInput(SheetInput):
    source: str = "file"
    as_of: datetime | None = None


@strawberry.input(description="留存指标值 / Compute a value now and keep it with its definition version.")
class KeepMetricValueInput:
    metric: str
    subject: SubjectInput
    starts_on: date
    ends_on: date


@strawberry.input(description="基准位置 / Where a reference value stands; a period is 2026, 2026-Q1 or 2026-03.")
class BenchmarkPlaceInput:
    product_line: str
    region: str
    period: str

    def opened(self) -> service.BenchmarkPlace:
        """Return the service's place."""
        return service.BenchmarkPlace(self.product_line, self.region, self.period)
