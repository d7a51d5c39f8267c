"""What stands behind a handover, as people see it."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import One, Resource, enumerated, instant, integer, register, text
from plumb_tenants.people.states import HandoverState

HANDOVER = register(
    Resource(
        type_name="Handover",
        doc="交接单 / What somebody who left held, and who took it over.",
        table="handover",
        read=Permission.HANDOVER_READ,
        reads=("handover",),
        own=("{row}.successor_id",),
        unit="{row}.unit_id",
        order=("-created_at",),
        columns=(
            enumerated("state", HandoverState, core=True),
            text("reason"),
            integer("goals", "({row}.items ->> 'goals')::int", doc="目标数 / How many open goals."),
            integer("customers", "({row}.items ->> 'customers')::int", doc="客户数 / How many customers."),
            integer("tasks", "({row}.items ->> 'tasks')::int", doc="任务数 / How many open tasks."),
            integer(
                "propagations",
                "coalesce(({row}.items ->> 'propagations')::int, 0)",
                doc="待处理穿透数 / How many goals below revised ones waited for their word.",
            ),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
            instant("created_at", core=True),
            instant("completed_at"),
        ),
        relations=(
            One(name="leaver", target="Person", by="{row}.leaver_id", doc="离职者 / Who left."),
            One(name="successor", target="Person", by="{row}.successor_id", doc="接任者 / Who took over."),
        ),
    )
)
