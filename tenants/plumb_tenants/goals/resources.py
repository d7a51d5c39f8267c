"""What stands behind cycles and goals, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    Items,
    Join,
    Many,
    One,
    Resource,
    day,
    decimal,
    enumerated,
    instant,
    integer,
    reference,
    register,
    text,
)
from plumb_tenants.goals.rules import GoalState

CYCLE = register(
    Resource(
        type_name="Cycle",
        doc="周期 / The period that goals are set for; both days belong to it.",
        table="cycle",
        read=Permission.CYCLE_READ,
        reads=("cycle",),
        columns=(text("code", core=True), text("name", core=True), day("starts_on", core=True), day("ends_on", core=True)),
    )
)

GOAL = register(
    Resource(
        type_name="Goal",
        doc="目标 / What a person or a unit answers for in a cycle.",
        table="goal",
        read=Permission.GOAL_READ,
        reads=("goal", "goal_version", "cycle"),
        own=("{row}.owner_id",),
        unit="{row}.unit_id",
        joins=(
            Join(
                "v",
                "join goal_version {v} on {v}.tenant_id = {row}.tenant_id and {v}.goal_id = {row}.id "
                "and {v}.number = {row}.current_number",
            ),
        ),
        columns=(
            reference("cycle_id", "Cycle"),
            reference("unit_id", "OrgUnit"),
            reference("owner_id", "Person"),
            reference("parent_id", "Goal"),
            text("title"),
            text("metric"),
            text("unit_of_measure"),
            enumerated("state", GoalState, core=True),
            integer("version", core=True, doc="乐观锁版本 / What a change must name; it counts changes."),
            integer("number", "{row}.current_number", core=True, doc="目标版本号 / Counts the versions of the numbers."),
            decimal("target", "{v}.target"),
            decimal("weight", "{v}.weight", doc="权重（%） / In percent."),
            instant("confirmed_at", "{v}.confirmed_at"),
        ),
        relations=(
            One(name="cycle", target="Cycle", by="{row}.cycle_id", doc="所属周期 / Its cycle."),
            One(
                name="parent",
                target="Goal",
                by="{row}.parent_id",
                doc="上级目标 / The goal that it is a part of, where the caller may read it.",
            ),
            One(name="unit", target="OrgUnit", by="{row}.unit_id", doc="所属部门 / Its unit."),
            One(name="owner", target="Person", by="{row}.owner_id", doc="责任人 / Its owner; null for a goal of a unit."),
            Many(
                name="children",
                target="Goal",
                on="{there}.parent_id = {row}.id",
                doc="下级目标 / The goals that are parts of it, where the caller may read them.",
            ),
            Items(
                name="months",
                type_name="MonthlyTarget",
                type_doc="月度分解 / One month's part of a target.",
                doc="按月分解 / The spread over the months of the cycle; it adds up to the target.",
                columns=(
                    day("month", "{item}.month", doc="该月第一天 / The first day of the month."),
                    decimal("target", "{item}.target"),
                ),
                source=(
                    "(select (date_trunc('month', c.starts_on) + (m.place - 1) * interval '1 month')::date as month, "
                    "m.part::numeric as target from cycle c, jsonb_array_elements_text({v}.months) with ordinality "
                    "as m(part, place) where c.tenant_id = {row}.tenant_id and c.id = {row}.cycle_id)"
                ),
                order="{item}.month",
            ),
        ),
    )
)
