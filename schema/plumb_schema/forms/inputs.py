"""GraphQL inputs of forms: values, files, synced figures, copies."""

import binascii
from base64 import b64decode
from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry.scalars import JSON

from plumb_platform.errors import InvalidInput
from plumb_tenants.forms import service

strawberry.enum(service.Pack, name="FormPack", description="行业包 / A function that Plumb brings forms and metrics for.")


class ContentNotBase64(InvalidInput):
    """A file travels as base64."""

    code = "CONTENT_NOT_BASE64"
    zh = "文件内容不是有效的 Base64。"
    en = "The content is not valid base64."


@strawberry.input(description="开始填写 / Begin a draft of a form under a version that is in effect.")
class StartSubmissionInput:
    version_id: strawberry.ID
    values: JSON


@strawberry.input(description="保存草稿 / Replace the values of one's own draft, at the version that one has read.")
class SaveSubmissionInput:
    submission_id: strawberry.ID
    version: int
    values: JSON


@strawberry.input(description="提交表单 / Submit one's own draft for ever, at the version that one has read.")
class SubmitSubmissionInput:
    submission_id: strawberry.ID
    version: int


@strawberry.input(description="上传附件 / Keep a file for a field of one's own draft.")
class UploadAttachmentInput:
    submission_id: strawberry.ID
    field: str
    name: str
    content_base64: str

    def content(self) -> bytes:
        """Return the bytes, or raise ContentNotBase64."""
        try:
            return b64decode(self.content_base64, validate=True)
        except (binascii.Error, ValueError):
            raise ContentNotBase64(field="contentBase64") from None


@strawberry.input(description="移除附件 / Take a file out of one's own draft.")
class RemoveAttachmentInput:
    attachment_id: strawberry.ID


@strawberry.input(description="同步数值 / A figure about the employee with a number, as of an instant.")
class FedFigureInput:
    person_number: str
    value: Decimal
    as_of: datetime


@strawberry.input(description="记录同步数据 / Record figures of one feed about people, all or none.")
class RecordFedValuesInput:
    feed: str
    figures: list[FedFigureInput]

    def opened(self) -> list[service.Figure]:
        """Return the service's figures."""
        return [service.Figure(each.person_number, each.value, each.as_of) for each in self.figures]


@strawberry.input(description="采用行业包 / Publish the forms of a function with its metrics.")
class AdoptFormPackInput:
    pack: service.Pack


@strawberry.input(description="试跑表单 / Replay all past submissions of a form against one of its versions.")
class DryRunFormVersionInput:
    version_id: strawberry.ID
