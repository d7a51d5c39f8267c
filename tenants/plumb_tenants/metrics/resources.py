"""What stands behind observations and kept values of metrics, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    One,
    Resource,
    boolean,
    day,
    decimal,
    enumerated,
    instant,
    integer,
    reference,
    register,
    text,
)
from plumb_tenants.formulas.service import Reason
from plumb_tenants.metrics.growth_resource import GROWTH_TARGET
from plumb_tenants.metrics.subjects import SubjectKind

__all__ = ["GROWTH_TARGET", "METRIC_RECORD", "OBSERVATION"]

_PERSON = One(name="person", target="Person", by="{row}.subject_id", doc="人员 / The person it is about, if it is one.")
_UNIT = One(name="unit", target="OrgUnit", by="{row}.unit_id", doc="部门 / The unit that it counts in.")

OBSERVATION = register(
    Resource(
        type_name="Observation",
        doc="观测 / A record of a source, as its highest revision says.",
        table="observation",
        read=Permission.OBSERVATION_READ,
        reads=("observation",),
        own=("{row}.subject_id",),
        unit="{row}.unit_id",
        order=("-day",),
        columns=(
            text("metric", "{row}.metric_key", core=True, doc="指标代号 / The metric's key."),
            enumerated("subject_kind", SubjectKind, core=True),
            day("day", core=True),
            instant("happened_at"),
            decimal("value", "trim_scale({row}.value)"),
            text("object_code", doc="对象代号 / What it is about beside its subject, such as a customer."),
            text("source"),
            text("external_id", doc="来源记录号 / The source's own id of the record."),
            integer("revision", core=True, doc="修订号 / Which revision of the record stands."),
            boolean("deleted", core=True, doc="已删除 / Whether the source took it back; then it counts nowhere."),
            reference("definition_version_id", "DefinitionVersion"),
            instant("created_at"),
        ),
        relations=(_PERSON, _UNIT),
    )
)

METRIC_RECORD = register(
    Resource(
        type_name="MetricRecord",
        doc="留存的指标值 / A value as it was computed at one time, under one version of its metric.",
        table="metric_record",
        read=Permission.OBSERVATION_READ,
        reads=("metric_record",),
        own=("{row}.subject_id",),
        unit="{row}.unit_id",
        order=("-created_at",),
        columns=(
            text("metric", "{row}.metric_key", core=True, doc="指标代号 / The metric's key."),
            enumerated("subject_kind", SubjectKind, core=True),
            day("starts_on", core=True),
            day("ends_on", core=True),
            integer("number", core=True, doc="序号 / Counts the values kept for one subject and period."),
            decimal("value", "trim_scale({row}.value)"),
            enumerated("reason", Reason),
            instant("as_of", doc="数据时点 / Up to when the sources behind it had told what they knew."),
            reference("definition_version_id", "DefinitionVersion"),
            instant("created_at", core=True),
        ),
        relations=(_PERSON, _UNIT),
    )
)
