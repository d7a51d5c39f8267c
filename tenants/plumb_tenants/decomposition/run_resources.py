"""What stands behind runs and the weekly plans of nodes, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    Join,
    Many,
    One,
    Resource,
    Retells,
    day,
    decimal,
    enumerated,
    instant,
    integer,
    reference,
    register,
    text,
)
from plumb_platform.telling import retold, rows_of
from plumb_tenants.decomposition.requests import RunMethod
from plumb_tenants.decomposition.rules import LEVEL_TOPIC, PlanState, RunState

_FAILED = (
    f"from outbox j where j.tenant_id = {{row}}.tenant_id and j.topic = '{LEVEL_TOPIC}' and {{row}}.state = 'RUNNING' "
    "and j.dedupe_key = {row}.id || '/' || {row}.version and j.failed_at is not null"
)


def _said(locale: str) -> str:
    return retold(f"(select j.error ->> '{locale}' {_FAILED})", told=f"(select j.error {_FAILED})", locale=f"'{locale}'")


_STATE = f"(case when exists (select {_FAILED}) then '{RunState.FAILED}' else {{row}}.state end)"

PLAN_RUN = register(
    Resource(
        type_name="PlanRun",
        doc="全层级拆解 / An annual goal split through all levels below a unit, level by level.",
        table="plan_run",
        read=Permission.PLAN_READ,
        # Its state hangs on a job, which nobody counts: an answer that shows it is never kept.
        reads=(),
        unit="{row}.unit_id",
        retells=Retells(f"(select {rows_of('j.error')} {_FAILED})", refusals=True),
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
            enumerated(
                "state",
                RunState,
                _STATE,
                core=True,
                doc="状态 / FAILED: a level was refused. Mend what refusedCode names, then continueRun or startRun.",
            ),
            text("refused_code", f"(select j.error_code {_FAILED})", doc="失败原因代码 / Why it is FAILED; null when it is not."),
            text("refused_zh", _said("zh-CN"), doc="失败原因 / The reason in Chinese."),
            text("refused_en", _said("en"), doc="失败原因（英文） / The reason in English."),
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

_NODE = (
    "from plan_node n join plan p on p.tenant_id = n.tenant_id and p.id = n.plan_id "
    "where n.tenant_id = {row}.tenant_id and n.id = {row}.node_id"
)

PLAN_WEEK = register(
    Resource(
        type_name="PlanWeek",
        doc="周计划 / The part of a node's value that falls into one week.",
        table="plan_week",
        read=Permission.PLAN_WEEK_READ,
        reads=("plan_week", "plan_node", "plan"),
        # What is published is told to whom it is for and to those above them; what is not, as far as plans are read.
        own=(f"(select case when p.state = 'PUBLISHED' then n.person_id end {_NODE})",),
        unit=f"(select case when p.state = 'PUBLISHED' then n.unit_id else p.unit_id end {_NODE})",
        joins=(
            Join("n", "join plan_node {n} on {n}.tenant_id = {row}.tenant_id and {n}.id = {row}.node_id"),
            Join(
                "p",
                "join plan_node {p}_n on {p}_n.tenant_id = {row}.tenant_id and {p}_n.id = {row}.node_id "
                "join plan {p} on {p}.tenant_id = {p}_n.tenant_id and {p}.id = {p}_n.plan_id",
            ),
        ),
        order=("week",),
        columns=(
            day("week", core=True, doc="周一 / The Monday that the week begins with."),
            decimal("target"),
            text("metric", "{p}.metric"),
            text("unit_of_measure", "{p}.unit_of_measure"),
            enumerated("state", PlanState, "{p}.state", core=True, doc="方案状态 / Whether its plan is published."),
            text(
                "refused_code",
                doc="未派发原因代码 / Why it became no task when it was due; null when it did.",
            ),
            text("refused_zh", doc="未派发原因 / The reason in Chinese; it is tried again every hour of its week."),
            text("refused_en", doc="未派发原因（英文） / The reason in English."),
            instant("refused_at", doc="未派发时间 / Since when that is the reason."),
        ),
        relations=(
            One(name="person", target="Person", by="{n}.person_id", doc="员工 / Whose week it is; null for a unit's."),
            One(name="unit", target="OrgUnit", by="{n}.unit_id", doc="部门 / Whose unit it is."),
            One(name="goal", target="Goal", by="{n}.goal_id", doc="目标 / The goal that it is a week of."),
        ),
    )
)
