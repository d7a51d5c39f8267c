"""Placements of people and units, as an import leaves them."""

from datetime import date

from plumb_platform.database import fetch, tenant_transaction
from plumb_tenants.people.placing import place_people, place_units
from support.companies import CompanyFixture

JANUARY = date(2026, 1, 1)


async def fill_placements(company: CompanyFixture) -> None:
    """Say of everybody and of all units that they are where they are from January on."""
    async with tenant_transaction(company.system):
        await place_units([row["id"] for row in await fetch("select id from org_unit")], JANUARY)
        await place_people([row["id"] for row in await fetch("select id from person")], JANUARY)
