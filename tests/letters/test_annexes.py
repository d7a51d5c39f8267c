"""Files beside a letter: its battle map once all have signed, its audit page once it is sealed; each made once (C10, A28)."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from starlette.routing import Match

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.documents.renderer import RenderFailed
from plumb_platform.errors import DomainError, NotFound
from plumb_platform.queue.models import Outbox
from plumb_schema.ground.ids import encode_id
from plumb_server.letter_files import letter_file_routes
from plumb_tenants.letters.annexes import AGAIN, AnnexNotReady
from plumb_tenants.letters.models import Letter, LetterAnnex
from plumb_tenants.letters.service import (
    AnnexKind,
    Proof,
    SealTools,
    annex_file,
    make_annex,
    request_audit,
    requeue_maps,
    seal_letter,
    sign_letter,
)
from support.asking import Ask
from support.companies import add_person
from support.factors import PASSWORD, with_password
from support.goals_made import revise
from support.letters_made import Office, add_rules, make_office
from support.pdf_tools import told

MAP, AUDIT = AnnexKind.BATTLE_MAP, AnnexKind.AUDIT


async def made(office: Office, letter: Letter, kind: AnnexKind, tools: SealTools) -> LetterAnnex:
    system = office.company.system
    async with tenant_transaction(system):
        return await make_annex(
            system, letter.id, kind, renderer=tools.renderer, storage=tools.storage, public_url=tools.public_url
        )


async def sealed(office: Office, letter: Letter, tools: SealTools) -> Letter:
    async with tenant_transaction(office.company.system):
        return await seal_letter(office.company.system, letter.id, tools)


async def text_of(tools: SealTools, annex: LetterAnnex, tmp_path: Path, *, order: str = "-layout") -> str:
    path = tmp_path / "annex.pdf"
    path.write_bytes(await tools.storage.get(annex.file_key))
    return await told("pdftotext", order, str(path), "-")


async def test_nothing_is_made_before_its_time(office: Office, tools: SealTools) -> None:
    letter = await office.issued()
    for kind in AnnexKind:
        with pytest.raises(AnnexNotReady):
            await made(office, letter, kind, tools)
    async with tenant_transaction(office.employee):
        with pytest.raises(AnnexNotReady):
            await annex_file(office.employee, letter.id, MAP, tools.storage)


async def test_the_last_signature_asks_for_one_map_with_goals_months_and_key_actions(
    office: Office, tools: SealTools, tmp_path: Path
) -> None:
    letter = await office.signed()
    async with tenant_transaction(office.company.system):
        jobs = await Outbox.filter(topic="letters.annex")
    assert [(job.payload, job.dedupe_key) for job in jobs] == [
        ({"letter_id": str(letter.id), "kind": "BATTLE_MAP"}, f"{letter.id}:BATTLE_MAP")
    ]
    text = await text_of(tools, await made(office, letter, MAP, tools), tmp_path)
    plain = re.sub(r"\s", "", text)
    for said in ("个人作战地图", "张伟", "华南区销售额", "1,200,000.00", "关键行动", "每月5日前向李建国复盘", letter.number):
        assert said in plain, said
    assert text.count("100,000") == 12
    assert re.search(r"8%\s+17%\s+25%\s+33%\s+42%\s+50%\s+58%\s+67%\s+75%\s+83%\s+92%\s+100%", text)


async def test_a_second_run_makes_no_second_map_and_the_map_stays_what_was_signed(
    office: Office, tools: SealTools, tmp_path: Path
) -> None:
    letter = await office.signed()
    first = await made(office, letter, MAP, tools)
    await revise(office.company, office.goal, Decimal("1320000.00"))
    again = await made(office, letter, MAP, tools)
    assert (again.id, again.file_sha256) == (first.id, first.file_sha256)
    assert len(list((tmp_path / "files").rglob("*.pdf"))) == 1
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select count(*) from audit_entry where action = 'letter.annex'") == 1


async def test_a_map_that_fails_leaves_the_signature_valid_and_is_tried_again(office: Office, tools: SealTools) -> None:
    letter = await office.signed()
    system = office.company.system

    class Broken:
        async def render_pdf(self, *_: object, **__: object) -> bytes:
            raise RenderFailed(reason="disk")

        fill_template = set_letter = render_pdf

    with pytest.raises(RenderFailed):
        await made(office, letter, MAP, replace(tools, renderer=Broken()))  # type: ignore[arg-type]  # stands for a broken renderer
    async with tenant_transaction(system):
        assert await fetch_value("select state from letter where id = $1", letter.id) == "SIGNED"
        failed = "update outbox set failed_at = now() - $1::interval, error_code = 'RENDER_FAILED' where topic = 'letters.annex'"
        await execute(failed, AGAIN)
        assert [await requeue_maps(system) for _ in range(2)] == [1, 0]
        assert await fetch_value("select count(*) from outbox where topic = 'letters.annex' and failed_at is null") == 1
    assert (await sealed(office, letter, tools)).state == "SEALED"
    assert (await made(office, letter, MAP, tools)).kind == "BATTLE_MAP"


async def test_a_job_that_got_lost_is_asked_for_again(office: Office, tools: SealTools) -> None:
    letter = await sealed(office, await office.signed(), tools)
    async with tenant_transaction(office.company.system):
        await execute("update outbox set dedupe_key = 'lost:' || id where topic = 'letters.annex'")
        assert await requeue_maps(office.company.system) == 1
        keys = await fetch("select dedupe_key from outbox where dedupe_key like $1 order by 1", f"{letter.id}%")
    assert [row["dedupe_key"] for row in keys] == [str(letter.id), f"{letter.id}:BATTLE_MAP"]


async def test_the_audit_page_names_hashes_events_addresses_agents_and_proofs(
    office: Office, tools: SealTools, tmp_path: Path
) -> None:
    await add_rules(office.company, step_up="PASSWORD")
    letter = await office.issued()
    for version, person in enumerate((office.employee, office.manager), 1):
        await with_password(person)
        await sign_with_password(person, letter, version)
    with pytest.raises(AnnexNotReady):
        async with tenant_transaction(office.manager):
            await request_audit(office.manager, letter_id=letter.id)
    letter = await sealed(office, letter, tools)
    for asking in (office.manager, office.company.hr):
        async with tenant_transaction(asking):
            await request_audit(asking, letter_id=letter.id)
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select count(*) from outbox where dedupe_key = $1", f"{letter.id}:AUDIT") == 1
    plain = re.sub(r"\s", "", await text_of(tools, await made(office, letter, AUDIT, tools), tmp_path, order="-raw"))
    assert letter.file_sha256 is not None
    for said in (letter.canonical_sha256, letter.file_sha256, letter.number, letter.verify_code, "签署审计报告"):
        assert said in plain, said
    assert plain.count("本人登录并再次验证密码后签署") == 2
    for said in ("签发", "加盖电子签章", "127.0.0.1", "tests", "责任人", "直属上级", "张伟", "李建国", "已完成"):
        assert said in plain, said
    async with tenant_transaction(office.company.system):
        rows = await fetch("select number, hash from audit_entry where object_id = $1 and action <> 'letter.annex'", letter.id)
    assert len(rows) == 4
    assert all(f"#{row['number']}{row['hash'][:12]}" in plain for row in rows)


async def sign_with_password(person: Actor, letter: Letter, version: int) -> None:
    async with tenant_transaction(person):
        await sign_letter(person, letter_id=letter.id, version=version, proof=Proof(password=PASSWORD))


async def test_an_annex_is_handed_to_who_may_have_the_letter_and_it_is_recorded(office: Office, tools: SealTools) -> None:
    letter = await office.signed()
    annex = await made(office, letter, MAP, tools)
    stranger = await add_person(office.company, "S1", "陌生人", unit=office.unit)
    for actor in (stranger, (await make_office()).company.admin):
        async with tenant_transaction(actor):
            with pytest.raises(NotFound):
                await annex_file(actor, letter.id, MAP, tools.storage)
    async with tenant_transaction(office.employee):
        content, name = await annex_file(office.employee, letter.id, MAP, tools.storage)
        with pytest.raises(DomainError) as refused:
            await annex_file(office.employee, letter.id, AUDIT, tools.storage)
    assert (content[:5], name, len(content)) == (b"%PDF-", f"{letter.number}-battle-map.pdf", annex.file_size)
    assert refused.value.code == "LETTER_ANNEX_NOT_READY"
    async with tenant_transaction(office.company.system):
        entries = await fetch("select after ->> 'kind' as kind from audit_entry where action = 'letter.download'")
    assert entries == [{"kind": "BATTLE_MAP"}]


async def test_each_file_beside_a_letter_tells_where_it_is_read(office: Office, tools: SealTools, ask: Ask) -> None:
    letter = await sealed(office, await office.signed(), tools)
    for kind in AnnexKind:
        await made(office, letter, kind, tools)
    shown = encode_id("Letter", letter.id)
    answer = await ask(office.employee, "query ($id: ID!) { letter(id: $id) { annexes { kind downloadPath } } }", id=shown)
    assert answer["annexes"] == [
        {"kind": "AUDIT", "downloadPath": f"/letters/{shown}/audit.pdf"},
        {"kind": "BATTLE_MAP", "downloadPath": f"/letters/{shown}/battle-map.pdf"},
    ]
    for annex in answer["annexes"]:
        asked = {"type": "http", "method": "GET", "path": annex["downloadPath"]}
        assert [route.matches(asked)[0] for route in letter_file_routes()].count(Match.FULL) == 1
