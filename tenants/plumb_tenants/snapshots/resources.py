"""What stands behind snapshots and the facts from outside, as people see them."""

from enum import StrEnum

from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    Items,
    One,
    Resource,
    boolean,
    decimal,
    enumerated,
    instant,
    integer,
    reference,
    register,
    text,
)
from plumb_tenants.snapshots.blocks import Block, BlockState
from plumb_tenants.snapshots.signals import SignalKind


class SnapshotKind(StrEnum):
    """On demand, the monthly one, or the one that a review reads."""

    ON_DEMAND = "ON_DEMAND"
    MONTHLY = "MONTHLY"
    BEFORE_REVIEW = "BEFORE_REVIEW"


class SnapshotFormat(StrEnum):
    """What a snapshot can be had as; JSON is the very bytes that its hashes are made of."""

    PDF = "PDF"
    XLSX = "XLSX"
    JSON = "JSON"


BLOCKS = Items(
    name="inputs",
    type_name="SnapshotInput",
    type_doc="快照输入 / One of the three inputs of a snapshot, there or MISSING with the reason.",
    columns=(
        enumerated("input", Block, "{item}.key", core=True),
        enumerated("state", BlockState, "({item}.value ->> 'state')", core=True),
        text("reason", "({item}.value ->> 'reason')", core=True, doc="缺失原因 / Why it is missing; empty when it is there."),
    ),
    source="jsonb_each({row}.header::jsonb -> 'blocks')",
    order="{item}.key",
    core=True,
    doc="三类输入 / Actuals, market signals and forecasts.",
)
ANCHORS = Items(
    name="anchors",
    type_name="SnapshotAnchor",
    type_doc="链外锚点 / A signed statement about the snapshot, kept outside of the database.",
    columns=(
        text("sha256", "{item}.sha256", core=True),
        text("serial", "{item}.serial", core=True, doc="签名证书序列号 / The serial number of the certificate that signed."),
        integer("audit_number", "{item}.audit_number::int", core=True, doc="审计链位置 / The audit entry that it binds too."),
        boolean("is_timestamped", "{item}.is_timestamped", core=True),
        instant("at", "{item}.created_at", core=True),
    ),
    source="(select a.* from snapshot_anchor a where a.tenant_id = {row}.tenant_id and a.snapshot_id = {row}.id)",
    order="{item}.id",
    doc="链外锚点 / The anchors of it.",
)
FILES = Items(
    name="files",
    type_name="SnapshotFile",
    type_doc="快照文件 / A file that was made of a snapshot.",
    columns=(
        enumerated("format", SnapshotFormat, "{item}.format", core=True),
        text("locale", "{item}.locale", core=True),
        text("sha256", "{item}.sha256", core=True),
        integer("size", "{item}.size", core=True),
        instant("made_at", "{item}.created_at", core=True),
    ),
    source="(select f.* from snapshot_file f where f.tenant_id = {row}.tenant_id and f.snapshot_id = {row}.id)",
    order="{item}.format, {item}.locale",
    doc="快照文件 / The files that were made of it.",
)

SNAPSHOT = register(
    Resource(
        type_name="Snapshot",
        doc="目标快照 / The goals of the company or a unit as they stood; chained by hash, never changed.",
        table="snapshot",
        read=Permission.SNAPSHOT_READ,
        reads=("snapshot", "snapshot_anchor", "snapshot_file"),
        unit="{row}.unit_id",
        order=("-number",),
        columns=(
            integer("number", core=True),
            enumerated("kind", SnapshotKind, core=True),
            text("period"),
            text("label", doc="考核名称 / Which review it was taken before."),
            reference("unit_id", "OrgUnit"),
            instant("taken_at", core=True),
            integer("goal_count", core=True),
            integer("red_count", "({row}.header::jsonb ->> 'red')::int", doc="标红目标数 / Goals that deviate too far (C69)."),
            text("content_hash", core=True),
            text("previous_hash", core=True),
            text("chain_hash", core=True),
        ),
        relations=(
            One(name="unit", target="OrgUnit", by="{row}.unit_id", doc="单元 / The unit pictured; null for the whole company."),
            BLOCKS,
            ANCHORS,
            FILES,
        ),
    )
)

SIGNAL = register(
    Resource(
        type_name="Signal",
        doc="外部信号 / A fact of one month from outside: a market signal, or a forecast beside its budget.",
        table="signal",
        read=Permission.SIGNAL_READ,
        reads=("signal",),
        order=("-month", "kind", "code"),
        columns=(
            enumerated("kind", SignalKind, core=True),
            text("code", core=True),
            text("name", core=True),
            reference("unit_id", "OrgUnit"),
            text("month", "to_char({row}.month, 'YYYY-MM')", core=True),
            decimal("value"),
            decimal("baseline", doc="预算值 / What a forecast stands against."),
            text("unit_of_measure", core=True),
            text("source", core=True),
            text("note", core=True),
            instant("created_at", core=True),
        ),
        relations=(One(name="unit", target="OrgUnit", by="{row}.unit_id", doc="单元 / The unit that it is about."),),
    )
)
