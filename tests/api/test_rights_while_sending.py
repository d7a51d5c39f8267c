"""What takes time to send is for who may have it all that while: the archive of a run, and the audit chain (C56, A57, N16)."""

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from plumb_platform.actor import Actor
from plumb_platform.audit import exporting
from plumb_platform.database import Database, execute, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.identity.members import close_membership
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_schema.ground.ids import encode_id
from plumb_server import letter_archive
from plumb_tenants.letters.models import LetterRun
from plumb_tenants.letters.run_archive import RunFile
from plumb_verify.files import Options, verify
from support.companies import add_person
from support.letters_made import Office, make_office, sealed_of_run
from support.matrices import grant, matrix, published
from support.office import membership_of
from support.serving import Caller

SignedIn = Callable[[Actor], Awaitable[Caller]]
KEEPER = [grant("letter:issue"), grant("letter:read"), grant("letter:download"), grant("audit:read")]
LOGOUT = "mutation { logout(input: {}) { __typename } }"


@dataclass
class Gate:
    """Holds an answer after its first part until somebody has done something meanwhile."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def pass_through(self) -> None:
        self.reached.set()
        await self.opened.wait()

    async def while_held(self, asking: Awaitable[httpx2.Response], act: Callable[[], Awaitable[object]]) -> httpx2.Response:
        task = asyncio.ensure_future(asking)
        await asyncio.wait_for(self.reached.wait(), 60)
        try:
            await act()
        finally:
            self.opened.set()
        return await task


@pytest.fixture(scope="module")
async def office(settings: Settings, database: Database, renderer: Renderer) -> Office:
    """Seal the letter of a run, with its audit page, into the storage that the server reads."""
    office = await make_office()
    await sealed_of_run(office, renderer=renderer, storage=open_storage(settings.storage_url, home=settings.home))
    return office


@pytest.fixture
async def keeper(office: Office) -> Actor:
    await published(office.company.admin, matrix(keeper=KEEPER))
    return await add_person(office.company, f"K{uuid4().hex[:6]}", "保管员", unit=office.unit, roles=("keeper",))


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Let the store be slow with the first file; each next one is asked for again."""
    gate, real = Gate(), letter_archive._content

    async def slowly(file: RunFile, *given: object) -> bytes:
        content = await real(file, *given)  # type: ignore[arg-type]
        if not gate.reached.is_set():
            await gate.pass_through()
        return content

    monkeypatch.setattr(letter_archive, "_content", slowly)
    monkeypatch.setattr(letter_archive, "AGAIN_SECONDS", 0)
    return gate


async def path_of(office: Office) -> str:
    async with tenant_transaction(office.company.system):
        run = await LetterRun.all().get()
    return f"/letter-runs/{encode_id('LetterRun', run.id)}/zip"


def by_matrix(*grants: dict[str, Any]) -> Callable[[Office, Actor, Caller], Awaitable[object]]:
    return lambda office, _, __: published(office.company.admin, matrix(keeper=list(grants)))


async def signs_out(_: Office, __: Actor, caller: Caller) -> None:
    assert (await caller.post(LOGOUT)).status_code == 200


async def leaves(office: Office, keeper: Actor, _: Caller) -> None:
    async with tenant_transaction(office.company.admin):
        await close_membership(office.company.admin, membership_id=membership_of(keeper))


async def is_suspended(office: Office, _: Actor, __: Caller) -> None:
    async with tenant_transaction(office.company.system):
        await execute("update company set active = false")


LOSSES = {
    "the field": (by_matrix(*KEEPER[:1], grant("letter:read", fields=["Letter.downloadPath"]), KEEPER[2]), "NOT_FOUND"),
    "the letters": (by_matrix(*KEEPER[:2], grant("letter:download", "OWN")), "NOT_FOUND"),
    "the act": (by_matrix(*KEEPER[:2]), "FORBIDDEN"),
    "the runs": (by_matrix(grant("letter:issue", "UNIT"), *KEEPER[1:]), "NOT_FOUND"),
    "the path": (by_matrix(grant("letter:issue", fields=["LetterRun.issued"]), *KEEPER[1:]), "FIELD_HIDDEN"),
    "the session": (signs_out, "UNAUTHENTICATED"),
    "the membership": (leaves, "UNAUTHENTICATED"),
}


@pytest.mark.parametrize("loss", list(LOSSES))
async def test_an_archive_leaves_out_what_its_reader_may_not_have_any_more_and_says_so_without_a_name(
    office: Office, keeper: Actor, signed_in: SignedIn, gate: Gate, loss: str
) -> None:
    lose, code = LOSSES[loss]
    caller = await signed_in(keeper)
    answer = await gate.while_held(caller.http.get(await path_of(office), timeout=60), lambda: lose(office, keeper, caller))
    first, *others = read(answer)
    assert (first["status"], first["employee"].endswith("张伟")) == ("OK", True)
    assert others == [{"file": "", "letter": "", "employee": "", "sha256": "", "status": code, "stored_sha256": ""}]


def read(answer: httpx2.Response) -> list[dict[str, str]]:
    """Return the lines of an archive's manifest, which names each file that is in it."""
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        assert opened.testzip() is None
        lines = list(csv.DictReader(io.StringIO(opened.read("manifest.csv").decode("utf-8-sig"))))
        held = {name: sha256_hex(opened.read(name)) for name in opened.namelist() if name != "manifest.csv"}
    assert held == {line["file"]: line["sha256"] for line in lines if line["status"] == "OK"}
    return lines


async def test_an_archive_whose_reader_keeps_their_rights_is_whole(
    office: Office, keeper: Actor, signed_in: SignedIn, gate: Gate
) -> None:
    caller = await signed_in(keeper)
    answer = await gate.while_held(caller.http.get(await path_of(office), timeout=60), lambda: asyncio.sleep(0))
    assert [line["status"] for line in read(answer)] == ["OK", "OK"]


async def test_files_of_an_archive_are_asked_for_a_hundred_at_a_time_while_the_reader_is_quick(
    settings: Settings, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, asked = open_storage(settings.storage_url, home=settings.home), list[int]()
    key = await storage.put(office.company.tenant_id, "letters", b"%PDF")
    files = [RunFile(f"{n}.pdf", f"N{n}", "张伟", key, "0" * 64, letter_id=UUID(int=n)) for n in range(250)]

    async def still(some: Sequence[RunFile]) -> Sequence[RunFile]:
        asked.append(len(some))
        return some

    for seconds, times in ((1e9, [100, 100, 50]), (0, [100] * 151 + list(range(99, 0, -1)))):
        monkeypatch.setattr(letter_archive, "AGAIN_SECONDS", seconds)
        asked.clear()
        assert [part async for part in letter_archive.archive(files, storage, b"", still)]
        assert asked == times


@pytest.mark.parametrize(
    "lose", [by_matrix(*KEEPER[:3]), signs_out, is_suspended], ids=["the right", "the session", "the company"]
)
async def test_the_audit_chain_breaks_off_where_its_reader_may_read_no_further(
    office: Office,
    keeper: Actor,
    signed_in: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
    lose: Callable[[Office, Actor, Caller], Awaitable[object]],
) -> None:
    gate, real, caller = Gate(), exporting.ChainExport.lines, await signed_in(keeper)

    async def slowly(export: exporting.ChainExport, *given: Any) -> AsyncIterator[bytes]:
        async for part in real(export, *given):
            yield part
            if not gate.reached.is_set():
                await gate.pass_through()

    monkeypatch.setattr(exporting.ChainExport, "lines", slowly)
    got = []

    async def taken() -> httpx2.Response:
        async with caller.http.stream("GET", "/audit/chain.jsonl", timeout=60) as answer:
            got.extend([part async for part in answer.aiter_raw()])
        return answer

    whole = await gate.while_held(taken(), lambda: asyncio.sleep(0))
    assert (whole.status_code, verify(b"".join(got), Options())["kind"]) == (200, "audit chain")
    gate.reached.clear()
    gate.opened.clear()
    got.clear()
    with pytest.raises(httpx2.RemoteProtocolError):
        await gate.while_held(taken(), lambda: lose(office, keeper, caller))
    assert b"".join(got).count(b"\n") <= 1, "the head alone"
    async with tenant_transaction(office.company.system):
        await execute("update company set active = true")
