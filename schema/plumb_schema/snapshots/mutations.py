"""Mutations of snapshots: take one, and record the facts from outside that they picture."""

from decimal import Decimal

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, decode_optional_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.ground.permission import tenant_type
from plumb_schema.jobs.types import Job
from plumb_schema.reads.completion import row_of
from plumb_schema.snapshots.types import Snapshot
from plumb_tenants.snapshots import service
from plumb_tenants.snapshots.exporting import request_export
from plumb_tenants.snapshots.resources import SnapshotFormat
from plumb_tenants.snapshots.signals import SignalKind

strawberry.enum(SignalKind, description="信号类型 / A signal of the market, or a forecast beside its budget.")


@strawberry.input(
    description="生成快照 / Picture the company, or a unit and all below it; with a label, for the review that it names."
)
class TakeSnapshotInput:
    unit_id: strawberry.ID | None = None
    before_review: str | None = None


@strawberry.input(description="外部信号 / One fact of one month (2026-11) as a source reports it.")
class SignalInput:
    kind: SignalKind
    code: str
    name: str
    month: str
    value: Decimal
    source: str
    unit_of_measure: str = ""
    baseline: Decimal | None = None
    unit_id: strawberry.ID | None = None
    note: str = ""


@strawberry.input(description="导入外部信号 / Record facts, all or none.")
class RecordSignalsInput:
    signals: list[SignalInput]


@tenant_type(needs=Permission.SIGNAL_WRITE, description="导入结果 / How many facts were given, and how many were new.")
class RecordedSignals:
    given: int
    recorded: int


@strawberry.input(description="导出快照 / Have a file of a snapshot made; it is fetched from /snapshots/<id>/file?format=...")
class ExportSnapshotInput:
    id: strawberry.ID
    format: SnapshotFormat


@strawberry.type
class SnapshotMutation:
    @mutation(needs=Permission.SNAPSHOT_TAKE, description="生成快照 / Picture all goals as they stand now.")
    async def take_snapshot(self, info: Info, input: TakeSnapshotInput | None = None) -> Snapshot:
        label = input.before_review if input else None
        unit = input.unit_id if input else None
        taken = await service.take_snapshot(
            info.context.caller,
            kind="ON_DEMAND" if label is None else "BEFORE_REVIEW",
            label=label,
            unit_id=decode_optional_id(unit, "OrgUnit", field="unitId"),
        )
        return row_of(Snapshot, taken.id)

    @mutation(
        needs=Permission.SNAPSHOT_READ, description="导出快照 / Have a snapshot made into a file, in the caller's language."
    )
    async def export_snapshot(self, info: Info, input: ExportSnapshotInput) -> Job:
        job_id = await request_export(
            info.context.caller, decode_id(input.id, "Snapshot"), form=input.format, locale=info.context.locale
        )
        return row_of(Job, job_id)

    @mutation(needs=Permission.SIGNAL_WRITE, description="导入外部信号 / Record market signals and forecasts.")
    async def record_signals(self, info: Info, input: RecordSignalsInput) -> RecordedSignals:
        signals = [_signal(place, given) for place, given in enumerate(input.signals)]
        recorded = await service.record_signals(info.context.caller, signals)
        return RecordedSignals(given=len(signals), recorded=recorded)


def _signal(place: int, given: SignalInput) -> service.NewSignal:
    unit = given.unit_id
    return service.NewSignal(
        kind=given.kind,
        code=given.code,
        name=given.name,
        month=given.month,
        value=given.value,
        source=given.source,
        unit_of_measure=given.unit_of_measure,
        baseline=given.baseline,
        unit_id=None if unit is None else decode_id(unit, "OrgUnit", field=f"signals[{place}].unitId"),
        note=given.note,
    )
