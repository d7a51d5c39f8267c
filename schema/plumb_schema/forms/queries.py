"""Queries of forms: what can be filled in, how it stands, what was submitted, dry runs."""

from datetime import date

import strawberry
from strawberry.scalars import JSON

from plumb_platform.permissions import Permission
from plumb_schema.forms.types import (
    ApproverCandidate,
    Attachment,
    FillableForm,
    FormAnswers,
    FormDryRun,
    HistoryPoint,
    Submission,
    SubmissionVersion,
    answers_of,
    form_of,
)
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, decode_optional_id
from plumb_schema.ground.permission import field
from plumb_schema.reads.classes import connection, single
from plumb_tenants.forms import service


@strawberry.type
class FormQuery:
    submissions = connection(Submission, description="提交列表 / The submissions that the caller may read, newest first.")
    submission = single(Submission, description="表单提交 / One submission.")
    submission_versions = connection(
        SubmissionVersion, description="提交版本列表 / Submissions as they were sent into approval, newest first."
    )
    submission_version = single(SubmissionVersion, description="提交版本 / One of them.")
    attachment = single(Attachment, description="附件 / One file of a submission.")
    form_dry_runs = connection(FormDryRun, description="试跑列表 / The dry runs of forms, newest first.")
    form_dry_run = single(FormDryRun, description="表单试跑 / One dry run, with its progress.")

    @field(needs=Permission.SUBMISSION_WRITE, description="可填写的表单 / The forms that are in effect, by key.")
    async def fillable_forms(self, info: Info) -> list[FillableForm]:
        return [form_of(version) for version in await service.forms_in_effect(info.context.caller)]

    @field(needs=Permission.SUBMISSION_WRITE, description="待填表单 / One version of a form with JSON Schema and order.")
    async def fillable_form(self, info: Info, version_id: strawberry.ID) -> FillableForm:
        form_version_id = decode_id(version_id, "DefinitionVersion", field="versionId")
        return form_of(await service.form_to_fill(info.context.caller, form_version_id))

    @field(
        needs=Permission.SUBMISSION_WRITE,
        description="校验表单 / How every field stands with these values; of one's own draft with `submissionId`. Keeps nothing.",
    )
    async def validate_submission(
        self, info: Info, version_id: strawberry.ID, values: JSON, submission_id: strawberry.ID | None = None
    ) -> FormAnswers:
        answers = await service.validate_submission(
            info.context.caller,
            version_id=decode_id(version_id, "DefinitionVersion", field="versionId"),
            values=values,  # type: ignore[arg-type]  # whatever JSON: the service looks
            submission_id=decode_optional_id(submission_id, "Submission", field="submissionId"),
        )
        return answers_of(answers, info.context.locale)

    @field(
        needs=Permission.PERSON_PICK,
        description="可选审批人 / At most 20 colleagues by a part of the name, for a field whose person the form's flow asks.",
    )
    async def approver_candidates(
        self, info: Info, version_id: strawberry.ID, field: str, search: str
    ) -> list[ApproverCandidate] | None:
        asked = decode_id(version_id, "DefinitionVersion", field="versionId")
        found = await service.approver_candidates(info.context.caller, version_id=asked, field=field, search=search)
        return [ApproverCandidate(number=each.number, name=each.name, unit_name=each.unit_name) for each in found]

    @field(
        needs=Permission.OBSERVATION_READ,
        description="历史曲线 / Twelve months of a metric up to that of `until`, one's own or a person's within reach.",
    )
    async def history_curve(
        self, info: Info, metric: str, person_id: strawberry.ID | None = None, until: date | None = None
    ) -> list[HistoryPoint] | None:
        asked = decode_optional_id(person_id, "Person", field="personId")
        found = await service.history_curve(info.context.caller, metric_key=metric, person_id=asked, until=until)
        return [HistoryPoint(month=p.month, actual=p.actual, target=p.target, last_year=p.last_year) for p in found]
