"""Fixtures of the tests about snapshots."""

from pathlib import Path

import pytest

from plumb_platform.database import Database
from plumb_platform.storage import Storage, open_storage
from support.companies import CompanyFixture, make_company


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage("", home=tmp_path)
