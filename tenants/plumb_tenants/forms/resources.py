"""What stands behind submissions, their files and dry runs, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    Items,
    Join,
    Made,
    Many,
    One,
    Resource,
    Veil,
    enumerated,
    instant,
    integer,
    json,
    reference,
    register,
    text,
)
from plumb_platform.words import Word
from plumb_tenants.approvals.service import DELEGATED_TODAY
from plumb_tenants.files.service import FINDING, REASON, STATE, ScanState


class SubmissionState(Word):
    """Where a submission stands: SUBMITTED ends one without a flow, one with a flow goes the way of its approval."""

    DRAFT = "DRAFT", "草稿"
    SUBMITTED = "SUBMITTED", "已提交"
    IN_APPROVAL = "IN_APPROVAL", "审批中"
    RETURNED = "RETURNED", "已退回"
    APPROVED = "APPROVED", "已通过"
    REJECTED = "REJECTED", "已驳回"
    WITHDRAWN = "WITHDRAWN", "已撤回"


EDITABLE = (SubmissionState.DRAFT, SubmissionState.RETURNED)

_DEFINITION = Join("d", "join definition {d} on {d}.tenant_id = {row}.tenant_id and {d}.id = {row}.definition_id")
_SUBMISSION = Join("s", "join submission {s} on {s}.tenant_id = {row}.tenant_id and {s}.id = {row}.submission_id")
_SCAN = Join("f", "left join file_scan {f} on {f}.tenant_id = {row}.tenant_id and {f}.file_key = {row}.file_key")
_SCAN_STATE, _FINDING, _REASON = (sql.replace("{scan}", "{f}") for sql in (STATE, FINDING, REASON))
_SCAN_SINCE = "coalesce({f}.removed_at, {f}.held_since, greatest({f}.cleared_at, {f}.scanned_at), {row}.created_at)"
_DECIDED = (
    "(select unnest(array_remove(array[c.person_id, c.for_person_id], null)) from approval_act c "
    "where c.tenant_id = {row}.tenant_id and c.approval_id = {s}.approval_id and c.kind in ('APPROVE', 'REJECT', 'RETURN') "
    "and c.object_version = {row}.number)"
)
"""Who spoke about a version, and for whom."""
_ASKED = (
    f"(select unnest(array_remove(array[t.assignee_id, case when {DELEGATED_TODAY.replace('{task}', 't')} then t.delegate_id "
    "end], null)) from approval_task t "
    "where t.tenant_id = {row}.tenant_id and t.approval_id = {s}.approval_id and t.state = 'OPEN')"
)
"""Who is to speak about the version that stands."""
_JUDGED_BY = ("approval_act", "approval_task", "approval_delegation")


def _judges(decided: str, asked: str, *, submission: str, row: str) -> str:
    """Return the people who judge: those who decided about it while `decided` holds, those who are asked while `asked` does.

    One without an approval costs nothing but a look at it.
    """
    both = f"select * from {_DECIDED} d(id) where {decided} union all select * from {_ASKED} t(id) where {asked}"
    whole = f"(case when {{s}}.approval_id is null then array[]::uuid[] else array({both}) end)"
    return whole.replace("{s}", submission).replace("{row}", row)


# What came back is its person's until they send it anew: who returned it reads the version, not how it is being rewritten.
_JUDGES = _judges("{s}.state <> 'RETURNED'", "true", submission="{row}", row="{row}")

NAMED_BY = (
    "{v}.tenant_id = {a}.tenant_id and {v}.submission_id = {a}.submission_id "
    "and {v}.files @> jsonb_build_array(jsonb_build_object('field', {a}.field, 'sha256', {a}.sha256))"
)
"""Whether a version was sent with a file: of one content a field of a submission holds one."""
# Who decided about a version keeps its files, also those that were taken out afterwards; who is asked sees those that stand.
_STANDING = f"(case when {{row}}.removed_at is null then {_JUDGES.replace('{row}', '{s}')} end)"
_SENT_WITH = (
    "(case when {s}.approval_id is not null then array("
    "select unnest(array_remove(array[c.person_id, c.for_person_id], null)) from submission_version v "
    "join approval_act c on c.tenant_id = v.tenant_id and c.approval_id = {s}.approval_id and c.object_version = v.number "
    f"and c.kind in ('APPROVE', 'REJECT', 'RETURN') where {NAMED_BY.replace('{v}', 'v').replace('{a}', '{row}')}) end)"
)

SUBMISSION = register(
    Resource(
        type_name="Submission",
        doc="表单提交 / What a person filled in, pinned for ever to the version of its form.",
        table="submission",
        read=Permission.SUBMISSION_READ,
        reads=("submission", "definition", *_JUDGED_BY),
        own=("{row}.person_id",),
        shared=(_JUDGES,),
        unit="{row}.unit_id",
        joins=(_DEFINITION,),
        order=("-id",),
        columns=(
            text("form_key", "{d}.key", core=True, doc="表单代号 / The key of its form."),
            text("form_name", "{d}.name", core=True),
            reference("form_version_id", "DefinitionVersion", "{row}.definition_version_id", core=True),
            reference("person_id", "Person"),
            reference("unit_id", "OrgUnit"),
            enumerated("state", SubmissionState, core=True),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
            integer("number", core=True, doc="提交次数 / How often it was sent into approval; what a decision names."),
            reference("approval_id", "Approval"),
            json("values", doc="填写内容 / What is visible and answered, by the keys of the form."),
            json("fed", doc="同步数据 / The synced figures of the moment of submitting, each with its asOf."),
            json("suggested", doc="建议值 / What was suggested at that moment, by field."),
            instant("created_at", core=True),
            instant("submitted_at"),
        ),
        relations=(
            One(name="person", target="Person", by="{row}.person_id", doc="填写人 / Who filled it in."),
            One(name="unit", target="OrgUnit", by="{row}.unit_id", doc="部门 / Their unit at that time."),
            One(name="approval", target="Approval", by="{row}.approval_id", part=True, doc="审批 / Its approval."),
            Many(
                name="versions",
                target="SubmissionVersion",
                on="{there}.tenant_id = {row}.tenant_id and {there}.submission_id = {row}.id",
                doc="历次提交 / As it was sent each time.",
            ),
            Many(
                name="attachments",
                target="Attachment",
                on="{there}.submission_id = {row}.id and {there}.removed_at is null",
                part=True,
                doc="附件 / The files that stand in it.",
            ),
        ),
    )
)

SUBMISSION_VERSION = register(
    Resource(
        type_name="SubmissionVersion",
        doc="提交版本 / A submission as it was sent into approval; approvers keep those that they decided about.",
        table="submission_version",
        read=Permission.SUBMISSION_READ,
        reads=("submission_version", "submission", *_JUDGED_BY),
        own=("{s}.person_id",),
        shared=(_judges("true", "{s}.number = {row}.number", submission="{s}", row="{row}"),),
        unit="{s}.unit_id",
        joins=(_SUBMISSION,),
        order=("-id",),
        columns=(
            reference("submission_id", "Submission"),
            integer("number", core=True, doc="第几次 / Counts from 1; what a decision names."),
            json("values", doc="填写内容 / What was visible and answered."),
            json("fed", doc="同步数据 / The synced figures of that moment, each with its asOf."),
            json("files", doc="附件 / Name, size and sha256 of each file, by field."),
            instant("created_at", core=True),
        ),
        relations=(
            Many(
                name="attachments",
                target="Attachment",
                on=NAMED_BY.replace("{v}", "{row}").replace("{a}", "{there}"),
                doc="附件文件 / The files that it was sent with, also those that were taken out afterwards.",
            ),
        ),
    )
)

ATTACHMENT = register(
    Resource(
        type_name="Attachment",
        doc="附件 / A file of one field of a submission; who may read that, or a version sent with it, may read it.",
        table="attachment",
        read=Permission.SUBMISSION_READ,
        reads=("attachment", "submission", "submission_version", "file_scan", *_JUDGED_BY),
        own=("{s}.person_id",),
        shared=(_STANDING, _SENT_WITH),
        unit="{s}.unit_id",
        joins=(_SUBMISSION, _SCAN),
        order=("id",),
        columns=(
            reference("submission_id", "Submission"),
            text("field", doc="字段 / The key of the field that it belongs to."),
            text("name"),
            text("media_type", doc="类型 / What its content turned out to be."),
            integer("size", doc="字节数 / In bytes."),
            text("sha256"),
            instant("created_at", core=True),
            instant("removed_at", doc="移出时间 / When its person took it out; versions that were sent with it keep it."),
            enumerated("scan_state", ScanState, _SCAN_STATE, core=True, doc="扫描状态 / Where it stands with the virus scan."),
            instant(
                "scan_since",
                _SCAN_SINCE,
                core=True,
                doc="状态起始 / Since when; of a clean file since the last scan or release.",
            ),
            text("scan_finding", _FINDING, doc="发现的病毒 / What it is held or was removed for."),
            text("scan_reason", _REASON, doc="处理原因 / Why it was released or destroyed."),
        ),
        made=(Made(name="download_path"),),
    )
)

_CHECKED = (
    "(select coalesce(sum(b.checked), 0)::int from form_dry_run_batch b "
    "where b.tenant_id = {row}.tenant_id and b.run_id = {row}.id)"
)
_BROKEN = (
    "(select coalesce(sum(jsonb_array_length(b.broken)), 0)::int from form_dry_run_batch b "
    "where b.tenant_id = {row}.tenant_id and b.run_id = {row}.id)"
)

_FORM_MAKERS = (Permission.DEFINITION_WRITE, Permission.DEFINITION_PUBLISH, Permission.DEFINITION_REVIEW)

FORM_DRY_RUN = register(
    Resource(
        type_name="FormDryRun",
        doc="表单试跑 / The replay of past submissions against a draft of their form (N10).",
        table="form_dry_run",
        read=Permission.DEFINITION_READ,
        # What breaks tells of other people's submissions: for those who work on the form, not for all who may read it.
        veil=Veil(shows="false", lifted_by=_FORM_MAKERS),
        reads=("form_dry_run", "form_dry_run_batch"),
        order=("-id",),
        columns=(
            reference("form_version_id", "DefinitionVersion", "{row}.definition_version_id", core=True),
            text("checksum", core=True, doc="草稿摘要 / The checksum of the draft as it was run."),
            integer("total", core=True, doc="提交总数 / How many submissions are replayed."),
            integer("checked", _CHECKED, core=True, doc="已检查 / How many were, so far."),
            integer("broken_count", _BROKEN, core=True, doc="会失效的提交 / How many would break, so far."),
            integer("batches", core=True),
            instant("created_at", core=True),
        ),
        relations=(
            Items(
                name="broken",
                type_name="BrokenSubmission",
                type_doc="会失效的提交 / A submission that would break, with the first of its problems.",
                columns=(
                    reference("submission_id", "Submission", "{item}.submission", core=True),
                    text("path", "{item}.path", core=True),
                    text("code", "{item}.code", core=True),
                    integer("count", "{item}.count", core=True, doc="问题数 / How many problems it has."),
                ),
                source=(
                    "(select b.place, e.n, (e.one ->> 'submission')::uuid as submission, e.one ->> 'path' as path, "
                    "e.one ->> 'code' as code, (e.one ->> 'count')::int as count from form_dry_run_batch b, "
                    "jsonb_array_elements(b.broken) with ordinality as e(one, n) "
                    "where b.tenant_id = {row}.tenant_id and b.run_id = {row}.id order by b.place, e.n limit 500)"
                ),
                order="({item}.place, {item}.n)",
                doc="会失效的提交 / At most 500 of them, oldest first.",
            ),
        ),
    )
)
