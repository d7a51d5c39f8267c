"""What stands behind plans and their nodes, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    Items,
    Made,
    Many,
    One,
    OneOf,
    Resource,
    day,
    decimal,
    enumerated,
    instant,
    integer,
    reference,
    register,
    text,
    texts,
)
from plumb_tenants.decomposition.rules import PlanState
from plumb_tenants.forms.service import ReportState

_GAP = (
    "({row}.total - (select coalesce(sum(n.value), 0) from plan_node n "
    "where n.tenant_id = {row}.tenant_id and n.plan_id = {row}.id))"
)
_OF_PLAN = (
    "(select {what} from plan p join {table} x on x.tenant_id = p.tenant_id and x.id = p.{by} "
    "where p.tenant_id = {{row}}.tenant_id and p.id = {{row}}.plan_id)"
)
_SEASON = "jsonb_build_object('calendar', x.body -> 'calendar', 'seasonality', x.body -> 'seasonality', 'ramp', x.body -> 'ramp')"
_MONTHS = (
    ("value", "{row}.value::text"),
    ("given", "coalesce({row}.derivation -> 'given', '{{}}')"),
    ("starts_on", _OF_PLAN.format(what="x.starts_on", table="cycle", by="cycle_id")),
    ("ends_on", _OF_PLAN.format(what="x.ends_on", table="cycle", by="cycle_id")),
    ("season", _OF_PLAN.format(what=_SEASON, table="definition_version", by="definition_version_id")),
)
"""What the months of a node follow from: its value, what was given for it, its cycle, and the season of its template."""
PLAN = register(
    Resource(
        type_name="Plan",
        doc="拆解方案 / One run of a template over the children of a unit.",
        table="plan",
        read=Permission.PLAN_READ,
        reads=("plan", "plan_node"),
        unit="{row}.unit_id",
        columns=(
            reference("cycle_id", "Cycle"),
            reference("template_version_id", "DefinitionVersion", "{row}.definition_version_id"),
            reference("unit_id", "OrgUnit"),
            reference("parent_goal_id", "Goal"),
            text("title"),
            text("metric"),
            text("unit_of_measure"),
            decimal("total"),
            decimal(
                "gap",
                _GAP,
                tells=("Plan.total", "PlanNode.value"),
                doc="缺口 / The total less what its nodes come to; below zero where more is assigned than the total.",
            ),
            decimal("padding_percent", doc="加码（%） / By how much the parts exceed the total; those below never see it."),
            day("as_of", doc="系数日期 / The day of which the coefficients are."),
            enumerated("state", PlanState, core=True),
            instant("created_at"),
            instant("published_at"),
            reference("run_id", "PlanRun"),
            reference("branch_of_id", "Plan", "{row}.branch_of"),
            integer("depth", doc="层级 / How far below the top of its run the plan stands."),
            integer("version", core=True),
        ),
        relations=(
            One(name="cycle", target="Cycle", by="{row}.cycle_id", doc="周期 / Its cycle."),
            One(name="unit", target="OrgUnit", by="{row}.unit_id", doc="部门 / The unit whose total is split."),
            One(name="parent_goal", target="Goal", by="{row}.parent_goal_id", doc="上级目标 / The goal that is split."),
            Many(
                name="nodes",
                target="PlanNode",
                on="{there}.plan_id = {row}.id",
                part=True,
                doc="节点 / Its nodes in their order.",
            ),
        ),
    )
)

PLAN_NODE = register(
    Resource(
        type_name="PlanNode",
        doc="拆解节点 / One child's part of a plan.",
        table="plan_node",
        read=Permission.PLAN_READ,
        reads=("plan_node", "plan", "person", "org_unit", "cycle", "definition_version"),
        # Reach goes by the plan's unit: nobody sees what was split for them by their own manager.
        unit="(select p.unit_id from plan p where p.tenant_id = {row}.tenant_id and p.id = {row}.plan_id)",
        order=("ordinal",),
        columns=(
            integer("ordinal", core=True),
            reference("unit_id", "OrgUnit"),
            reference("person_id", "Person"),
            decimal("suggested", doc="建议值 / What the factors suggest."),
            decimal("equal_share", doc="平均值 / What an equal split would give."),
            decimal("value", doc="当前值 / What stands."),
            text("reason"),
            instant("tuned_at"),
            reference("goal_id", "Goal"),
            text(
                "name",
                "coalesce((select p.name from person p where p.tenant_id = {row}.tenant_id and p.id = {row}.person_id), "
                "(select u.name from org_unit u where u.tenant_id = {row}.tenant_id and u.id = {row}.unit_id))",
                doc="名称 / The name of the unit or the person.",
            ),
            text(
                "weight_set",
                "{row}.derivation ->> 'weight_set'",
                doc="权重组 / The weight set that held for the child; null under the default weights.",
            ),
            decimal("held", "({row}.derivation -> 'given' ->> 'held')::numeric", doc="锁定值 / A value that was held."),
            enumerated(
                "blocked",
                ReportState,
                "{row}.derivation -> 'given' -> 'blocked' ->> 'state'",
                doc="阻塞 / Why the part stays open: the unit's portrait report is not there, or not approved; null if it is.",
            ),
            texts(
                "missing",
                "array(select jsonb_array_elements_text({row}.derivation -> 'given' -> 'blocked' -> 'missing'))",
                doc="缺少的字段 / The labels of the fields that the report lacked when it was last looked at.",
            ),
            integer("version", core=True),
        ),
        relations=(
            Many(
                name="weeks",
                target="PlanWeek",
                on="{there}.node_id = {row}.id",
                part=True,
                doc="周计划 / Its weekly plans; none where the value is split on below.",
            ),
            One(name="goal", target="Goal", by="{row}.goal_id", doc="目标 / The goal that it became."),
            OneOf(
                name="child",
                union="PlanChild",
                members=(("Person", "{row}.person_id"), ("OrgUnit", "{row}.unit_id")),
                doc="对象 / The person or the unit that the part is for, where the caller may see them.",
            ),
            Items(
                name="factors",
                type_name="FactorPart",
                type_doc="因子明细 / A factor's value for one child and what it brought, or what a step such as RAMP moved.",
                columns=(
                    text("factor", "{item}.factor", core=True),
                    decimal("value", "{item}.value", core=True),
                    decimal("contribution", "{item}.contribution", core=True),
                ),
                source=(
                    "(select e.key as factor, ({row}.factors ->> e.key)::numeric as value, e.value::numeric as contribution, "
                    "e.place from jsonb_each_text({row}.derivation -> 'contributions') with ordinality as e(key, value, place))"
                ),
                order="{item}.place",
                doc="因子 / What each factor brought.",
            ),
        ),
        made=(Made(name="months", uses=_MONTHS, tells=("PlanNode.value",)),),
    )
)
