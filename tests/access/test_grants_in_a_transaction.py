"""What an actor may do is read once in a transaction, and anew as soon as the transaction itself changes something."""

from plumb_platform.database import tenant_transaction
from plumb_platform.permissions import Permission, Scope, grants_of, require
from plumb_tenants.access.service import RoleTarget, assign_role
from support.office import Office, person_of
from support.wire import listened


async def test_a_role_given_in_the_transaction_counts_in_it_even_from_within_a_savepoint(office: Office) -> None:
    admin, clerk = office.company.admin, office.clerk
    async with tenant_transaction(admin):
        before = (await grants_of(clerk)).scope(Permission.AUDIT_READ)
        async with tenant_transaction(admin):
            await assign_role(admin, role="auditor", target=RoleTarget(person_id=person_of(clerk)))
        after = (await grants_of(clerk)).scope(Permission.AUDIT_READ)
    assert (before, after) == (Scope.NONE, Scope.COMPANY)


async def test_asking_again_in_a_transaction_costs_no_statement(office: Office) -> None:
    async with tenant_transaction(office.clerk):
        await require(office.clerk, Permission.GOAL_READ)
    async with listened() as wire, tenant_transaction(office.clerk):
        for _ in range(3):
            await require(office.clerk, Permission.GOAL_READ)
    assert wire.own == ["select value from access_version"]
