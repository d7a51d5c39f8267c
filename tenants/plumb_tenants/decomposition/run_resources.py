"""What stands behind runs and the weekly plans of nodes, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Many, One, Resource, day, decimal, enumerated, instant, integer, reference, register, text
from plumb_tenants.decomposition.requests import RunMethod
from plumb_tenants.decomposition.rules import RunState

PLAN_RUN = register(
    Resource(
        type_name="PlanRun",
        doc="全层级拆解 / An annual goal split through all levels below a unit, level by level.",
        table="plan_run",
        read=Permission.PLAN_READ,
        reads=("plan_run",),
        unit="{row}.unit_id",
        columns=(
            reference("cycle_id", "Cycle"),
            reference("unit_id", "OrgUnit"),
            reference("units_version_id", "DefinitionVersion"),
            reference("people_version_id", "DefinitionVersion"),
            text("title"),
            text("metric"),
            text("unit_of_measure"),
            decimal("total"),
            enumerated("method", RunMethod),
            enumerated("state", RunState, core=True),
            integer("levels", core=True, doc="层数 / How many levels there are to split."),
            integer("levels_done", core=True, doc="已完成层数 / The progress: how many levels are there."),
            integer("nodes", core=True),
            integer("weeks", core=True, doc="周计划数 / How many weekly plans there are."),
            day("as_of"),
            instant("created_at"),
            integer("version", core=True),
        ),
        relations=(
            One(name="cycle", target="Cycle", by="{row}.cycle_id", doc="周期 / Its cycle."),
            One(name="unit", target="OrgUnit", by="{row}.unit_id", doc="部门 / The unit at the top."),
            Many(
                name="plans",
                target="Plan",
                on="{there}.run_id = {row}.id",
                doc="方案 / The plans of all its levels, where the caller may read them.",
            ),
        ),
    )
)

PLAN_WEEK = register(
    Resource(
        type_name="PlanWeek",
        doc="周计划 / The part of a node's value that falls into one week.",
        table="plan_week",
        read=Permission.PLAN_READ,
        reads=("plan_week", "plan_node", "plan"),
        unit=(
            "(select p.unit_id from plan p join plan_node n on n.tenant_id = p.tenant_id and n.plan_id = p.id "
            "where n.tenant_id = {row}.tenant_id and n.id = {row}.node_id)"
        ),
        order=("week",),
        columns=(
            day("week", core=True, doc="周一 / The Monday that the week begins with."),
            decimal("target"),
        ),
    )
)
