"""GraphQL types of units, people and their import."""

from datetime import date

import strawberry

from plumb_platform.errors import Locale
from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Context, Info
from plumb_schema.ground.ids import Node, readable_node
from plumb_schema.ground.permission import field, tenant_type
from plumb_tenants.people import service


@tenant_type(needs=Permission.UNIT_READ, description="部门 / A unit of the organisation.")
class OrgUnit(Node):
    code: str
    name: str
    version: int
    row: strawberry.Private[service.Unit]

    @field(description="上级部门 / The unit above; null for a root.")
    async def parent(self, info: Info) -> "OrgUnit | None":
        return await load_unit(info.context, self.row.parent_id) if self.row.parent_id else None


@tenant_type(needs=Permission.PERSON_READ, description="员工 / An employee.")
class Person(Node):
    number: str
    name: str
    email: str | None
    grade: str
    position: str
    hired_on: date | None
    skills: list[str]
    active: bool
    version: int
    row: strawberry.Private[service.Person]

    @field(description="所属部门 / The unit that the person belongs to.", needs=Permission.UNIT_READ)
    async def unit(self, info: Info) -> OrgUnit | None:
        return await load_unit(info.context, self.row.unit_id)

    @field(description="直属上级 / The manager; null when there is none or the caller may not see them.")
    async def manager(self, info: Info) -> "Person | None":
        return await load_person(info.context, self.row.manager_id) if self.row.manager_id else None


@tenant_type(needs=Permission.PERSON_IMPORT, description="导入问题 / What is wrong at a row (1 is the header) and a column.")
class ImportFault:
    row: int
    column: str | None
    code: str
    message: str


@tenant_type(
    needs=Permission.PERSON_IMPORT,
    description="导入结果 / What the import did; with errors, or in a dry run, what it would do. Any error writes nothing.",
)
class ImportReport:
    written: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    units_created: int
    units_updated: int
    errors: list[ImportFault]
    warnings: list[ImportFault]
    error_count: int
    warning_count: int


async def load_unit(context: Context, unit_id: object) -> OrgUnit | None:
    """Return a unit through the request's loader; None when it is not there or not the caller's."""
    row: service.Unit | None = await context.load("units", unit_id)
    return unit_of(row) if row else None


async def load_person(context: Context, person_id: object) -> Person | None:
    """Return a person through the request's loader; None when they are not there or not the caller's."""
    row: service.Person | None = await context.load("people", person_id)
    return person_of(row) if row else None


@readable_node("OrgUnit")
async def _unit_node(context: Context, unit_id: object) -> OrgUnit | None:
    return await load_unit(context, unit_id)


@readable_node("Person")
async def _person_node(context: Context, person_id: object) -> Person | None:
    return await load_person(context, person_id)


def unit_of(row: service.Unit) -> OrgUnit:
    """Return the GraphQL object of a unit."""
    return OrgUnit(uuid=row.id, code=row.code, name=row.name, version=row.version, row=row)


def person_of(row: service.Person) -> Person:
    """Return the GraphQL object of a person."""
    return Person(
        uuid=row.id,
        number=row.number,
        name=row.name,
        email=row.email,
        grade=row.grade,
        position=row.position,
        hired_on=row.hired_on,
        skills=list(row.skills),
        active=row.active,
        version=row.version,
        row=row,
    )


def report_of(report: service.ImportReport, locale: Locale) -> ImportReport:
    """Return the GraphQL object of an import report, its texts in the caller's language."""
    return ImportReport(
        written=report.written,
        rows=report.rows,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        units_created=report.units_created,
        units_updated=report.units_updated,
        errors=[_fault_of(fault, locale) for fault in report.errors],
        warnings=[_fault_of(fault, locale) for fault in report.warnings],
        error_count=report.error_count,
        warning_count=report.warning_count,
    )


def _fault_of(fault: service.Fault, locale: Locale) -> ImportFault:
    return ImportFault(row=fault.row, column=fault.column, code=fault.error.code, message=fault.error.text(locale))
