"""Mutations of people: the import."""

from datetime import date

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.mutations import mutation
from plumb_schema.ground.sheets import SheetInput, file_of
from plumb_schema.people.types import ImportReport, report_of
from plumb_tenants.people import service


@strawberry.input(
    description="导入员工 / Import units and people from one CSV or XLSX file, effective today or on an earlier day."
)
class ImportPeopleInput(SheetInput):
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
        with file_of(input) as content:
            report = await service.import_people(
                info.context.caller,
                content=content,
                dry_run=input.dry_run,
                sheet=input.sheet,
                effective_on=input.effective_on,
                backdate=input.backdate,
            )
        return report_of(report, info.context.locale)
