"""What stands behind growth targets, as people see them: the target beside the base that it was made from."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Join, One, Resource, day, decimal, enumerated, instant, integer, register, text
from plumb_tenants.metrics.subjects import SubjectKind

_BASE = Join("b", "join growth_base {b} on {b}.tenant_id = {row}.tenant_id and {b}.id = {row}.base_id")
_TARGET = "(case when scale(trim_scale({row}.target)) <= 2 then round({row}.target, 2) else trim_scale({row}.target) end)"

GROWTH_TARGET = register(
    Resource(
        type_name="GrowthTarget",
        doc="增长目标 / A target that grows by a percentage from one version of a base.",
        table="growth_target",
        read=Permission.OBSERVATION_READ,
        reads=("growth_target", "growth_base"),
        own=("{b}.subject_id",),
        unit="{b}.unit_id",
        joins=(_BASE,),
        order=("-created_at",),
        columns=(
            text("metric", "{b}.metric_key", core=True),
            enumerated("subject_kind", SubjectKind, "{b}.subject_kind", core=True),
            day("starts_on", "{b}.starts_on", core=True, doc="基期起 / The first day of the base's period."),
            day("ends_on", "{b}.ends_on", core=True, doc="基期止 / The last day of the base's period."),
            decimal("base", "trim_scale({b}.value)"),
            integer("base_number", "{b}.number", core=True, doc="基数版本 / Which version of the base it was made from."),
            text("base_reason", "{b}.reason"),
            decimal("percent", "trim_scale({row}.percent)"),
            decimal("target", _TARGET),
            instant("created_at", core=True),
        ),
        relations=(
            One(name="person", target="Person", by="{b}.subject_id", doc="人员 / The person it is about, if it is one."),
            One(name="unit", target="OrgUnit", by="{b}.unit_id", doc="部门 / The unit that it counts in."),
        ),
    )
)
