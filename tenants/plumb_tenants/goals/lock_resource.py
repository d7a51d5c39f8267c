"""What stands behind locks of goals, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import One, Resource, enumerated, instant, integer, reference, register, text
from plumb_tenants.goals.locking import LockCovers

GOAL_LOCK = register(
    Resource(
        type_name="GoalLock",
        doc="目标锁定 / A window in which a cycle's goals, their progress, or both stay as they are.",
        table="goal_lock",
        read=Permission.CYCLE_READ,
        reads=("goal_lock",),
        order=("-starts_at",),
        columns=(
            reference("cycle_id", "Cycle"),
            reference("unit_id", "OrgUnit", doc="部门 / The unit that it holds for, with those below; null for the company."),
            enumerated("covers", LockCovers, core=True),
            text("reason"),
            instant("starts_at", core=True),
            instant("ends_at", doc="结束时间 / Null until it is lifted."),
            instant("lifted_at"),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
        ),
        relations=(
            One(name="cycle", target="Cycle", by="{row}.cycle_id", doc="周期 / Its cycle."),
            One(name="unit", target="OrgUnit", by="{row}.unit_id", doc="部门 / Its unit."),
        ),
    )
)
