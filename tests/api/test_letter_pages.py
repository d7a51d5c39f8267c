"""Letters over plain HTTP: the download behind its access check, and the verify page that anybody may open (A27, A56, N16)."""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx2
import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, fetch, fetch_value, tenant_transaction
from plumb_platform.documents.key_vault import vault_of
from plumb_platform.documents.renderer import Renderer
from plumb_platform.identity.tokens import create_token
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_schema.ground.ids import encode_id
from plumb_tenants.company.service import add_signing_key, root_certificates
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.service import SealTools, preview_letter, revoke_letter, run_trial, seal_letter
from plumb_verify.files import Options, verify
from plumb_verify.signatures import Broken
from support.companies import VAULT, add_person
from support.filled_company import new_session
from support.letters_made import Office, make_office
from support.serving import Caller

VERIFY = "query ($code: String, $file: String) { verifyLetter(code: $code, file: $file) { status company number employee } }"
NOT_FOUND = {"errors": [{"message": "The object does not exist, or you may not see it.", "extensions": {"code": "NOT_FOUND"}}]}
LINK = "mutation ($letter: ID!) { createLetterLink(input: {letterId: $letter}) { ... on LetterLink { path expiresAt } } }"
Get = Callable[..., Awaitable[httpx2.Response]]


@dataclass(frozen=True)
class Sealed:
    """An office, its sealed letter and the file."""

    office: Office
    letter: Letter
    file: bytes

    @property
    def path(self) -> str:
        """Return where the file is downloaded."""
        return path_of(self.letter.id)


@pytest.fixture(scope="module")
async def sealed(settings: Settings, database: Database, renderer: Renderer) -> Sealed:
    """Seal a letter into the storage that the server reads."""
    return await sealed_in(settings, renderer)


@pytest.fixture
async def revocable(settings: Settings, database: Database, renderer: Renderer) -> Sealed:
    """Seal a letter of a company of its own."""
    return await sealed_in(settings, renderer)


async def sealed_in(settings: Settings, renderer: Renderer) -> Sealed:
    storage = open_storage(settings.storage_url, home=settings.home)
    office = await make_office("华南医疗器械有限公司")
    signed = await office.signed()
    tools = SealTools(renderer=renderer, storage=storage, vault=VAULT, public_url="https://plumb.example.test/")
    async with tenant_transaction(office.company.system):
        letter = await seal_letter(office.company.system, signed.id, tools)
    assert letter.file_key is not None
    return Sealed(office, letter, await storage.get(letter.file_key))


@pytest.fixture
def get(http: httpx2.AsyncClient) -> Get:
    """Return a function that gets a path as a member with a session."""

    async def got(actor: Actor, path: str, headers: dict[str, str] | None = None) -> httpx2.Response:
        cookie = {"cookie": f"plumb_session={await new_session(actor)}"}
        return await http.get(path, headers=cookie | (headers or {}))

    return got


def path_of(letter_id: UUID) -> str:
    return f"/letters/{encode_id('Letter', letter_id)}/file"


async def upload(http: httpx2.AsyncClient, content: bytes, *, name: str = "file", lang: str = "en") -> httpx2.Response:
    return await http.post(f"/verify?lang={lang}", files={name: ("letter.pdf", content, "application/pdf")})


async def downloads_of(sealed: Sealed) -> int:
    async with tenant_transaction(sealed.office.company.system):
        return int(await fetch_value("select count(*) from audit_entry where action = 'letter.download'"))


async def test_nobody_downloads_a_letter(http: httpx2.AsyncClient, sealed: Sealed) -> None:
    credentials: list[dict[str, str]] = [{}, {"cookie": "plumb_session=ps_unknown"}]
    credentials += [{"authorization": f"Bearer{word}"} for word in ("", " plumb_unknown", " " + "x" * 201)]
    for headers in credentials:
        response = await http.get(sealed.path, headers=headers)
        assert (response.status_code, response.json()) == (
            401,
            {
                "errors": [
                    {
                        "message": "Please sign in (login), or send a token that still holds.",
                        "extensions": {"code": "UNAUTHENTICATED"},
                    }
                ]
            },
        )


async def test_a_foreign_a_random_and_a_malformed_id_are_answered_alike(get: Get, sealed: Sealed) -> None:
    stranger = (await make_office("乙方医疗器械有限公司")).company.admin
    colleague = await add_person(sealed.office.company, "E9", "旁人", unit=sealed.office.unit)
    wrong_type = f"/letters/{encode_id('Goal', sealed.letter.id)}/file"
    before = await downloads_of(sealed)
    for actor in (stranger, colleague):
        for path in (sealed.path, path_of(uuid4()), wrong_type, "/letters/nonsense/file", "/letters/..%2F..%2Fsecret.key/file"):
            response = await get(actor, path)
            if "%2F" in path:
                assert response.status_code == 404
            else:
                assert (response.status_code, response.json()) == (404, NOT_FOUND)
    assert await downloads_of(sealed) == before


async def test_a_token_without_the_scope_downloads_nothing(http: httpx2.AsyncClient, sealed: Sealed) -> None:
    employee = sealed.office.employee
    async with tenant_transaction(employee):
        narrow = await create_token(employee, name="窄", scopes=["letter:read"], days=1)
        wide = await create_token(employee, name="宽", scopes=["letter:download"], days=1)
    refused = await http.get(sealed.path, headers={"authorization": f"Bearer {narrow.credential}"})
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")
    allowed = await http.get(sealed.path, headers={"authorization": f"bearer {wide.credential}"})
    assert (allowed.status_code, allowed.content) == (200, sealed.file)


async def test_a_letter_without_a_file_is_not_downloaded(get: Get) -> None:
    office = await make_office()
    letter = await office.issued()
    response = await get(office.employee, path_of(letter.id))
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (403, "LETTER_NOT_SEALED")


async def test_its_parties_download_the_sealed_bytes_and_it_is_recorded(get: Get, sealed: Sealed) -> None:
    before = await downloads_of(sealed)
    for actor in (sealed.office.employee, sealed.office.manager, sealed.office.company.hr):
        response = await get(actor, sealed.path)
        assert (response.status_code, response.content) == (200, sealed.file)
        assert response.headers["content-type"] == "application/pdf"
        assert response.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote(sealed.letter.number)}.pdf"
        assert response.headers["etag"] == f'"{hashlib.sha256(sealed.file).hexdigest()}"'
        assert (response.headers["x-content-type-options"], response.headers["cache-control"]) == ("nosniff", "no-store")
    assert await downloads_of(sealed) == before + 3
    async with tenant_transaction(sealed.office.company.system):
        (last,) = await fetch("select object_id, actor->>'address' as address from audit_entry order by number desc limit 1")
    assert last == {"object_id": sealed.letter.id, "address": "127.0.0.1"}


@pytest.mark.parametrize("code", ["unknown-code-of-no-letter", "x", "' or 1=1 --", "<script>alert(1)</script>", "\x00" * 20])
async def test_an_unknown_code_tells_nothing(http: httpx2.AsyncClient, sealed: Sealed, code: str) -> None:
    response = await http.get("/verify", params={"code": code, "lang": "en"})
    assert (response.status_code, 'data-verdict="UNKNOWN"' in response.text) == (200, True)
    for word in (sealed.letter.number, "华南医疗器械", "张伟", "<script"):
        assert word not in response.text


@pytest.mark.parametrize("content", [b"not a PDF", b"%PDF-1.7\n" + b"x" * 5_000, b"%PDF-"])
async def test_an_upload_that_is_no_letter_is_unknown(http: httpx2.AsyncClient, content: bytes) -> None:
    response = await upload(http, content)
    assert (response.status_code, 'data-verdict="UNKNOWN"' in response.text) == (200, True)


async def test_an_upload_over_4_mb_is_refused_in_both_languages(http: httpx2.AsyncClient) -> None:
    for length in (4 * 1024 * 1024 + 1, 5 * 1024 * 1024):
        for lang, message in (("en", "The file is larger than 4 MB"), ("zh-CN", "文件超过 4 MB")):
            response = await upload(http, b"%PDF-" + b"0" * (length - 5), lang=lang)
            assert (response.status_code, message in response.text) == (400, True)


async def test_a_form_without_a_file_is_refused(http: httpx2.AsyncClient) -> None:
    for response in (
        await upload(http, b""),
        await upload(http, b"%PDF-", name="another"),
        await http.post("/verify?lang=en", data={"file": "text"}),
        await http.post("/verify?lang=en", content=b"nonsense", headers={"content-type": "multipart/form-data; boundary=x"}),
    ):
        assert (response.status_code, "Choose a PDF file." in response.text) == (400, True)


async def test_a_changed_byte_is_found_wherever_it_is(http: httpx2.AsyncClient, sealed: Sealed) -> None:
    for place in (100, len(sealed.file) // 2, len(sealed.file) - 10):
        changed = bytearray(sealed.file)
        changed[place] ^= 1
        text = (await upload(http, bytes(changed))).text
        assert ('data-verdict="MODIFIED"' in text, 'data-verdict="VALID"' in text) == (True, False)


async def test_the_file_and_the_code_verify_as_valid_for_anybody(http: httpx2.AsyncClient, sealed: Sealed) -> None:
    for response in (
        await upload(http, sealed.file),
        await http.get("/verify", params={"code": sealed.letter.verify_code, "lang": "en"}),
    ):
        assert response.status_code == 200
        people = ("华南医疗器械有限公司", "张伟", "李建国")
        for word in ('data-verdict="VALID"', sealed.letter.number, *people, "2026-01-01 to 2026-12-31"):
            assert word in response.text
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert (await http.get("/static/verify.css")).headers["content-type"] == "text/css; charset=utf-8"


async def test_a_member_of_another_company_verifies_as_anybody_does(http: httpx2.AsyncClient, sealed: Sealed) -> None:
    stranger = (await make_office("乙方医疗器械有限公司")).company.admin
    async with tenant_transaction(stranger):
        token = (await create_token(stranger, name="核验", scopes=["company:read"], days=1)).credential
    found = {"status": "VALID", "company": "华南医疗器械有限公司", "number": sealed.letter.number, "employee": "张伟"}
    for caller in (Caller(http), Caller(http, token=token)):
        assert await caller.ask(VERIFY, code=sealed.letter.verify_code) == found
        assert await caller.ask(VERIFY, file=base64.b64encode(sealed.file).decode()) == found
        unknown = await caller.ask(VERIFY, code="unknown-code-of-no-letter")
        assert unknown == {"status": "UNKNOWN", "company": None, "number": None, "employee": None}


async def test_a_preview_is_served_to_whoever_asked_for_it_and_to_nobody_else(
    http: httpx2.AsyncClient, get: Get, settings: Settings, sealed: Sealed, renderer: Renderer
) -> None:
    company = sealed.office.company
    async with tenant_transaction(company.hr):
        asked = await preview_letter(company.hr, version_id=sealed.office.template)
    storage = open_storage(settings.storage_url, home=settings.home)
    async with tenant_transaction(company.system):
        trial = await run_trial(company.system, asked.id, renderer=renderer, storage=storage)
    path = f"/letters/trials/{encode_id('LetterTrial', trial.id)}"
    assert [(await http.get(f"{path}/{name}")).status_code for name in ("preview.pdf", "1.png")] == [401, 401]
    assert (await get(company.admin, f"{path}/1.png")).status_code == 404
    for name, kind, begin in (("preview.pdf", "application/pdf", b"%PDF-"), ("1.png", "image/png", b"\x89PNG")):
        response = await get(company.hr, f"{path}/{name}")
        assert (response.status_code, response.headers["content-type"]) == (200, kind)
        assert response.content.startswith(begin)
    for name in ("0.png", "99.png", "x.png"):
        assert (await get(company.hr, f"{path}/{name}")).status_code == 404


async def test_a_link_fetches_the_letter_without_a_session_and_only_with_its_own_word(
    http: httpx2.AsyncClient, sealed: Sealed
) -> None:
    employee = sealed.office.employee
    async with tenant_transaction(employee):
        token = (await create_token(employee, name="下载", scopes=["letter:download"], days=1)).credential
    made = await Caller(http, token=token).ask(LINK, letter=encode_id("Letter", sealed.letter.id))
    response = await http.get(made["path"])
    assert (response.status_code, response.content) == (200, sealed.file)
    for path in (made["path"][:-2], "/letters/by-link", "/letters/by-link?link=x.y"):
        assert (await http.get(path)).status_code == 401


async def test_the_audit_chain_is_handed_to_auditors_alone_and_verifies_offline(
    http: httpx2.AsyncClient, get: Get, sealed: Sealed
) -> None:
    assert (await http.get("/audit/chain.jsonl")).status_code == 401
    assert (await get(sealed.office.employee, "/audit/chain.jsonl")).status_code == 403
    response = await get(sealed.office.company.auditor, "/audit/chain.jsonl")
    assert (response.status_code, response.headers["transfer-encoding"]) == (200, "chunked")
    assert response.headers["content-disposition"].endswith("-audit.jsonl")
    said = verify(response.content, Options())
    assert (said["kind"], said["entries"] > 5) == ("audit chain", True)


async def test_a_revoked_letter_is_shown_with_its_time_and_listed_for_any_reader(
    http: httpx2.AsyncClient, get: Get, settings: Settings, revocable: Sealed
) -> None:
    path, hr = "/letters/revocations.json", revocable.office.company.hr
    assert (await http.get(path)).status_code == 401
    async with tenant_transaction(hr):
        done = await revoke_letter(hr, letter_id=revocable.letter.id, version=4, reason="岗位调整")
    assert done.closed_at is not None
    at = f"<dt>Revoked at</dt><dd>{done.closed_at.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M:%S %z}</dd>"
    shown = (await upload(http, revocable.file)).text
    assert ("REVOKED" in shown, at in shown, ">VALID<" in shown, "岗位调整" in shown) == (True, True, False, False)
    async with tenant_transaction(hr):
        # A key that the server can open, under a root of its own.
        await add_signing_key(hr, company_name=revocable.office.company.name, vault=vault_of(settings))
        roots = await root_certificates(hr)
    answer = await get(revocable.office.employee, path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), answer.text
    tag = answer.headers["etag"]
    known = [(await get(revocable.office.employee, path, {"if-none-match": each})).status_code for each in (f'"x", {tag}', '"x"')]
    assert known == [304, 200]
    for given, words in ((roots[:1], "under another root"), (roots, "the letter was revoked at")):
        with pytest.raises(Broken, match=words):
            verify(revocable.file, Options(given, revocations=answer.content))
