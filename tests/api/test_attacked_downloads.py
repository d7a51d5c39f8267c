"""Downloads asked for in every way that HTTP has: by a part, by their head, by a tag, by a link, and after revocation (A56)."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import httpx2
import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, fetch_value, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.identity.tokens import create_token
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_schema.ground.ids import encode_id
from plumb_server.letter_archive import archive
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.run_archive import RunFile
from plumb_tenants.letters.service import SealTools, revoke_letter, seal_letter
from support.companies import VAULT
from support.filled_company import new_session
from support.letters_made import Office, make_office
from support.serving import Caller

RANGES = ("bytes=0-0", "bytes=-1", "bytes=100-99", "bytes=999999999-", "bytes=0-1,5-6", "bytes=" + "0-1," * 500 + "2-3", "x=1-2")
LINK = "mutation ($letter: ID!) { createLetterLink(input: {letterId: $letter}) { ... on LetterLink { path } } }"


@dataclass(frozen=True)
class Kept:
    """A sealed letter in the store that the server reads."""

    office: Office
    letter: Letter
    file: bytes

    @property
    def path(self) -> str:
        """Return where the file is downloaded."""
        return f"/letters/{encode_id('Letter', self.letter.id)}/file"

    async def downloads(self) -> int:
        """Return how many downloads the audit tells of."""
        async with tenant_transaction(self.office.company.system):
            return int(await fetch_value("select count(*) from audit_entry where action = 'letter.download'"))


@pytest.fixture
async def kept(settings: Settings, database: Database, renderer: Renderer) -> Kept:
    office, storage = await make_office(), open_storage(settings.storage_url, home=settings.home)
    signed = await office.signed()
    tools = SealTools(renderer=renderer, storage=storage, vault=VAULT, public_url="https://plumb.example.test/")
    async with tenant_transaction(office.company.system):
        letter = await seal_letter(office.company.system, signed.id, tools)
    return Kept(office, letter, await storage.get(str(letter.file_key)))


async def all_of_them(files: Sequence[RunFile]) -> Sequence[RunFile]:
    """Answer that each file may be handed out still."""
    return files


async def cookie(actor: Actor) -> dict[str, str]:
    return {"cookie": f"plumb_session={await new_session(actor)}"}


async def test_a_part_is_the_whole_and_is_audited_each_time_and_a_stranger_has_neither(
    http: httpx2.AsyncClient, kept: Kept
) -> None:
    own, strange = await cookie(kept.office.employee), await cookie((await make_office("乙方有限公司")).employee)
    tag = f'"{hashlib.sha256(kept.file).hexdigest()}"'
    asked = [{"range": each} for each in RANGES]
    asked += [{"if-none-match": each} for each in (tag, f"W/{tag}", "*")] + [{"if-range": tag, "range": "bytes=0-0"}]
    for headers in asked:
        answer = await http.get(kept.path, headers=own | headers)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (200, kept.file, tag)
        refused = await http.get(kept.path, headers=strange | headers)
        assert (refused.status_code, "etag" in refused.headers, tag in refused.text) == (404, False, False)
    assert await kept.downloads() == len(asked)


async def test_the_head_of_a_letter_tells_its_parties_alone_how_long_it_is(http: httpx2.AsyncClient, kept: Kept) -> None:
    other = (await make_office("乙方有限公司")).employee
    answer = await http.head(kept.path, headers=await cookie(kept.office.employee))
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", str(len(kept.file)))
    for headers, status in ((await cookie(other), 404), ({}, 401)):
        refused = await http.head(kept.path, headers=headers)
        assert (refused.status_code, refused.content, "etag" in refused.headers) == (status, b"", False)
        assert int(refused.headers["content-length"]) < 500
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"):
        answer = await http.request(method, kept.path, headers=await cookie(kept.office.employee))
        assert answer.status_code in (403, 405)


async def test_a_link_asks_anew_who_may_fetch_whatever_session_it_is_opened_in(http: httpx2.AsyncClient, kept: Kept) -> None:
    employee, hr = kept.office.employee, kept.office.company.hr
    session = await cookie(employee)
    async with tenant_transaction(employee):
        token = (await create_token(employee, name="下载", scopes=["letter:download"], days=1)).credential
    link = (await Caller(http, token=token).ask(LINK, letter=encode_id("Letter", kept.letter.id)))["path"]
    stranger = await cookie((await make_office("乙方有限公司")).company.admin)
    # The word alone counts: a stranger's session adds nothing to it and takes nothing from it.
    assert [(await http.get(link, headers=each)).content for each in ({}, session, stranger)] == [kept.file] * 3
    assert (await http.get("/letters/by-link", headers=session)).status_code == 401
    async with tenant_transaction(hr):
        await revoke_letter(hr, letter_id=kept.letter.id, version=kept.letter.version, reason="岗位调整")
    # What was signed stays theirs: a revoked letter says so where it is verified, and its file is handed to its parties.
    assert [(await http.get(each, headers=session)).content for each in (kept.path, link)] == [kept.file] * 2
    async with tenant_transaction(kept.office.company.system):
        await execute("update membership set active = false where id = $1", employee.membership_id)
    assert [(await http.get(each, headers=session)).status_code for each in (kept.path, link)] == [401, 401]


async def test_an_archive_goes_on_when_a_file_of_it_is_destroyed_or_changed_meanwhile(settings: Settings, kept: Kept) -> None:
    storage = open_storage(settings.storage_url, home=settings.home)
    tenant, digest = kept.office.company.tenant_id, str(kept.letter.file_sha256)
    keys = [str(kept.letter.file_key), *[await storage.put(tenant, "letters", f"%PDF {n}".encode()) for n in range(3)]]
    files = [RunFile(f"{n}.pdf", f"N{n}", "张伟", key, digest, letter_id=UUID(int=n)) for n, key in enumerate(keys)]
    parts = archive(files, storage, b"k" * 32, all_of_them)
    taken = [await anext(parts)]
    await storage.delete(keys[1])
    (settings.home / "files" / keys[2]).write_bytes(b"%PDF changed")
    taken += [part async for part in parts]
    with zipfile.ZipFile(io.BytesIO(b"".join(taken))) as made:
        assert made.testzip() is None
        assert made.namelist() == ["0.pdf", "3.pdf", "manifest.csv"]
        rows = list(csv.reader(io.StringIO(made.read("manifest.csv").decode("utf-8-sig"))))
    assert [(row[0], row[4]) for row in rows[1:]] == [
        *(("0.pdf", "OK"), ("1.pdf", "FILE_MISSING"), ("2.pdf", "FILE_CHANGED"), ("3.pdf", "OK"))
    ]
