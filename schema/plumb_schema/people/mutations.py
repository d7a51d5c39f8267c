"""Mutations of people: the import."""

import binascii
from base64 import b64decode
from datetime import date

import strawberry

from plumb_platform.errors import DomainError, InvalidInput
from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.mutations import mutation
from plumb_schema.people.types import ImportReport, report_of
from plumb_tenants.people import service


class FileNotGiven(InvalidInput):
    """A file comes in one form: as text, or as bytes in base64."""

    code = "FILE_NOT_GIVEN"
    zh = "请用 csv（文本）或 fileBase64（CSV 或 XLSX 文件字节的 Base64）之一提供文件。"
    en = "Give the file either as csv (its text) or as fileBase64 (the bytes of a CSV or XLSX file in base64)."


@strawberry.input(
    description="导入员工 / Import units and people from one CSV or XLSX file, effective today or on an earlier day."
)
class ImportPeopleInput:
    csv: str | None = None
    file_base64: str | None = None
    sheet: str | None = strawberry.field(
        default=None, description="工作表名称，默认第一个可见的 / The sheet of a workbook; the first that shows when absent."
    )
    dry_run: bool = False
    effective_on: date | None = None
    backdate: bool = strawberry.field(
        default=False,
        description="更正生效日期 / Unchanged rows hold from effectiveOn too; what was said of the days in between gives way.",
    )


@strawberry.type
class PeopleMutation:
    @mutation(
        needs=Permission.PERSON_IMPORT,
        description="导入员工 / Create and update units and people; any error writes nothing, a dry run writes nothing.",
    )
    async def import_people(self, info: Info, input: ImportPeopleInput) -> ImportReport:
        try:
            report = await service.import_people(
                info.context.caller,
                content=_content(input),
                dry_run=input.dry_run,
                sheet=input.sheet,
                effective_on=input.effective_on,
                backdate=input.backdate,
            )
        except DomainError as error:
            if error.field == "content":
                error.field = "fileBase64" if input.csv is None else "csv"
            raise
        return report_of(report, info.context.locale)


def _content(given: ImportPeopleInput) -> bytes:
    if given.csv is not None and given.file_base64 is None:
        return given.csv.encode("utf-8", "surrogatepass")
    if given.file_base64 is None or given.csv is not None:
        raise FileNotGiven(field="csv")
    try:
        return b64decode(given.file_base64, validate=True)
    except (binascii.Error, ValueError):
        raise FileNotGiven(field="fileBase64") from None
