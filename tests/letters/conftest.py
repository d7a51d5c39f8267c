"""Fixtures of the letter tests: an office of its own for each test."""

from pathlib import Path

import pytest

from plumb_platform.database import Database
from plumb_platform.documents.renderer import Renderer
from plumb_platform.storage import Storage, open_storage
from plumb_tenants.letters.service import SealTools
from support.companies import VAULT
from support.letters_made import Office, make_office
from support.sealed_letter import Sealed, sealed_letter


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office()


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage("", home=tmp_path)


@pytest.fixture
def tools(renderer: Renderer, storage: Storage) -> SealTools:
    return SealTools(renderer=renderer, storage=storage, vault=VAULT, public_url="https://plumb.example.test/")


@pytest.fixture
async def sealed(office: Office, tools: SealTools) -> Sealed:
    return await sealed_letter(office, tools)
