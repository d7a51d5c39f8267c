"""What stands behind cycles and goals, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    Items,
    Join,
    Many,
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
from plumb_tenants.goals.attainment import Undefined
from plumb_tenants.goals.kinds import Aim, GoalKind, ProgressSource, RollUp
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
        reads=("goal", "goal_version", "goal_progress", "cycle"),
        own=("{row}.owner_id",),
        unit="{row}.unit_id",
        joins=(
            Join(
                "v",
                "join goal_version {v} on {v}.tenant_id = {row}.tenant_id and {v}.goal_id = {row}.id "
                "and {v}.number = {row}.current_number",
            ),
            # One row for each goal that was ever counted, none for the others.
            Join("p", "left join goal_progress {p} on {p}.tenant_id = {row}.tenant_id and {p}.goal_id = {row}.id"),
        ),
        columns=(
            reference("cycle_id", "Cycle"),
            reference("unit_id", "OrgUnit"),
            reference("owner_id", "Person"),
            reference("parent_id", "Goal"),
            enumerated("kind", GoalKind, core=True),
            enumerated("aim", Aim, core=True, doc="方向 / Whether the target is to be reached, kept or come down to."),
            enumerated("roll_up", RollUp, core=True, doc="汇总方式 / How its progress follows from its parts."),
            text("level", doc="层级 / The level that the company's goal rules give it."),
            text("title", filled=True),
            text("metric", filled=True),
            text("metric_key", doc="绑定指标 / The metric that its progress follows; null where people check in."),
            text("unit_of_measure"),
            enumerated("state", GoalState, core=True),
            integer("version", core=True, doc="乐观锁版本 / What a change must name; it counts changes."),
            integer("number", "{row}.current_number", core=True, doc="目标版本号 / Counts the versions of the numbers."),
            decimal("target", "{v}.target", filled=True),
            decimal("baseline", "{v}.baseline", doc="基线值 / Where the way to the target starts; null is zero."),
            decimal("weight", "{v}.weight", filled=True, doc="权重（%） / In percent."),
            decimal("share", "{v}.share", doc="贡献占比（%） / How much of its parent's target it was to bring when it was set."),
            decimal("actual", "{p}.actual", doc="实际值 / What it has come to, in the unit of measure."),
            decimal("attainment", "{p}.attainment", doc="完成率（%） / Uncapped, in percent; the same for everybody."),
            boolean("met", "{p}.met", doc="是否达成 / Whether the target is met as things stand."),
            enumerated("undefined", Undefined, "{p}.undefined", doc="无完成率的原因 / Why the attainment has no value."),
            decimal("excluded", "{p}.excluded", doc="已剔除 / What approved exclusions took out of the target."),
            decimal("reported", "{p}.reported", doc="已上报比例（%） / How much of it anything is known about."),
            integer("confidence", "{p}.confidence", doc="信心指数（0–10） / The last one said; the lowest of its parts."),
            day("progress_as_of", "{p}.as_of", doc="进度截至 / The newest day behind the actual."),
            enumerated("progress_source", ProgressSource, "{p}.source", doc="进度来源 / Where the actual comes from."),
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
            Many(
                name="check_ins",
                target="CheckIn",
                on="{there}.goal_id = {row}.id",
                doc="进度更新 / What was said about it, the newest day first.",
            ),
            Many(
                name="alerts",
                target="GoalAlert",
                on="{there}.goal_id = {row}.id",
                doc="进度预警 / When it fell behind, and what was to be done, the newest first.",
            ),
            Many(
                name="exclusions",
                target="GoalExclusion",
                on="{there}.goal_id = {row}.id",
                doc="目标剔除 / What was asked to be taken out of its target, the newest first.",
            ),
            Items(
                name="line",
                type_name="GoalAbove",
                type_doc="上级目标 / A goal that another is a part of, as the owner of the part is told.",
                doc="对齐路径 / What it is a part of, from the strategy down to its parent.",
                columns=(
                    reference("goal_id", "Goal", "{item}.id"),
                    enumerated("kind", GoalKind, "{item}.kind", core=True),
                    text("level", "{item}.level"),
                    text("title", "{item}.title", core=True),
                ),
                source=(
                    "(select l.place, (l.above ->> 'id')::uuid as id, l.above ->> 'kind' as kind, l.above ->> 'level' as level, "
                    "l.above ->> 'title' as title from jsonb_array_elements({row}.line) with ordinality as l (above, place))"
                ),
                order="{item}.place",
            ),
            Items(
                name="rates",
                type_name="GoalRate",
                type_doc="折算汇率 / A rate by which parts in another currency were added up.",
                doc="折算汇率 / The dated rates behind its actual; a rate that is null is missing from the company's rates.",
                columns=(
                    text("base", "{item}.base", core=True),
                    text("quote", "{item}.quote", core=True),
                    day("day", "{item}.day", core=True, doc="汇率日 / The day of the converted figure, whose rate counts."),
                    decimal("rate", "{item}.rate", doc="汇率 / Null where the company's rates have none of that day."),
                ),
                source=(
                    "(select r.rate ->> 'base' as base, r.rate ->> 'quote' as quote, (r.rate ->> 'day')::date as day, "
                    "(r.rate ->> 'rate')::numeric as rate, r.place "
                    "from jsonb_array_elements({p}.rates) with ordinality as r (rate, place))"
                ),
                order="{item}.place",
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
