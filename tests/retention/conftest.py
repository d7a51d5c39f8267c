"""Fixtures of the retention tests: an office whose employee left long ago with a sealed letter, and a store of its own."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import Database, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.storage import Storage, open_storage
from plumb_tenants.company.service import add_signing_key
from plumb_tenants.letters.service import SealTools, seal_letter
from support.companies import VAULT
from support.letters_made import make_office
from support.retention_made import Ended, left

SIGNED, LEFT_ON = datetime(2020, 3, 2, 4, tzinfo=UTC), date(2021, 6, 30)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage("", home=tmp_path)


@pytest.fixture
async def ended(database: Database, storage: Storage, renderer: Renderer) -> Ended:
    """Make the office; its letter was sealed in 2020, its employee left in 2021."""
    with clock_at(SIGNED):
        office = await make_office()
        letter = await office.signed()
        async with tenant_transaction(office.company.system):
            tools = SealTools(renderer=renderer, storage=storage, vault=VAULT, public_url="https://plumb.example.test/")
            sealed = await seal_letter(office.company.system, letter.id, tools)
    await left(office.company, office.employee, LEFT_ON)
    async with tenant_transaction(office.company.system):
        # The key of 2020 has ended since.
        await add_signing_key(office.company.system, company_name=office.company.name, vault=VAULT)
    return Ended(office, sealed, storage)
