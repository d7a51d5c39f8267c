"""Handing out letters (A56, A57): a copy says who took it and when, the original stays; links end and are judged anew."""

import io
import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader

from plumb_platform import clock
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.documents.copy_mark import marked_copy
from plumb_platform.errors import NotFound, Unauthenticated
from plumb_platform.identity.links import Link, link_actor, opened_link, sealed_link
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions import Permission
from plumb_tenants.access.fields import FieldHidden
from plumb_tenants.letters.downloading import OriginalRefused, marked
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.service import LetterFile, SealTools, download_letter, letter_link, seal_letter, verify_upload
from support.companies import add_person
from support.letters_made import Office, make_office, mark_copies
from support.matrices import grant, matrix, published
from support.pdf_read import words_of
from support.process_memory import megabytes

KEY = b"k" * 32


@pytest.fixture
async def letter(office: Office, tools: SealTools) -> Letter:
    signed, system = await office.signed(), office.company.system
    async with tenant_transaction(system):
        return await seal_letter(system, signed.id, tools)


async def got(actor: Any, letter: Letter, tools: SealTools, **given: Any) -> LetterFile:
    async with tenant_transaction(actor):
        return await download_letter(actor, letter.id, tools.storage, copy_key=KEY, **given)


async def link_of(actor: Any, letter: Letter) -> Link:
    async with tenant_transaction(actor):
        return await letter_link(actor, letter_id=letter.id)


async def test_a_copy_says_who_took_it_and_when_and_the_original_stays(office: Office, letter: Letter, tools: SealTools) -> None:
    plain = await got(office.employee, letter, tools)
    assert (plain.sha256, plain.marked, plain.filename) == (letter.file_sha256, False, f"{letter.number}.pdf")
    await mark_copies(office.company)
    at = now().replace(microsecond=0)
    with clock.clock_at(at):
        copy = await got(office.employee, letter, tools)
    assert (copy.marked, copy.filename, copy.sha256) == (True, f"{letter.number}-copy.pdf", sha256_hex(copy.content))
    text = words_of(copy.content)
    local = at + timedelta(hours=8)
    pages = PdfReader(io.BytesIO(copy.content))
    assert text.count(f"副本 COPY · 张伟 E1 · {local:%Y-%m-%d %H:%M:%S} (UTC+08:00)") == 4 * len(pages.pages)
    assert {"/AcroForm", "/Perms"} & set(pages.root_object) == set()
    assert (await verify_upload(copy.content)).status == "MODIFIED"
    original = await got(office.employee, letter, tools, original=True)
    assert (original.content, original.marked) == (plain.content, False)
    assert (await verify_upload(original.content)).status == "VALID"
    async with tenant_transaction(office.company.system):
        entries = await fetch(
            "select after ->> 'marked' as marked from audit_entry where action = 'letter.download' order by number"
        )
    assert [row["marked"] for row in entries] == ["false", "true", "false"]


async def test_a_copy_is_written_anew_the_same_for_the_same_words_and_holds_nothing_of_the_seal(
    office: Office, letter: Letter, tools: SealTools
) -> None:
    sealed = (await got(office.employee, letter, tools)).content
    copy = marked_copy(sealed, "副本 COPY · 张伟")
    assert copy == marked_copy(sealed, "副本 COPY · 张伟")
    assert sealed[:2000] not in copy
    with pikepdf.open(io.BytesIO(copy)) as opened:
        held = [each for each in opened.objects if isinstance(each, pikepdf.Dictionary | pikepdf.Stream)]
        assert [each for each in held if "/ByteRange" in each or each.get("/FT") == "/Sig"] == []
        assert [page.mediabox for page in opened.pages]


@pytest.mark.parametrize(
    ("name", "said"), [("张伟😀", "张伟[U+1F600]"), ("ᠮᠣᠩ", "[U+182E][U+1823][U+1829]"), ("林𠮷㐂", "林𠮷㐂")]
)
async def test_a_name_without_glyphs_is_written_as_code_points_and_keeps_nobody_from_their_letter(
    office: Office, letter: Letter, tools: SealTools, name: str, said: str
) -> None:
    sealed = (await got(office.employee, letter, tools)).content
    assert f"副本 {said} 止" in words_of(marked_copy(sealed, f"副本 {name} 止"))


async def test_marking_one_letter_after_another_takes_no_more_memory_with_each(
    office: Office, letter: Letter, tools: SealTools
) -> None:
    sealed = (await got(office.employee, letter, tools)).content
    sizes = []
    for _ in range(5):
        for _ in range(40):
            await marked(sealed, "副本 COPY · 张伟", str(letter.file_key), KEY)
        sizes.append(megabytes(os.getpid())[1])
    assert sizes[-1] - sizes[1] < 4


async def test_the_original_is_for_the_parties_and_for_who_answers_for_all(
    office: Office, letter: Letter, tools: SealTools
) -> None:
    boss = await add_person(office.company, "B1", "总监", unit=office.unit, roles=("manager", "employee"))
    await mark_copies(office.company)
    with pytest.raises(OriginalRefused):
        await got(boss, letter, tools, original=True)
    assert (await got(boss, letter, tools)).marked
    assert not (await got(office.company.auditor, letter, tools, original=True)).marked


async def test_a_link_ends_after_five_minutes_and_none_can_be_forged(office: Office, letter: Letter) -> None:
    link = await link_of(office.employee, letter)
    word = sealed_link(link, (KEY,))
    assert opened_link(word, (KEY,)) == link
    with clock.clock_at(now() + timedelta(minutes=5)), pytest.raises(Unauthenticated):
        opened_link(word, (KEY,))
    longer = sealed_link(replace(link, expires_at=link.expires_at + timedelta(days=1)), (b"x" * 32,))
    body, _, mac = word.partition(".")
    for forged in ("", ".", word[:-1], f"x{word}", longer, f"{longer.partition('.')[0]}.{mac}", f"{body}.", "é.é", "a" * 10_000):
        with pytest.raises(Unauthenticated):
            opened_link(forged, (KEY,))


async def test_a_link_reaches_what_its_maker_may_fetch_now_and_nothing_else(
    office: Office, letter: Letter, tools: SealTools
) -> None:
    other = await make_office()
    with pytest.raises(NotFound):
        await link_of(other.employee, letter)
    link = await link_of(office.employee, letter)
    actor = await link_actor(link, address="10.0.0.9")
    assert (await got(actor, letter, tools)).sha256 == letter.file_sha256
    assert actor.scopes == frozenset({"letter:download"})
    foreign = await link_actor(replace(link, tenant_id=other.company.tenant_id, membership_id=other.employee.membership_id))  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        await got(foreign, letter, tools)
    async with tenant_transaction(office.company.system):
        seen = await fetch("select actor ->> 'address' as address from audit_entry where action = 'letter.download'")
        await execute("update membership set active = false where id = $1", link.membership_id)
    assert seen == [{"address": "10.0.0.9"}]
    with pytest.raises(Unauthenticated):
        await link_actor(link)


async def test_a_token_that_may_only_download_gets_what_its_owner_sees_and_nothing_that_is_hidden_from_them(
    office: Office, letter: Letter, tools: SealTools
) -> None:
    token = replace(office.employee, scopes=frozenset({Permission.LETTER_DOWNLOAD.value}))
    assert (await got(token, letter, tools)).sha256 == letter.file_sha256
    hiding = [grant("letter:read", "OWN", fields=["Letter.number"]), grant("letter:download", "OWN")]
    await published(office.company.admin, matrix(employee=hiding))
    for actor in (office.employee, token):
        with pytest.raises(FieldHidden):
            await got(actor, letter, tools)
