"""What stands behind approvals, their tasks, acts and delegations, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    Items,
    Many,
    One,
    OneOf,
    Resource,
    Retells,
    While,
    boolean,
    day,
    enumerated,
    instant,
    integer,
    reference,
    register,
    text,
)
from plumb_platform.telling import retold
from plumb_tenants.approvals.delegations import DELEGATED_TODAY
from plumb_tenants.approvals.states import ActKind, ApprovalState, Origin, TaskState

_STEP_NAME = "(select s ->> 'name' from jsonb_array_elements({flow} -> 'steps') s where s ->> 'key' = {step})"
_PERSON = "left join person {a} on {a}.tenant_id = c.tenant_id and {a}.id = c.{column}"
_ACTS = (
    "(select c.*, w.name as person_name, f.name as for_name, t.name as target_name from approval_act c "
    + " ".join(
        _PERSON.format(a=alias, column=column)
        for alias, column in (("w", "person_id"), ("f", "for_person_id"), ("t", "target_id"))
    )
    + " where c.tenant_id = {row}.tenant_id and c.approval_id = {row}.id)"
)
_PAUSES = (
    "(select r.number, r.created_at as starts_at, (select min(n.created_at) from approval_act n where n.tenant_id = r.tenant_id "
    "and n.approval_id = r.approval_id and n.number > r.number and n.kind in ('RESUBMIT', 'WITHDRAW')) as ends_at "
    "from approval_act r where r.tenant_id = {row}.tenant_id and r.approval_id = {row}.id and r.kind = 'RETURN' "
    "and r.to_step is null)"
)
_DELEGATED = f"({{row}}.state <> 'OPEN' or {DELEGATED_TODAY.replace('{task}', '{row}')})"
_SUBJECT = "(case when {{row}}.object_type = '{}' then {{row}}.object_id end)"

APPROVAL = register(
    Resource(
        type_name="Approval",
        doc="审批 / A request on its way through a flow, pinned to the flow as it was when it began.",
        table="approval",
        read=Permission.APPROVAL_READ,
        reads=("approval", "approval_task", "approval_act", "person"),
        own=("{row}.applicant_id",),
        unit="{row}.unit_id",
        order=("-id",),
        retells=Retells("{row}.told -> 'rows'", ("Goal.title",)),
        columns=(
            text("object_id", "{row}.object_type || '_' || {row}.object_id", core=True, doc="审批对象 / What is decided about."),
            integer("object_version", core=True, doc="对象版本 / The version that a decision must name."),
            text("zh", retold("{row}.zh", told="{row}.told", locale="'zh-CN'"), core=True),
            text("en", retold("{row}.en", told="{row}.told", locale="'en'"), core=True),
            text("flow_key", core=True),
            reference("flow_version_id", "DefinitionVersion", "{row}.definition_version_id", doc="流程版本 / Null: as shipped."),
            enumerated("state", ApprovalState, core=True),
            integer("version", core=True),
            integer("round", core=True, doc="轮次 / Counts the steps that were entered."),
            text("step", doc="当前步骤 / The key of the present step."),
            text("step_name", _STEP_NAME.format(flow="{row}.flow", step="{row}.step")),
            reference("applicant_id", "Person"),
            reference("unit_id", "OrgUnit"),
            instant("submitted_at", "{row}.created_at", core=True),
            instant("due_at", doc="到期时刻 / The end of the term for the whole."),
            instant("overdue_at", doc="逾期时刻 / When it was found overdue and escalated, once."),
            instant("step_due_at"),
            instant("ended_at"),
            integer("clock_seconds", doc="耗时（秒） / What it took by the clock, without pauses."),
            integer("working_seconds", doc="工作时长（秒） / What it took in working hours, without pauses."),
        ),
        relations=(
            OneOf(
                name="subject",
                union="ApprovalSubject",
                members=(("Revision", _SUBJECT.format("Revision")), ("Submission", _SUBJECT.format("Submission"))),
                doc="审批对象 / What is decided about, where the caller may read it.",
            ),
            One(name="applicant", target="Person", by="{row}.applicant_id", part=True, named=True, doc="申请人 / Who asks."),
            Many(
                name="tasks",
                target="ApprovalTask",
                on="{there}.tenant_id = {row}.tenant_id and {there}.approval_id = {row}.id",
                paged=False,
                part=True,
                doc="审批任务 / Everybody who was asked, in all rounds.",
            ),
            Items(
                name="acts",
                type_name="ApprovalAct",
                type_doc="审批记录 / One act, never changed; without a person a rule or a clock did it.",
                columns=(
                    integer("number", "{item}.number", core=True),
                    enumerated("kind", ActKind, "{item}.kind", core=True),
                    instant("at", "{item}.created_at", core=True),
                    text("step", "{item}.step"),
                    text("to_step", "{item}.to_step"),
                    text("person", "{item}.person_name", doc="操作人 / Who did it."),
                    text("for_person", "{item}.for_name", doc="被代理人 / For whom, where somebody acted for another."),
                    text("target", "{item}.target_name", doc="相关人 / Who was added, or to whom it went."),
                    integer("object_version", "{item}.object_version", core=True),
                    text("comment", "{item}.comment", core=True),
                ),
                source=_ACTS,
                order="{item}.number",
                doc="审批记录 / All acts, oldest first.",
            ),
            Items(
                name="pauses",
                type_name="ApprovalPause",
                type_doc="暂停 / A time in which it waited for its applicant and no clock ran.",
                columns=(instant("starts_at", "{item}.starts_at", core=True), instant("ends_at", "{item}.ends_at")),
                source=_PAUSES,
                order="{item}.number",
                doc="暂停 / The pauses, oldest first.",
            ),
        ),
    )
)

APPROVAL_TASK = register(
    Resource(
        type_name="ApprovalTask",
        doc="审批任务 / What one person is asked in one round of an approval.",
        table="approval_task",
        read=Permission.APPROVAL_READ,
        reads=("approval", "approval_task", "approval_delegation", "person"),
        # Who acted for somebody keeps what came to its end; what is open is theirs for as long as they may act.
        own=("{row}.assignee_id", While("{row}.delegate_id", _DELEGATED)),
        unit="{row}.unit_id",
        order=("-id",),
        columns=(
            enumerated("state", TaskState, core=True),
            text("step", core=True),
            integer("round", core=True),
            integer("line", core=True, doc="审批线 / Counts the lines of the step from 0."),
            integer("place", core=True),
            enumerated("origin", Origin, core=True),
            boolean("mandatory", core=True, doc="加签 / Whether the line passes only with this task."),
            reference("approval_id", "Approval"),
            reference("assignee_id", "Person"),
            reference("delegate_id", "Person", doc="代理人 / Who may act for the assignee today."),
            instant("opened_at", "{row}.created_at", core=True),
            instant("closed_at"),
        ),
        relations=(
            One(name="approval", target="Approval", by="{row}.approval_id", part=True, doc="审批 / The approval that it is of."),
            One(name="assignee", target="Person", by="{row}.assignee_id", part=True, named=True, doc="审批人 / Who is asked."),
        ),
    )
)

APPROVAL_DELEGATION = register(
    Resource(
        type_name="ApprovalDelegation",
        doc="审批委派 / Between two days somebody else decides for a person.",
        table="approval_delegation",
        read=Permission.APPROVAL_READ,
        reads=("approval_delegation", "person"),
        own=("{row}.from_id", "{row}.to_id"),
        order=("-id",),
        columns=(
            reference("from_id", "Person"),
            reference("to_id", "Person"),
            day("starts_on", core=True),
            day("ends_on", core=True),
            instant("revoked_at"),
        ),
        relations=(
            One(name="to", target="Person", by="{row}.to_id", part=True, named=True, doc="代理人 / Who decides."),
            One(name="from_person", target="Person", by="{row}.from_id", part=True, named=True, doc="委派人 / For whom."),
        ),
    )
)
