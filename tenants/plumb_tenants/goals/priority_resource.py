"""What stands behind the company's priorities, as everybody sees them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import One, Resource, integer, reference, register, text

PRIORITY = register(
    Resource(
        type_name="Priority",
        doc="公司优先目标 / One of the three goals that come first, shown to everybody in the company.",
        table="company_priority",
        read=Permission.PRIORITY_READ,
        reads=("company_priority",),
        order=("place",),
        columns=(
            integer("place", core=True, doc="次序 / 1 comes first."),
            text("title", core=True, doc="标题 / The title of the goal."),
            reference("goal_id", "Goal"),
        ),
        relations=(One(name="goal", target="Goal", by="{row}.goal_id", doc="目标 / The goal, for those who may read it."),),
    )
)
