"""Whoever signed and left is erased while the letter waits for the others: it is signed and sealed as it was issued (C9, N5)."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from plumb_platform.audit.service import verify_chain
from plumb_platform.clock import clock_at
from plumb_platform.database import Database, fetch_value, tenant_transaction
from plumb_platform.documents.attachments import extract_attachment
from plumb_platform.documents.renderer import Renderer
from plumb_platform.storage import Storage
from plumb_tenants.company.service import add_signing_key
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.service import SealTools, seal_letter, verify_upload
from support.companies import VAULT
from support.letters_made import make_office, sign
from support.pdf_tools import told
from support.retention_made import Ended, left

NAME = "张伟"


@pytest.fixture
async def half_signed(database: Database, storage: Storage) -> Ended:
    """Make an office whose letter its employee signed in 2020 and left in 2021; the manager has yet to sign."""
    with clock_at(datetime(2020, 3, 2, 4, tzinfo=UTC)):
        office = await make_office()
        letter = await office.issued()
        await sign(office.employee, letter.id, 1)
    await left(office.company, office.employee, date(2021, 6, 30))
    async with tenant_transaction(office.company.system):
        await add_signing_key(office.company.system, company_name=office.company.name, vault=VAULT)
    return Ended(office, letter, storage)


async def test_the_erased_stands_in_the_sealed_letter_as_they_signed_it_and_it_holds(
    half_signed: Ended, renderer: Renderer, tmp_path: Path
) -> None:
    office, letter, system = half_signed.office, half_signed.letter, half_signed.office.company.system
    tools = SealTools(renderer=renderer, storage=half_signed.storage, vault=VAULT, public_url="https://plumb.example.test/")
    run_id = await half_signed.erase()

    async def signed_and_sealed() -> None:
        await sign(office.manager, letter.id, 2)
        async with tenant_transaction(system):
            await seal_letter(system, letter.id, tools)

    await asyncio.gather(half_signed.to_the_end(run_id), signed_and_sealed())
    async with tenant_transaction(system):
        name = await fetch_value("select name from person where id = $1", office.employee.person_id)
        sealed, chain = await Letter.get(id=letter.id), await verify_chain(system)
    assert name.startswith("已匿名 ")
    assert (sealed.state, sealed.canonical, sealed.shredded_at, chain.broken_at) == ("SEALED", letter.canonical, None, None)
    content = await half_signed.storage.get(str(sealed.file_key))
    assert extract_attachment(content).content.decode() == letter.canonical
    (tmp_path / "letter.pdf").write_bytes(content)
    text = await told("pdftotext", str(tmp_path / "letter.pdf"), "-")
    assert (NAME in text, "已匿名" in text) == (True, False)
    assert (await verify_upload(content)).status == "VALID"
