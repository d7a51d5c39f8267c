"""What verifying tells of a file besides its verdict: an earlier revision that was genuine, a marked copy (A27, A57)."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from plumb_platform import clock
from plumb_platform.clock import now
from plumb_platform.database import tenant_transaction
from plumb_platform.documents.timestamp_servers import TimestampServers
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.storage import Storage
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from plumb_schema.ground.ids import encode_id
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.service import SealTools, download_letter, seal_letter, stamp_letter
from plumb_tenants.letters.stamping import newest_file
from support.asking import Ask
from support.letters_made import Office, mark_copies
from support.timestamp_server import StampServer, stamp_server

VERIFY = """query ($file: String) { verifyLetter(file: $file) {
  status number hint newestSha256 foundSha256 expectedSha256 originalPath } }"""


@pytest.fixture
def ask(product_engine: Engine, ground: Ground, storage: Storage) -> Ask:
    return Ask(product_engine, replace(ground, storage=storage))


@pytest.fixture
def tsa(tools: SealTools) -> Iterator[StampServer]:
    with stamp_server(made_at=now(), days=400) as running:
        tools.timestamps = running.servers
        yield running


async def told(ask: Ask, content: bytes) -> dict[str, Any]:
    """Return what the API tells anybody of a file."""
    found: dict[str, Any] = await ask(None, VERIFY, file=base64.b64encode(content).decode())
    assert found.pop("foundSha256") == sha256_hex(content)
    return found


def said(letter: Letter, status: str, hint: str | None, *, expected: str | None, newest: str | None) -> dict[str, Any]:
    path = f"/letters/{encode_id('Letter', letter.id)}/file?original=1" if hint else None
    facts = {"status": status, "number": letter.number, "hint": hint, "originalPath": path}
    return facts | {"expectedSha256": expected, "newestSha256": newest}


async def sealed(office: Office, tools: SealTools) -> Letter:
    signed, system = await office.signed(), office.company.system
    async with tenant_transaction(system):
        return await seal_letter(system, signed.id, tools)


async def test_a_marked_copy_is_told_as_one_and_a_changed_or_foreign_one_is_not(
    office: Office, tools: SealTools, ground: Ground, ask: Ask
) -> None:
    letter = await sealed(office, tools)
    await mark_copies(office.company)
    for key, hint in ((ground.copy_keys[0], "MARKED_COPY"), (b"k" * 32, None), (b"", None)):
        async with tenant_transaction(office.employee):
            copy = (await download_letter(office.employee, letter.id, tools.storage, copy_key=key)).content
        newest = letter.file_sha256 if hint else None
        assert await told(ask, copy) == said(letter, "MODIFIED", hint, expected=letter.file_sha256, newest=newest)
    async with tenant_transaction(office.employee):
        copy = (await download_letter(office.employee, letter.id, tools.storage, copy_key=ground.copy_keys[0])).content
    proof = copy.index(b"/PlumbCopy (")
    for place in (20, len(copy) // 2, proof + 20, len(copy) - 2):
        changed = bytearray(copy)
        changed[place] ^= 1
        assert (await told(ask, bytes(changed)))["hint"] is None, place
    twice = copy + copy[proof : proof + 77]
    for forged in (copy + b"\n", copy[:-1], twice, b"\n" + copy, copy.replace(b"/PlumbCopy", b"/PlumbCopx")):
        assert await told(ask, forged) == said(letter, "MODIFIED", None, expected=letter.file_sha256, newest=None)


async def test_a_copy_of_one_letter_is_none_of_another(office: Office, tools: SealTools, ground: Ground, ask: Ask) -> None:
    from plumb_platform.documents.copy_proof import is_proven

    letter = await sealed(office, tools)
    await mark_copies(office.company)
    async with tenant_transaction(office.employee):
        copy = (await download_letter(office.employee, letter.id, tools.storage, copy_key=ground.copy_keys[0])).content
    key = str(letter.file_key)
    assert is_proven(copy, ground.copy_keys, key)
    for other in (key.replace(str(office.company.tenant_id), "0" * 36), key.replace(str(letter.file_sha256), "0" * 64)):
        assert not is_proven(copy, ground.copy_keys, other)


async def test_a_letter_taken_back_to_before_a_stamp_is_told_with_both_digests(
    office: Office, tools: SealTools, tsa: StampServer, ask: Ask
) -> None:
    admin, system = office.company.admin, office.company.system
    async with tenant_transaction(admin):
        draft = await create_definition(admin, kind="seal", key="default", name="签章规则", body={"seal_level": "B-LTA"})
        await publish_version(admin, draft.id, version=draft.version)
    letter = await sealed(office, tools)
    first = await tools.storage.get(str(letter.file_key))
    whole = await told(ask, first)
    assert whole == said(letter, "VALID", None, expected=letter.file_sha256, newest=None)
    soon = letter.stamps_end_at - timedelta(days=60) if letter.stamps_end_at else now()
    with clock.clock_at(soon), stamp_server(made_at=soon, days=800) as newer:
        newer.at = soon
        tools.timestamps = TimestampServers(urls=newer.servers.urls, roots=(tsa.root, newer.root))
        async with tenant_transaction(system):
            file_key, newest = await newest_file(await stamp_letter(system, letter.id, tools))
    # The file of before is genuine, and so are its own revisions: unsealed, sealed, with what judges the seal.
    assert await told(ask, first) == said(letter, "VALID", "EARLIER_REVISION", expected=letter.file_sha256, newest=newest)
    latest, ends = await tools.storage.get(file_key), [at for at in range(len(first)) if first.startswith(b"%%EOF\n", at)]
    assert latest.startswith(first)
    assert len(ends) == 4
    for end in ends[:-1]:
        earlier = first[: end + 6]
        assert await told(ask, earlier) == said(letter, "MODIFIED", "EARLIER_REVISION", expected=newest, newest=newest)
        assert (await told(ask, earlier[:-9] + earlier[-8:]))["hint"] is None
    assert (await told(ask, latest))["hint"] is None


async def test_a_file_without_the_end_of_its_last_line_is_no_earlier_revision(office: Office, tools: SealTools, ask: Ask) -> None:
    letter = await sealed(office, tools)
    whole = await tools.storage.get(str(letter.file_key))
    assert whole.endswith(b"%%EOF\n")
    assert await told(ask, whole[:-1]) == said(letter, "MODIFIED", None, expected=letter.file_sha256, newest=None)
