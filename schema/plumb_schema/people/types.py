"""GraphQL types of units, people and their import."""

from plumb_platform.errors import Locale
from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node
from plumb_schema.ground.permission import tenant_type
from plumb_schema.ground.sheets import ImportFault, faults_of
from plumb_schema.reads.classes import of
from plumb_tenants.people import service
from plumb_tenants.people.resources import PERSON, UNIT


@of(UNIT)
class OrgUnit(Node):
    pass


@of(PERSON)
class Person(Node):
    pass


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
    backdated: int
    errors: list[ImportFault]
    warnings: list[ImportFault]
    error_count: int
    warning_count: int


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
        backdated=report.backdated,
        errors=faults_of(report.errors, report.titles, locale),
        warnings=faults_of(report.warnings, report.titles, locale),
        error_count=report.error_count,
        warning_count=report.warning_count,
    )
