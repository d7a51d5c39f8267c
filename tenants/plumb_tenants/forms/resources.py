"""What stands behind submissions, their files and dry runs, as people see them."""

from enum import StrEnum

from plumb_platform.errors import Locale
from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    Items,
    Join,
    Many,
    One,
    Resource,
    enumerated,
    instant,
    integer,
    json,
    reference,
    register,
    text,
)


class SubmissionState(StrEnum):
    """Where a submission stands."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"

    def text(self, locale: Locale) -> str:
        """Name the state for a person."""
        return {"DRAFT": "草稿", "SUBMITTED": "已提交"}[self] if locale == "zh-CN" else self.value


_DEFINITION = Join("d", "join definition {d} on {d}.tenant_id = {row}.tenant_id and {d}.id = {row}.definition_id")
_SUBMISSION = Join("s", "join submission {s} on {s}.tenant_id = {row}.tenant_id and {s}.id = {row}.submission_id")

SUBMISSION = register(
    Resource(
        type_name="Submission",
        doc="表单提交 / What a person filled in, pinned for ever to the version of its form.",
        table="submission",
        read=Permission.SUBMISSION_READ,
        reads=("submission", "definition"),
        own=("{row}.person_id",),
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
            json("values", doc="填写内容 / What is visible and answered, by the keys of the form."),
            json("fed", doc="同步数据 / The synced figures of the moment of submitting, each with its asOf."),
            json("suggested", doc="建议值 / What was suggested at that moment, by field."),
            instant("created_at", core=True),
            instant("submitted_at"),
        ),
        relations=(
            One(name="person", target="Person", by="{row}.person_id", doc="填写人 / Who filled it in."),
            One(name="unit", target="OrgUnit", by="{row}.unit_id", doc="部门 / Their unit at that time."),
            Many(
                name="attachments",
                target="Attachment",
                on="{there}.submission_id = {row}.id",
                part=True,
                doc="附件 / Its files.",
            ),
        ),
    )
)

ATTACHMENT = register(
    Resource(
        type_name="Attachment",
        doc="附件 / A file of one field of a submission; who may read that may read it.",
        table="attachment",
        read=Permission.SUBMISSION_READ,
        reads=("attachment", "submission"),
        own=("{s}.person_id",),
        unit="{s}.unit_id",
        joins=(_SUBMISSION,),
        order=("id",),
        columns=(
            reference("submission_id", "Submission"),
            text("field", doc="字段 / The key of the field that it belongs to."),
            text("name"),
            text("media_type", doc="类型 / What its content turned out to be."),
            integer("size", doc="字节数 / In bytes."),
            text("sha256"),
            instant("created_at", core=True),
        ),
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
_DONE = (
    "((select count(*) from form_dry_run_batch b where b.tenant_id = {row}.tenant_id and b.run_id = {row}.id) = {row}.batches)"
)

FORM_DRY_RUN = register(
    Resource(
        type_name="FormDryRun",
        doc="表单试跑 / The replay of past submissions against a draft of their form (N10).",
        table="form_dry_run",
        read=Permission.DEFINITION_READ,
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
