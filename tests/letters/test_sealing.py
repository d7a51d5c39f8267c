"""Sealing, downloading and verifying: sound for other tools, made once, every changed byte found, unknown reveals nothing.

Rows C9, A27, A30, N3, N5.
"""

import random
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from plumb_platform.actor import system_actor
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.documents.attachments import extract_attachment
from plumb_platform.documents.glyph_proof import MissingGlyph
from plumb_platform.errors import NotFound
from plumb_platform.storage import Storage
from plumb_tenants.letters.issuing import LetterExists
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.sealing import LetterNotSigned
from plumb_tenants.letters.service import (
    LetterNotSealed,
    Proof,
    SealTools,
    SignatureForm,
    SignatureGiven,
    download_letter,
    requeue_unsealed,
    seal_letter,
    sign_letter,
    verify_by_code,
    verify_upload,
)
from plumb_tenants.letters.verification import UNKNOWN
from support.companies import add_person
from support.factors import PASSWORD, with_password
from support.goals_made import add_goals, revise
from support.letters_made import Office, add_rules, issued, make_office, sign
from support.pdf_tools import told
from support.pictures_made import data_url, striped


async def seal(office: Office, letter_id: UUID, tools: SealTools) -> Letter:
    actor = system_actor(office.company.tenant_id)
    async with tenant_transaction(actor):
        return await seal_letter(actor, letter_id, tools)


async def sealed(office: Office, tools: SealTools) -> tuple[Letter, bytes]:
    letter = await seal(office, (await office.signed()).id, tools)
    assert letter.file_key is not None
    return letter, await tools.storage.get(letter.file_key)


async def test_a_letter_that_waits_for_a_signature_is_not_sealed(office: Office, tools: SealTools) -> None:
    letter = await office.issued()
    with pytest.raises(LetterNotSigned):
        await seal(office, letter.id, tools)


async def test_a_character_that_no_font_covers_fails_the_letter_and_is_named(office: Office, tools: SealTools) -> None:
    person = await add_person(office.company, "R1", "王ก明", unit=office.unit, manager=office.manager)
    (goal,) = await add_goals(office.company, office.cycle, [(office.unit, person)])
    letter = await issued(office.company.hr, goal, office.template)
    await sign(person, letter.id, 1)
    await sign(office.manager, letter.id, 2)
    with pytest.raises(MissingGlyph) as refused:
        await seal(office, letter.id, tools)
    assert "U+0E01" in refused.value.text("zh-CN")
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select state from letter where id = $1", letter.id) == "SIGNED"
    with pytest.raises(LetterExists):
        await issued(office.company.hr, goal, office.template)
    async with tenant_transaction(office.company.system):
        await execute("update outbox set failed_at = now() where dedupe_key = $1", str(letter.id))
    renewed = await issued(office.company.hr, goal, office.template)
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select superseded_by from letter where id = $1", letter.id) == renewed.id


async def test_a_sealed_letter_is_sound_for_pdfsig_and_qpdf_and_holds_its_goals(
    office: Office, tools: SealTools, tmp_path: Path
) -> None:
    letter, content = await sealed(office, tools)
    path = tmp_path / "letter.pdf"
    path.write_bytes(content)
    seen = await told("pdfsig", "-nocert", str(path))
    assert "Signature is Valid." in seen
    assert "Total document signed" in seen
    assert "No syntax or stream encoding errors found" in await told("qpdf", "--check", str(path))
    text = await told("pdftotext", str(path), "-")
    for word in ("目标责任书", "ZRS-2026-000001", "张伟", "李建国", "1,200,000.00", "100,000.00", "华南医疗器械有限公司"):
        assert word in text, word
    assert extract_attachment(content).content.decode() == letter.canonical
    assert (letter.state, letter.version, letter.file_size) == ("SEALED", 4, len(content))


async def test_a_drawn_signature_and_the_proof_of_who_signed_are_in_the_sealed_file(
    office: Office, tools: SealTools, tmp_path: Path
) -> None:
    await add_rules(office.company, step_up="PASSWORD")
    letter = await office.issued()
    for version, person in enumerate((office.employee, office.manager), 1):
        await with_password(person)
        async with tenant_transaction(person):
            drawn = SignatureGiven(SignatureForm.DRAWN, image=data_url(striped((300, 90))))
            await sign_letter(person, letter_id=letter.id, version=version, proof=Proof(password=PASSWORD), signature=drawn)
    sealed_letter = await seal(office, letter.id, tools)
    assert sealed_letter.file_key is not None
    path = tmp_path / "letter.pdf"
    path.write_bytes(await tools.storage.get(sealed_letter.file_key))
    sizes = [tuple(line.split()[3:5]) for line in (await told("pdfimages", "-list", str(path))).splitlines()[2:]]
    assert sizes.count(("300", "90")) >= 2
    text = "".join((await told("pdftotext", "-raw", str(path), "-")).split())
    assert text.count("本人登录并再次验证密码后签署") == 2


async def test_rare_characters_of_names_come_through(office: Office, tools: SealTools, tmp_path: Path) -> None:
    person = await add_person(office.company, "R1", "𠮷㐂", unit=office.unit, manager=office.manager)
    (goal,) = await add_goals(office.company, office.cycle, [(office.unit, person)])
    letter = await issued(office.company.hr, goal, office.template)
    await sign(person, letter.id, 1)
    await sign(office.manager, letter.id, 2)
    assert (await seal(office, letter.id, tools)).state == "SEALED"


async def test_sealing_twice_makes_one_file_and_one_entry(office: Office, tools: SealTools, tmp_path: Path) -> None:
    first, _ = await sealed(office, tools)
    second = await seal(office, first.id, tools)
    assert (second.file_sha256, second.sealed_at, second.version) == (first.file_sha256, first.sealed_at, 4)
    assert len(list((tmp_path / "files").rglob("*.pdf"))) == 1
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select count(*) from audit_entry where action = 'letter.seal'") == 1


async def test_an_attempt_that_died_after_storing_leaves_the_file_that_the_next_one_stores(
    office: Office, tools: SealTools, tmp_path: Path
) -> None:
    letter = await office.signed()
    actor = system_actor(office.company.tenant_id)
    with pytest.raises(ZeroDivisionError):
        async with tenant_transaction(actor):
            await seal_letter(actor, letter.id, tools)
            raise ZeroDivisionError
    assert (await seal(office, letter.id, tools)).state == "SEALED"
    assert len(list((tmp_path / "files").rglob("*.pdf"))) == 1


async def test_download_asks_for_permission_and_leaves_an_entry(office: Office, tools: SealTools, storage: Storage) -> None:
    stranger = await add_person(office.company, "S1", "陌生人", unit=office.unit)
    other = await make_office()
    letter = await office.signed()
    async with tenant_transaction(office.employee):
        with pytest.raises(LetterNotSealed):
            await download_letter(office.employee, letter.id, storage, copy_key=b"")
    await seal(office, letter.id, tools)
    for actor in (stranger, other.employee, other.company.admin):
        async with tenant_transaction(actor):
            with pytest.raises(NotFound):
                await download_letter(actor, letter.id, storage, copy_key=b"")
    async with tenant_transaction(office.employee):
        file = await download_letter(office.employee, letter.id, storage, copy_key=b"")
    assert (file.filename, file.content[:5]) == ("ZRS-2026-000001.pdf", b"%PDF-")
    async with tenant_transaction(office.company.system):
        entries = await fetch("select actor->>'person' as person from audit_entry where action = 'letter.download'")
    assert entries == [{"person": str(office.employee.person_id)}]


async def test_anything_that_is_no_letter_of_ours_is_unknown_and_reveals_nothing(
    office: Office, tools: SealTools, storage: Storage
) -> None:
    letter = await office.signed()
    assert await verify_by_code(letter.verify_code, storage) == UNKNOWN
    for code in ("", "x", "A" * 22, "' or 1=1 --", "\x00" * 22, "A" * 1000):
        assert await verify_by_code(code, storage) == UNKNOWN
    for content in (b"", b"hello", b"%PDF-1.7 nonsense", b"%PDF-" + b"0" * (4 * 1024 * 1024)):
        assert await verify_upload(content) == UNKNOWN


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            b"%PDF-1.7\n1 0 obj\n" + b"[" * 200_000 + b"\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF", id="nested"
        ),
        pytest.param(b"%PDF-1.7" + b"/ID [<0123456789abcdef0123456789abcdef>" * 90_000, id="ninety thousand ids"),
    ],
)
@pytest.mark.usefixtures("database")
async def test_a_forged_file_costs_little_and_is_unknown(content: bytes) -> None:
    began = time.process_time()
    assert await verify_upload(content) == UNKNOWN
    # It takes some hundredths of a second; read as a PDF it would take minutes.
    assert time.process_time() - began < 5


async def test_a_sealed_letter_verifies_by_code_and_by_file(office: Office, tools: SealTools, storage: Storage) -> None:
    letter, content = await sealed(office, tools)
    by_code, by_file = await verify_by_code(f" {letter.verify_code} ", storage), await verify_upload(content)
    # Nobody brought a file with the code: ours is not shown as theirs.
    assert by_code == replace(by_file, found_sha256=None)
    assert (by_file.status, by_file.number, by_file.company) == ("VALID", letter.number, "华南医疗器械有限公司")
    assert [(each.role, each.name) for each in by_file.signers] == [("employee", "张伟"), ("manager", "李建国")]
    assert by_file.expected_sha256 == by_file.found_sha256 == letter.file_sha256


async def test_every_changed_byte_makes_the_letter_modified(office: Office, tools: SealTools) -> None:
    letter, content = await sealed(office, tools)
    chance = random.Random(7)
    for place in chance.sample(range(8, len(content)), 40):
        changed = bytearray(content)
        changed[place] ^= 1 << chance.randrange(8)
        found = await verify_upload(bytes(changed))
        assert (found.status, found.number, found.expected_sha256) == ("MODIFIED", letter.number, letter.file_sha256), place
    for cut in (content + b"\n", content[:-1]):
        assert (await verify_upload(cut)).status == "MODIFIED"


async def test_our_own_copy_changed_on_the_disk_is_modified(
    office: Office, tools: SealTools, storage: Storage, tmp_path: Path
) -> None:
    letter, content = await sealed(office, tools)
    (path,) = (tmp_path / "files").rglob("*.pdf")
    path.write_bytes(content[:-1] + b"x")
    assert (await verify_by_code(letter.verify_code, storage)).status == "MODIFIED"


async def test_a_revised_goal_makes_the_sealed_letter_superseded(office: Office, tools: SealTools, storage: Storage) -> None:
    letter, content = await sealed(office, tools)
    await revise(office.company, office.goal, Decimal("1300000.00"))
    assert (await verify_upload(content)).status == "SUPERSEDED"
    assert (await verify_by_code(letter.verify_code, storage)).status == "SUPERSEDED"


async def test_the_reconciler_gives_a_job_to_every_signed_letter_that_has_none(office: Office) -> None:
    letter = await office.signed()
    system = office.company.system
    async with tenant_transaction(system):
        assert await requeue_unsealed(system) == 0
        await execute("update outbox set failed_at = now() - interval '2 hours', error_code = 'MISSING_GLYPH'")
        assert await requeue_unsealed(system) == 0
        await execute("update outbox set error_code = 'STORAGE_UNAVAILABLE'")
        assert await requeue_unsealed(system) == 1
        assert await requeue_unsealed(system) == 0
        jobs = await fetch("select dedupe_key, failed_at, tries from outbox where topic = 'letters.seal'")
    assert jobs == [{"dedupe_key": str(letter.id), "failed_at": None, "tries": 0}]
