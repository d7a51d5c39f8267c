"""The verify page as people use it: it keeps their language, and shows no file as theirs that they did not bring (A27)."""

import re

import httpx2
import pytest

from plumb_platform.database import Database, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_schema.ground.ids import encode_id
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.service import SealTools, seal_letter
from support.companies import VAULT
from support.filled_company import new_session
from support.letters_made import make_office, mark_copies
from support.serving import Caller

VERIFY = "query ($code: String) { verifyLetter(code: $code) { status expectedSha256 foundSha256 } }"
WORDS = {
    "zh-CN": ("未上传文件：此结果只说明公司存档中该责任书的状态", "您的文件"),
    "en": ("No file was uploaded: this says only how the letter stands in the company&#39;s records.", "Your file"),
}


@pytest.fixture(scope="module")
async def letter(settings: Settings, database: Database, renderer: Renderer) -> Letter:
    """Seal a letter into the storage that the server reads."""
    office, storage = await make_office(), open_storage(settings.storage_url, home=settings.home)
    signed, system = await office.signed(), office.company.system
    async with tenant_transaction(system):
        tools = SealTools(renderer=renderer, storage=storage, vault=VAULT, public_url="https://plumb.example.test/")
        return await seal_letter(system, signed.id, tools)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_a_code_alone_compares_no_file(http: httpx2.AsyncClient, letter: Letter, lang: str) -> None:
    """Whoever scans the code of a forged print is not told that their file is the one that was issued."""
    answer = await http.get("/verify", params={"code": letter.verify_code, "lang": lang})
    no_file, theirs = WORDS[lang]
    assert (no_file in answer.text, f"<dt>{theirs}</dt>" in answer.text) == (True, False)
    assert answer.text.count(str(letter.file_sha256)) == 1
    found = await Caller(http).ask(VERIFY, code=letter.verify_code)
    assert found == {"status": "VALID", "expectedSha256": letter.file_sha256, "foundSha256": None}


@pytest.mark.parametrize(("lang", "word"), [("zh-CN", "无法识别"), ("en", "No letter is known")])
async def test_what_is_asked_next_is_answered_in_the_language_of_the_page(http: httpx2.AsyncClient, lang: str, word: str) -> None:
    other = {"accept-language": "en" if lang == "zh-CN" else "zh-CN"}
    shown = (await http.get("/verify", params={"lang": lang}, headers=other)).text
    (action,) = re.findall(r'method="post" action="([^"]+)"', shown)
    kept = re.findall(r'<input name="(\w+)" type="hidden" value="([^"]+)">', shown)
    assert kept == [("lang", lang)]
    by_file = await http.post(action, files={"file": ("a.pdf", b"%PDF-1.7 nothing", "application/pdf")}, headers=other)
    by_code = await http.get("/verify", params=dict(kept) | {"code": "7Qm2-vXc9-Lw3T-zR8b"}, headers=other)
    assert [word in answer.text for answer in (by_file, by_code)] == [True, True]


COPIES = {
    "zh-CN": ("<h2>带标记的副本 ", "签章原件的摘要", "<h2>已被改动 "),
    "en": ("<h2>Marked copy ", "The sealed original", "<h2>Modified "),
}


async def test_a_marked_copy_that_was_downloaded_is_known_again_and_shows_where_its_original_is(
    http: httpx2.AsyncClient, settings: Settings, renderer: Renderer
) -> None:
    office, storage = await make_office(), open_storage(settings.storage_url, home=settings.home)
    signed, system = await office.signed(), office.company.system
    async with tenant_transaction(system):
        tools = SealTools(renderer=renderer, storage=storage, vault=VAULT, public_url="https://plumb.example.test/")
        sealed = await seal_letter(system, signed.id, tools)
    await mark_copies(office.company)
    path, cookie = f"/letters/{encode_id('Letter', sealed.id)}/file", f"plumb_session={await new_session(office.employee)}"
    copy = (await http.get(path, headers={"cookie": cookie})).content
    for lang, words in COPIES.items():
        for content, shown in ((copy, True), (copy[:-1], False), (copy + b"%", False)):
            files = {"file": ("copy.pdf", content, "application/pdf")}
            text = (await http.post(f"/verify?lang={lang}", files=files)).text
            assert [words[0] in text, words[1] in text, f"<code>{path}?original=1</code>" in text] == [shown] * 3
            assert (words[2] in text, 'data-verdict="VALID"' in text) == (not shown, False)
    # Whoever is not a party gets no original by what the page shows.
    assert (await http.get(f"{path}?original=1")).status_code == 401
    original = await http.get(f"{path}?original=1", headers={"cookie": cookie})
    assert original.content == await storage.get(str(sealed.file_key))
