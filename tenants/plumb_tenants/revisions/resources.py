"""What stands behind revisions, the goals that they touch, unread changes and root-cause tickets, as people see them."""

from datetime import timedelta

from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    Many,
    One,
    Resource,
    Retells,
    decimal,
    enumerated,
    instant,
    integer,
    reference,
    register,
    text,
    texts,
)
from plumb_platform.telling import retold_from, rows_of
from plumb_tenants.revisions.states import REACHES_WITHIN, Direction, PropagationState, RevisionState, RootCauseState

_APPROVAL = " from approval a where a.tenant_id = {row}.tenant_id and a.id = {row}.approval_id)"
_PAUSED = "coalesce((select extract(epoch from a.ended_at - a.created_at)::int - a.clock_seconds" + _APPROVAL + ", 0)"
OTHER_NUMBERS = """((s.target, coalesce(s.metric, w.metric), coalesce(s.unit_of_measure, w.unit_of_measure))
  is distinct from (w.target, w.metric, w.unit_of_measure))"""
"""Whether a goal's present version `w` aims at something else than one before, `s`, did; another weight or owner is no answer."""
PROPAGATION_STATE = f"""(case when {{row}}.settled_at is not null then 'DONE'
  when {{row}}.state in ('PROPOSED', 'BY_HAND') and exists (
    select from goal q join goal_version w on w.tenant_id = q.tenant_id and w.goal_id = q.id and w.number = q.current_number
    join goal_version s on s.tenant_id = q.tenant_id and s.goal_id = q.id and s.number = {{row}}.number
    where q.tenant_id = {{row}}.tenant_id and q.id = {{row}}.goal_id and (q.state = 'WITHDRAWN' or {OTHER_NUMBERS}
      or ({{row}}.state = 'PROPOSED' and w.confirmed_at is not null))) then 'DONE'
  else {{row}}.state end)"""
"""Where a goal below stands: done too once its owner has confirmed it, somebody gave it other numbers, or it was withdrawn."""
_OPEN = (
    "(select count(*)::int from propagation n where n.tenant_id = {row}.tenant_id and n.revision_id = {row}.id and "
    + PROPAGATION_STATE.replace("{row}", "n")
    + " <> 'DONE')"
)
_WITHIN = f"interval '{REACHES_WITHIN // timedelta(hours=1)} hours'"

REVISION = register(
    Resource(
        type_name="Revision",
        doc="目标修订 / A request for other numbers of a goal, with the three items that nobody may leave out.",
        table="revision",
        read=Permission.REVISION_READ,
        reads=("revision", "revision_impact", "propagation", "approval", "goal", "goal_version", "person"),
        own=("{row}.owner_id", "{row}.opened_by"),
        unit="{row}.unit_id",
        order=("-id",),
        columns=(
            enumerated("state", RevisionState, core=True),
            integer("version", core=True),
            integer("number", core=True, doc="申请版本 / Counts the submissions."),
            reference("goal_id", "Goal"),
            reference("unit_id", "OrgUnit"),
            reference("approval_id", "Approval"),
            reference("root_cause_id", "RootCause"),
            text("cause", doc="原目标失效原因 / Why the old goal no longer holds."),
            text("resources", doc="支撑资源需求 / The resources that it needs."),
            decimal("old_target", "({row}.old ->> 'target')::numeric"),
            decimal("old_weight", "({row}.old ->> 'weight')::numeric"),
            text("old_metric", "{row}.old ->> 'metric'"),
            text("old_unit_of_measure", "{row}.old ->> 'unit_of_measure'"),
            decimal("target"),
            decimal("weight"),
            text("metric"),
            text("unit_of_measure"),
            text("tilt_before", doc="原资源倾斜 / Where resources went."),
            text("tilt_after", doc="新资源倾斜 / Where they go."),
            decimal("actual_before", doc="修订前实际值 / What was reached on the old metric when it was approved."),
            decimal("attainment_before", doc="修订前达成率（%） / Attainment on the old metric when it was approved."),
            instant("opened_at", "{row}.created_at", core=True),
            instant("submitted_at"),
            instant("approved_at"),
            instant("published_at", doc="全员同步时刻 / When everybody was told."),
            instant(
                "due_at",
                f"({{row}}.approved_at + {_WITHIN})",
                tells=("Revision.approvedAt",),
                doc="同步期限 / By when everybody below is to be done: 24 hours after the approval.",
            ),
            instant("alarmed_at", doc="超时告警时刻 / When those responsible were told that it is late."),
            integer("open_below", _OPEN, doc="未同步下级目标数 / How many goals below are not done."),
            integer(
                "total_seconds",
                "(extract(epoch from {row}.published_at - {row}.created_at)::int - " + _PAUSED + ")",
                tells=("Revision.publishedAt",),
                doc="全程用时（秒） / From opening to everybody told, without pauses.",
            ),
            integer("approval_seconds", "(select a.clock_seconds" + _APPROVAL, doc="审批用时（秒） / The approval's part."),
        ),
        relations=(
            One(name="goal", target="Goal", by="{row}.goal_id", part=True, doc="目标 / The goal."),
            One(name="approval", target="Approval", by="{row}.approval_id", part=True, doc="审批 / Its approval."),
            Many(
                name="impact",
                target="RevisionImpact",
                on="{there}.tenant_id = {row}.tenant_id and {there}.revision_id = {row}.id",
                doc="影响图谱 / The goals above, below and beside it, where the caller may read them.",
            ),
            Many(
                name="propagations",
                target="Propagation",
                on="{there}.tenant_id = {row}.tenant_id and {there}.revision_id = {row}.id",
                doc="链式穿透 / The goals below that have to follow, where the caller may read them.",
            ),
        ),
    )
)

_CARRIED = (
    "(select "
    + PROPAGATION_STATE.replace("{row}", "n")
    + " from propagation n where n.tenant_id = {row}.tenant_id and n.revision_id = {row}.revision_id "
    "and n.goal_id = {row}.goal_id)"
)

REVISION_IMPACT = register(
    Resource(
        type_name="RevisionImpact",
        doc="影响 / A goal that a revision touches, with its numbers before and after.",
        table="revision_impact",
        read=Permission.REVISION_READ,
        reads=("revision_impact", "propagation", "goal", "goal_version", "person"),
        own=("{row}.owner_id",),
        unit="{row}.unit_id",
        order=("direction", "depth"),
        columns=(
            enumerated("direction", Direction, core=True),
            integer("depth", core=True, doc="层级 / How many steps away."),
            reference("goal_id", "Goal"),
            reference("revision_id", "Revision"),
            decimal("target_before"),
            decimal("target_after"),
            decimal("weight_before"),
            decimal("weight_after"),
            decimal("parts_after", doc="下级合计 / What its parts add up to afterwards; null in another unit of measure."),
            enumerated(
                "propagation", PropagationState, _CARRIED, doc="穿透状态 / Whether a goal below has followed; null elsewhere."
            ),
        ),
        relations=(
            One(name="goal", target="Goal", by="{row}.goal_id", part=True, doc="目标 / The goal."),
            One(name="owner", target="Person", by="{row}.owner_id", part=True, named=True, doc="责任人 / Its owner."),
        ),
    )
)

PROPAGATION = register(
    Resource(
        type_name="Propagation",
        doc="链式穿透 / A goal below a revised one that has to follow it, since when, and who is asked.",
        table="propagation",
        read=Permission.REVISION_READ,
        reads=("propagation", "revision", "goal", "goal_version", "person"),
        own=("{row}.owner_id", "{row}.asked_id"),
        unit="{row}.unit_id",
        order=("depth", "id"),
        retells=Retells(rows_of("{row}.explanation"), fields=("Goal.metric", "Goal.target", "Goal.unitOfMeasure"), refusals=True),
        columns=(
            enumerated("state", PropagationState, PROPAGATION_STATE, core=True),
            integer("version", core=True),
            integer("depth", core=True, doc="层级 / How many steps below."),
            reference("revision_id", "Revision"),
            reference("goal_id", "Goal"),
            reference("asked_id", "Person", doc="待谁处理 / Whose word it waits for; null while a job has it."),
            decimal("target_before"),
            decimal("target_after", doc="新目标值 / What it is to come to; null where people decide."),
            text("metric"),
            text("unit_of_measure"),
            text(
                "explanation",
                retold_from("{row}.explanation"),
                doc="推算说明 / Where the number comes from, or why there is none.",
            ),
            text("note", doc="处理说明 / Why it was left as it is."),
            instant("since", "{row}.created_at", core=True),
            instant(
                "due_at",
                f"(select n.approved_at + {_WITHIN} from revision n where n.tenant_id = {{row}}.tenant_id "
                "and n.id = {row}.revision_id)",
                tells=("Revision.approvedAt",),
                doc="期限 / 24 hours after the approval.",
            ),
            instant("settled_at"),
        ),
        relations=(
            One(name="revision", target="Revision", by="{row}.revision_id", part=True, doc="修订 / What it follows."),
            One(name="goal", target="Goal", by="{row}.goal_id", part=True, doc="目标 / The goal below."),
            One(name="asked", target="Person", by="{row}.asked_id", part=True, named=True, doc="待谁处理 / Who is asked."),
        ),
    )
)

_CAUSE = "(select v.cause from revision v where v.tenant_id = {row}.tenant_id and v.id = {row}.revision_id)"

CHANGE_MARK = register(
    Resource(
        type_name="ChangeMark",
        doc="变更标记 / Fields of a goal that changed, until its reader has read them.",
        table="change_mark",
        read=Permission.REVISION_READ,
        reads=("change_mark", "revision"),
        own=("{row}.person_id",),
        order=("-id",),
        columns=(
            reference("goal_id", "Goal"),
            reference("revision_id", "Revision"),
            reference("person_id", "Person"),
            texts("changed", core=True, doc="已变更字段 / The fields, as the API writes them."),
            text("cause", _CAUSE, tells=("Revision.cause",), doc="变更原因 / Why the revision that changed it was asked for."),
            instant("marked_at", "{row}.created_at", core=True),
            instant("read_at"),
        ),
        relations=(
            One(name="goal", target="Goal", by="{row}.goal_id", part=True, doc="目标 / The goal."),
            One(name="revision", target="Revision", by="{row}.revision_id", part=True, doc="修订 / What changed it."),
        ),
    )
)

ROOT_CAUSE = register(
    Resource(
        type_name="RootCause",
        doc="根因分析工单 / Why a sort of goal is revised so often in a unit.",
        table="root_cause",
        read=Permission.REVISION_READ,
        reads=("root_cause", "revision"),
        unit="{row}.unit_id",
        order=("-id",),
        columns=(
            text("category", core=True, doc="目标类别 / The metric of the goals."),
            enumerated("state", RootCauseState, core=True),
            integer("version", core=True),
            reference("unit_id", "OrgUnit"),
            text("finding"),
            instant("opened_at", "{row}.created_at", core=True),
            instant("closed_at"),
        ),
        relations=(
            Many(
                name="revisions",
                target="Revision",
                on="{there}.tenant_id = {row}.tenant_id and {there}.root_cause_id = {row}.id",
                paged=False,
                part=True,
                doc="相关修订 / The revisions that asked.",
            ),
        ),
    )
)
