"""Runs of letters (A29): one act for a whole cycle, worked off by pieces, an end for each item; paused, resumed, cancelled."""

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.errors import Conflict, Forbidden, NotFound
from plumb_platform.numbers.canonical import sha256_hex
from plumb_schema.ground.ids import encode_id
from plumb_server.letter_archive import archive
from plumb_tenants.letters import runs
from plumb_tenants.letters.models import LetterRun
from plumb_tenants.letters.run_archive import RunFile, run_files
from plumb_tenants.letters.run_audits import request_run_audits
from plumb_tenants.letters.runs import (
    RUN_TOPIC,
    RunEmpty,
    RunNotThere,
    RunUnderWay,
    cancel_letter_run,
    pause_letter_run,
    resume_letter_run,
    start_letter_run,
    work_on_run,
)
from plumb_tenants.letters.service import AnnexKind, SealTools, make_annex, seal_letter
from support.asking import Ask
from support.companies import add_person
from support.goals_made import add_goals
from support.letters_made import Office, make_office, sign

START = """mutation ($input: StartLetterRunInput!) { it: startLetterRun(input: $input) {
  ... on LetterRun { id total waiting } ... on Problem { code } } }"""
BOARD = """query ($id: ID!) { letterRun(id: $id) { state issued refused waiting }
  letterRunItems(where: {runId: {eq: $id}}) { edges { node { employeeName state letterState errorCode problem } } } }"""


@pytest.fixture
async def staff(office: Office, monkeypatch: pytest.MonkeyPatch) -> dict[Any, Actor]:
    """Seven people who are owed a letter, one of them without a manager, and pieces of three."""
    monkeypatch.setattr(runs, "CHUNK", 3)
    company = office.company
    people = [await add_person(company, f"P{n}", f"员工{n}", unit=office.unit, manager=office.manager) for n in range(5)]
    people.append(await add_person(company, "P9", "无上级", unit=office.unit))
    await add_goals(company, office.cycle, [(office.unit, each) for each in people])
    return {each.person_id: each for each in [office.employee, *people]}


async def start(office: Office) -> LetterRun:
    async with tenant_transaction(office.company.hr):
        return await start_letter_run(office.company.hr, cycle_id=office.cycle, template_version_id=office.template)


async def audits_asked(office: Office, run: LetterRun) -> tuple[UUID, ...]:
    """Ask for the audit pages of a run, and return the letters whose page a job is to make."""
    async with tenant_transaction(office.company.hr):
        await request_run_audits(office.company.hr, run_id=run.id)
        rows = await fetch(
            "select (payload ->> 'letter_id')::uuid as id from outbox where payload ->> 'kind' = 'AUDIT' order by 1"
        )
    return tuple(row["id"] for row in rows)


async def all_of_them(files: Sequence[RunFile]) -> Sequence[RunFile]:
    """Answer that each file may be handed out still."""
    return files


async def piece(office: Office, run: LetterRun) -> str:
    async with tenant_transaction(office.company.system):
        return (await work_on_run(office.company.system, run.id)).state


async def statements_of_a_piece(office: Office, run: LetterRun) -> list[str]:
    asked: list[str] = []
    async with tenant_transaction(office.company.system) as transaction:
        with transaction._connection.query_logger(lambda record: asked.append(record.query)):
            await work_on_run(office.company.system, run.id)
    # asyncpg asks what a type is, without PostgreSQL's jit, once a connection.
    return [each for each in asked if "typeinfo_tree" not in each and "'jit'" not in each]


async def counts(office: Office) -> dict[str, int]:
    async with tenant_transaction(office.company.system):
        rows = await fetch("select state, count(*) as count from letter_run_item group by state")
    return {row["state"]: row["count"] for row in rows}


async def test_a_run_is_refused_to_others_over_nobody_and_twice(office: Office, staff: dict[Any, Actor]) -> None:
    other = await make_office()
    for actor, refusal in ((office.employee, Forbidden), (office.manager, Forbidden), (other.company.hr, NotFound)):
        async with tenant_transaction(actor):
            with pytest.raises(refusal):
                await start_letter_run(actor, cycle_id=office.cycle, template_version_id=office.template)
    run = await start(office)
    with pytest.raises(RunUnderWay):
        await start(office)
    while await piece(office, run) == "RUNNING":
        pass
    async with tenant_transaction(office.company.system):
        await execute("update goal set state = 'PROPOSED' where owner_id = (select id from person where number = 'P9')")
    with pytest.raises(RunEmpty):
        await start(office)


async def test_a_run_ends_with_a_letter_or_a_reason_for_each(office: Office, staff: dict[Any, Actor]) -> None:
    run = await start(office)
    assert (run.total, await counts(office)) == (7, {"WAITING": 7})
    asked = await statements_of_a_piece(office, run)
    # Fifteen for each of three letters; nineteen for what they share, for the run and whose act it is, and to begin.
    assert len(asked) == 3 * 15 + 19
    assert [await piece(office, run) for _ in range(2)] == ["RUNNING", "DONE"]
    assert await counts(office) == {"ISSUED": 6, "REFUSED": 1}
    async with tenant_transaction(office.company.system):
        refused = await fetch("select error_code, error ->> 'zh-CN' as text from letter_run_item where state = 'REFUSED'")
        issuers = await fetch("select distinct issued_by from letter")
        jobs = await fetch_value("select count(*) from outbox where topic = $1", RUN_TOPIC)
    assert [row["error_code"] for row in refused] == ["LETTER_NEEDS_MANAGER"]
    assert "无上级" in refused[0]["text"]
    assert issuers == [{"issued_by": office.company.hr.membership_id}]
    assert jobs == 3
    assert await piece(office, run) == "DONE"
    assert await counts(office) == {"ISSUED": 6, "REFUSED": 1}


async def test_a_piece_that_died_is_done_again_and_nobody_gets_two_letters(office: Office, staff: dict[Any, Actor]) -> None:
    run = await start(office)
    with pytest.raises(ZeroDivisionError):
        async with tenant_transaction(office.company.system):
            await work_on_run(office.company.system, run.id)
            raise ZeroDivisionError
    assert await counts(office) == {"WAITING": 7}
    while await piece(office, run) == "RUNNING":
        pass
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select count(*) from letter") == 6
        assert await fetch_value("select count(distinct employee_id) from letter") == 6


async def test_the_board_tells_of_every_item_where_it_stands_while_the_run_goes_on(
    office: Office, staff: dict[Any, Actor], ask: Ask
) -> None:
    async def asked(document: str, **given: Any) -> Any:
        return (await ask.body(office.company.hr, document, **given))["data"]

    version = encode_id("DefinitionVersion", office.template)
    begun = await asked(START, input={"cycleId": encode_id("Cycle", office.cycle), "templateVersionId": version})
    async with tenant_transaction(office.company.system):
        run = await LetterRun.all().get()
    which = encode_id("LetterRun", run.id)
    assert begun["it"] == {"id": which, "total": 7, "waiting": 7}
    boards, items = [], []
    for _ in range(3):
        await piece(office, run)
        found = await asked(BOARD, id=which)
        items = [tuple(edge["node"].values()) for edge in found["letterRunItems"]["edges"]]
        boards.append((*found["letterRun"].values(), [state for _, state, *_ in items].count("ISSUED")))
    assert boards == [("RUNNING", 3, 0, 4, 3), ("RUNNING", 6, 0, 1, 6), ("DONE", 6, 1, 0, 6)]
    refused = [(name, state, letter, code) for name, state, letter, code, _ in items if state != "ISSUED"]
    assert refused == [("无上级", "REFUSED", None, "LETTER_NEEDS_MANAGER")]
    assert {(letter, code, problem) for _, state, letter, code, problem in items if state == "ISSUED"} == {("ISSUED", None, None)}


async def test_a_paused_run_rests_goes_on_and_is_cancelled(office: Office, staff: dict[Any, Actor]) -> None:
    run, hr = await start(office), office.company.hr
    await piece(office, run)

    async def turn(act: Any, version: int) -> int:
        async with tenant_transaction(hr):
            return int((await act(hr, run_id=run.id, version=version)).version)

    with pytest.raises(Conflict):
        await turn(pause_letter_run, 9)
    assert await turn(pause_letter_run, 1) == 2
    assert (await piece(office, run), await counts(office)) == ("PAUSED", {"ISSUED": 3, "WAITING": 4})
    with pytest.raises(RunNotThere):
        await turn(pause_letter_run, 2)
    assert await turn(resume_letter_run, 2) == 3
    assert (await piece(office, run), await counts(office)) == ("RUNNING", {"ISSUED": 6, "WAITING": 1})
    assert await turn(cancel_letter_run, 3) == 4
    assert (await piece(office, run), await counts(office)) == ("CANCELLED", {"ISSUED": 6, "CANCELLED": 1})
    with pytest.raises(RunNotThere):
        await turn(resume_letter_run, 4)


async def test_the_archive_holds_every_sealed_letter_and_a_manifest(
    office: Office, staff: dict[Any, Actor], tools: SealTools
) -> None:
    run = await start(office)
    while await piece(office, run) == "RUNNING":
        pass
    async with tenant_transaction(office.company.system):
        letters = await fetch("select id, employee_id from letter order by number limit 2")
    for letter in letters:
        await sign(staff[letter["employee_id"]], letter["id"], 1)
        await sign(office.manager, letter["id"], 2)
        async with tenant_transaction(office.company.system):
            await seal_letter(office.company.system, letter["id"], tools)
    async with tenant_transaction(office.employee):
        for refused in (run_files(office.employee, run.id), request_run_audits(office.employee, run_id=run.id)):
            with pytest.raises(Forbidden):
                await refused
    asked = {await audits_asked(office, run) for _ in range(2)}
    assert asked == {tuple(sorted(letter["id"] for letter in letters))}
    async with tenant_transaction(office.company.system):
        renderer, storage, url = tools.renderer, tools.storage, tools.public_url
        await make_annex(
            office.company.system, letters[0]["id"], AnnexKind.AUDIT, renderer=renderer, storage=storage, public_url=url
        )
    async with tenant_transaction(office.company.hr):
        files = await run_files(office.company.hr, run.id)
        assert await fetch_value("select count(*) from audit_entry where action = 'letter_run.download'") == 1
    lost = replace(files[1], name="lost.pdf", file_key=files[1].file_key.replace(files[1].sha256, "0" * 64), kind="LOST")
    whole = b"".join([part async for part in archive([*files, lost], tools.storage, b"", all_of_them)])
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert opened.testzip() is None
        number = files[0].number
        assert opened.namelist() == [f"{number}.pdf", f"{number}-audit.pdf", f"{files[2].number}.pdf", "manifest.csv"]
        rows = list(csv.DictReader(io.StringIO(opened.read("manifest.csv").decode("utf-8-sig"))))
        for file, row in zip(files, rows, strict=False):
            assert sha256_hex(opened.read(file.name)) == row["sha256"] == file.sha256
    assert [row["status"] for row in rows] == ["OK", "OK", "OK", "FILE_MISSING"]
