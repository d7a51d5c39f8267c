"""Mutations of metrics: record what a source says, keep a value."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.mutations import mutation
from plumb_schema.ground.sheets import file_of
from plumb_schema.metrics.inputs import ImportObservationsInput, KeepMetricValueInput, RecordObservationsInput
from plumb_schema.metrics.types import MetricRecord, ObservationImport, RecordedObservations, import_of, recorded_of
from plumb_schema.reads.completion import row_of
from plumb_tenants.metrics import service


@strawberry.type
class MetricMutation:
    @mutation(needs=Permission.OBSERVATION_WRITE, description="登记观测 / Record what a source says, each revision once.")
    async def record_observations(self, info: Info, input: RecordObservationsInput) -> RecordedObservations:
        recorded = await service.record_observations(
            info.context.caller,
            source=input.source,
            observations=[each.opened() for each in input.observations],
            as_of=input.as_of,
            covered=input.covered,
        )
        return recorded_of(recorded)

    @mutation(
        needs=Permission.OBSERVATION_WRITE,
        description="导入观测 / Record what a file says; any error writes nothing, a dry run writes nothing.",
    )
    async def import_observations(self, info: Info, input: ImportObservationsInput) -> ObservationImport:
        with file_of(input) as content:
            report = await service.import_observations(
                info.context.caller,
                content=content,
                source=input.source,
                dry_run=input.dry_run,
                sheet=input.sheet,
                as_of=input.as_of,
            )
        return import_of(report, info.context.locale)

    @mutation(needs=Permission.OBSERVATION_WRITE, description="留存指标值 / Compute a value now and keep it for ever.")
    async def keep_metric_value(self, info: Info, input: KeepMetricValueInput) -> MetricRecord:
        kept = await service.keep_value(
            info.context.caller,
            metric_key=input.metric,
            subject=input.subject.opened(),
            starts_on=input.starts_on,
            ends_on=input.ends_on,
        )
        return row_of(MetricRecord, kept)
