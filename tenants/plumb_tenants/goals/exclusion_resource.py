"""What stands behind exclusions, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Join, One, Resource, day, decimal, enumerated, instant, integer, reference, register, text
from plumb_tenants.goals.exclusions import ExclusionState

EXCLUSION = register(
    Resource(
        type_name="GoalExclusion",
        doc="目标剔除 / A part of a month's target that an outside delay took away or put off.",
        table="goal_exclusion",
        read=Permission.CHECK_IN_READ,
        reads=("goal_exclusion", "goal"),
        own=("{g}.owner_id",),
        unit="{g}.unit_id",
        joins=(Join("g", "join goal {g} on {g}.tenant_id = {row}.tenant_id and {g}.id = {row}.goal_id"),),
        order=("-id",),
        columns=(
            reference("goal_id", "Goal"),
            day("month", core=True, doc="月份 / The first day of the month that it is taken out of."),
            decimal("amount"),
            day("moved_to", doc="顺延至 / The month that it is put off to; null when it is gone."),
            text("reason"),
            enumerated("state", ExclusionState, core=True),
            text("note", doc="审批意见 / What was said when it was decided."),
            instant("decided_at"),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
        ),
        relations=(One(name="goal", target="Goal", by="{row}.goal_id", doc="目标 / The goal that it is about."),),
    )
)
