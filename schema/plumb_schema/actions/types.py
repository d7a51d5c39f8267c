"""GraphQL types of actions: rows of resources, and what became of imports and dispatches."""

from datetime import date
from decimal import Decimal

import strawberry

import plumb_schema.definitions.types
import plumb_schema.goals.types
import plumb_schema.people.types  # noqa: F401 - relations and references lead to all three
from plumb_platform.errors import Locale
from plumb_platform.permissions import Permission
from plumb_platform.sheets.lines import FileReport
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import tenant_type
from plumb_schema.ground.sheets import ImportFault, facts_of
from plumb_schema.reads.classes import of
from plumb_tenants.actions import service
from plumb_tenants.actions.resources import CUSTOMER, TASK


@of(CUSTOMER)
class Customer(Node):
    pass


@of(TASK)
class Task(Node):
    pass


@tenant_type(needs=Permission.CUSTOMER_IMPORT, description="导入结果 / What an import did.")
class ImportedCustomers:
    created: int
    updated: int
    unchanged: int


@tenant_type(
    needs=Permission.CUSTOMER_IMPORT,
    description="导入结果 / What the import did; with errors, or in a dry run, what it would do. Any error writes nothing.",
)
class CustomerImport:
    written: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    errors: list[ImportFault]
    warnings: list[ImportFault]
    error_count: int
    warning_count: int


@tenant_type(needs=Permission.TASK_DISPATCH, description="月度项提醒 / A person has more monthly items than advised.")
class MonthlyItemsWarning:
    owner_number: str
    month: date
    count: int
    limit: int


@tenant_type(needs=Permission.TASK_DISPATCH, description="派发结果 / The tasks of a dispatch in its order, and what to mind.")
class DispatchedTasks:
    task_ids: list[strawberry.ID]
    created: int
    warnings: list[MonthlyItemsWarning]


@tenant_type(needs=Permission.TASK_READ, description="合规率 / Key actions planned and done; no rate when nothing is planned.")
class ComplianceRate:
    planned: int
    done: Decimal
    rate: Decimal | None


def imported_of(done: service.CustomersImported) -> ImportedCustomers:
    """Return the GraphQL object of an import."""
    return ImportedCustomers(created=done.created, updated=done.updated, unchanged=done.unchanged)


def import_of(report: FileReport, locale: Locale) -> CustomerImport:
    """Return the GraphQL object of an import report, its texts in the caller's language."""
    return CustomerImport(**facts_of(report, locale))


def dispatched_of(done: service.Dispatched) -> DispatchedTasks:
    """Return the GraphQL object of a dispatch."""
    warnings = [
        MonthlyItemsWarning(owner_number=each.owner_number, month=each.month, count=each.count, limit=each.limit)
        for each in done.warnings
    ]
    ids = [strawberry.ID(encode_id("Task", each)) for each in done.task_ids]
    return DispatchedTasks(task_ids=ids, created=done.created, warnings=warnings)


def compliance_of(found: service.Compliance) -> ComplianceRate:
    """Return the GraphQL object of a compliance rate."""
    return ComplianceRate(planned=found.planned, done=found.done, rate=found.rate)
