"""What stands behind holds and runs of retention, as people see them."""

from enum import StrEnum

from plumb_platform.permissions import Permission
from plumb_platform.resources import Resource, enumerated, instant, integer, reference, register, text
from plumb_platform.words import Word
from plumb_tenants.retention.rules import HoldScope


class RunKind(StrEnum):
    """What started a run: the rules, or a request for the data of one person."""

    DUE = "DUE"
    ERASURE = "ERASURE"


class ReportFormat(StrEnum):
    """What a report can be had as; JSON is what is signed, a PDF is made of it in a language and sealed."""

    JSON = "JSON"
    PDF = "PDF"


class RunState(Word):
    """Where a run stands; a confirmed one is at work until its report is signed."""

    REQUESTED = "REQUESTED", "待确认"
    CONFIRMED = "CONFIRMED", "执行中"
    DONE = "DONE", "已完成"
    CANCELLED = "CANCELLED", "已取消"


HOLD = register(
    Resource(
        type_name="RetentionHold",
        doc="保全 / A legal hold: what it reaches is not destroyed until it is lifted.",
        table="retention_hold",
        read=Permission.RETENTION_READ,
        reads=("retention_hold",),
        order=("-id",),
        columns=(
            enumerated("scope", HoldScope, core=True),
            reference("person_id", "Person", "case when {row}.scope = 'PERSON' then {row}.object_id end"),
            reference("letter_id", "Letter", "case when {row}.scope = 'LETTER' then {row}.object_id end"),
            reference("cycle_id", "Cycle", "case when {row}.scope = 'CYCLE' then {row}.object_id end"),
            text("reason", doc="原因 / Why it was placed."),
            instant("created_at", core=True),
            instant("lifted_at", doc="解除时间 / When it was lifted; null while it stands."),
            text("lifted_reason", doc="解除原因 / Why it was lifted."),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
        ),
    )
)
RUN = register(
    Resource(
        type_name="RetentionRun",
        doc="销毁批次 / One act of destroying, by the rules or on a person's request, with its signed report.",
        table="retention_run",
        read=Permission.RETENTION_READ,
        reads=("retention_run",),
        order=("-id",),
        columns=(
            enumerated("kind", RunKind, core=True),
            enumerated("state", RunState, core=True),
            reference("person_id", "Person"),
            text("reason"),
            instant("created_at", core=True),
            instant("confirmed_at"),
            instant("finished_at"),
            text("report_sha256", doc="报告摘要 / The SHA-256 of the signed report; null until it is made."),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
        ),
    )
)
