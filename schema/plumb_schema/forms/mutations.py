"""Mutations of forms: fill in, submit, attach, record synced figures, try a draft."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.forms.inputs import (
    AdoptFormPackInput,
    DryRunFormVersionInput,
    RecordFedValuesInput,
    RemoveAttachmentInput,
    SaveSubmissionInput,
    StartSubmissionInput,
    SubmitSubmissionInput,
    UploadAttachmentInput,
)
from plumb_schema.forms.types import AdoptedFormPack, Attachment, FormDryRun, RecordedFigures, Submission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.forms import service

_WRITE = Permission.SUBMISSION_WRITE


@strawberry.type
class FormMutation:
    @mutation(needs=_WRITE, description="开始填写 / Begin a draft; it may be incomplete.")
    async def start_submission(self, info: Info, input: StartSubmissionInput) -> Submission:
        version_id = decode_id(input.version_id, "DefinitionVersion", field="versionId")
        started = await service.start_submission(info.context.caller, version_id=version_id, values=input.values)  # type: ignore[arg-type]  # any JSON
        return row_of(Submission, started)

    @mutation(needs=_WRITE, description="保存草稿 / Replace the values of one's own draft.")
    async def save_submission(self, info: Info, input: SaveSubmissionInput) -> Submission:
        saved = await service.save_submission(
            info.context.caller,
            submission_id=decode_id(input.submission_id, "Submission", field="submissionId"),
            version=input.version,
            values=input.values,  # type: ignore[arg-type]  # any JSON
        )
        return row_of(Submission, saved)

    @mutation(needs=_WRITE, description="提交表单 / Submit one's own draft; it never changes again.")
    async def submit_submission(self, info: Info, input: SubmitSubmissionInput) -> Submission:
        submission_id = decode_id(input.submission_id, "Submission", field="submissionId")
        submitted = await service.submit(info.context.caller, submission_id=submission_id, version=input.version)
        return row_of(Submission, submitted)

    @mutation(needs=_WRITE, description="上传附件 / Keep a file for a field of one's own draft.")
    async def upload_attachment(self, info: Info, input: UploadAttachmentInput) -> Attachment:
        kept = await service.upload_attachment(
            info.context.caller,
            info.context.ground.storage,
            info.context.ground.scanner,
            submission_id=decode_id(input.submission_id, "Submission", field="submissionId"),
            field=input.field,
            name=input.name,
            content=input.content(),
        )
        return row_of(Attachment, kept)

    @mutation(needs=_WRITE, description="移除附件 / Take a file out of one's own draft.")
    async def remove_attachment(self, info: Info, input: RemoveAttachmentInput) -> Submission:
        attachment_id = decode_id(input.attachment_id, "Attachment", field="attachmentId")
        return row_of(Submission, await service.remove_attachment(info.context.caller, attachment_id=attachment_id))

    @mutation(needs=Permission.FEED_WRITE, description="记录同步数据 / Record figures of one feed about people, all or none.")
    async def record_fed_values(self, info: Info, input: RecordFedValuesInput) -> RecordedFigures:
        added = await service.record_fed_values(info.context.caller, feed=input.feed, figures=input.opened())
        return RecordedFigures(added=added)

    @mutation(needs=Permission.DEFINITION_WRITE, description="试跑表单 / Replay past submissions against a version; a job.")
    async def dry_run_form_version(self, info: Info, input: DryRunFormVersionInput) -> FormDryRun:
        version_id = decode_id(input.version_id, "DefinitionVersion", field="versionId")
        return row_of(FormDryRun, await service.start_dry_run(info.context.caller, version_id=version_id))

    @mutation(needs=Permission.DEFINITION_PUBLISH, description="采用行业包 / Publish what a pack holds and the company lacks.")
    async def adopt_form_pack(self, info: Info, input: AdoptFormPackInput) -> AdoptedFormPack:
        adopted = await service.adopt_pack(info.context.caller, input.pack)
        return AdoptedFormPack(version_ids=[strawberry.ID(encode_id("DefinitionVersion", each)) for each in adopted])
