"""Mutations of people: the import."""

import binascii
from base64 import b64decode
from datetime import date

import strawberry

from plumb_platform.errors import InvalidInput
from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.mutations import mutation
from plumb_schema.people.types import ImportReport, report_of
from plumb_tenants.people import service


class CsvNotGiven(InvalidInput):
    """A file comes in one form: as text, or as bytes in base64."""

    code = "CSV_NOT_GIVEN"
    zh = "请用 csv（文本）或 csvBase64（文件字节的 Base64）之一提供文件。"
    en = "Give the file either as csv (its text) or as csvBase64 (its bytes in base64)."


@strawberry.input(description="导入员工 / Import units and people from one CSV file, effective today or on an earlier day.")
class ImportPeopleInput:
    csv: str | None = None
    csv_base64: str | None = None
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
        content = _content(input)
        report = await service.import_people(
            info.context.caller,
            content=content,
            dry_run=input.dry_run,
            effective_on=input.effective_on,
            backdate=input.backdate,
        )
        return report_of(report, info.context.locale)


def _content(given: ImportPeopleInput) -> bytes:
    if given.csv is not None and given.csv_base64 is None:
        return given.csv.encode("utf-8", "surrogatepass")
    if given.csv_base64 is None or given.csv is not None:
        raise CsvNotGiven(field="csv")
    try:
        return b64decode(given.csv_base64, validate=True)
    except (binascii.Error, ValueError):
        raise CsvNotGiven(field="csvBase64") from None
