"""Files and codes that somebody made to harm: the public page answers them cheaply, alike, and tells nothing (A27)."""

import base64
import io
import re
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from typing import Any

import httpx2
import pikepdf
import pytest

from plumb_platform.database import Database, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.service import SealTools, seal_letter
from support.companies import VAULT
from support.letters_made import Office, make_office
from support.pdf_made import pdf_of, with_file
from support.serving import Caller

LANGS = {"zh-CN": ("无法识别", "已被改动"), "en": ("Unknown", "Modified")}
VERIFY = "query ($file: String) { verifyLetter(file: $file) { status number company employee } }"
NOTHING = {"status": "UNKNOWN", "number": None, "company": None, "employee": None}
PREDICTED = b"/DecodeParms<</Predictor 15/Columns 1000>>"


@cache
def paeth() -> bytes:
    """Return 70 MB that a reader in Python unpredicts byte by byte, for some twenty seconds (PNG, filter type 4)."""
    return zlib.compress((b"\x04" + b"1" * 1000) * 70_000, 9)


def nothing_of(size: int) -> bytes:
    """Return noughts, packed."""
    return zlib.compress(b"0" * size, 9)


def table_of_predicted_bytes() -> bytes:
    """Return a file whose table of places is such bytes."""
    empty, table = pdf_of([b"<</Type/Catalog>>"]), paeth()
    said = b"<</Type/XRef/W[1 4 2]/Size 9/Root 1 0 R/Filter/FlateDecode%s/Length %d>>" % (PREDICTED, len(table))
    return empty + b"\n9 0 obj\n" + said + b"stream\n" + table + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % (len(empty) + 1)


# Made when a test asks for them: every process of the tests reads this file, and packing takes two seconds.
COSTLY: dict[str, Callable[[], bytes]] = {
    "an attachment of predicted bytes": lambda: with_file(paeth(), b"/FlateDecode" + PREDICTED),
    "an attachment of 400 MB in little": lambda: with_file(nothing_of(100_000_000) * 4, b"/FlateDecode"),
    "an attachment within an attachment": lambda: with_file(
        zlib.compress(nothing_of(60_000_000), 9), b"[/FlateDecode/FlateDecode]"
    ),
    "a table of predicted bytes": table_of_predicted_bytes,
    "a hundred thousand attachments": lambda: b"%PDF-1.7\n" + b"<</Type/EmbeddedFile>>stream\n" * 120_000,
}
CODES = (
    "A" * 22,
    "x",
    "\u202e\u2066" + "A" * 20,
    "9" * 3000,
    "a\r\nset-cookie: x=1",
    "<img src=x onerror=1>",
    "𠮷" * 22,
    "%00\x00",
)
TYPED = r'type="text" value="([^"]*)"'
HEADERS = {"content-type", "content-security-policy", "x-content-type-options", "cache-control", "referrer-policy", "set-cookie"}


@pytest.fixture(scope="module")
async def office(database: Database) -> Office:
    return await make_office('<img src=x onerror=1>"&公司')


@pytest.fixture(scope="module")
async def file(office: Office, settings: Settings, renderer: Renderer) -> bytes:
    """Return a sealed letter's file."""
    storage, system = open_storage(settings.storage_url, home=settings.home), office.company.system
    signed = await office.signed()
    tools = SealTools(renderer=renderer, storage=storage, vault=VAULT, public_url="https://plumb.example.test/")
    async with tenant_transaction(system):
        letter = await seal_letter(system, signed.id, tools)
    assert letter.file_key is not None
    return await storage.get(letter.file_key)


@pytest.fixture(scope="module")
async def unsealed(database: Database) -> Letter:
    """Return a letter that is signed by all and has no file yet."""
    return await (await make_office("乙方医疗器械有限公司")).signed()


async def upload(http: httpx2.AsyncClient, content: bytes, lang: str = "en", name: str = "letter.pdf") -> httpx2.Response:
    return await http.post(f"/verify?lang={lang}", files={"file": (name, content, "application/pdf")})


def saved_as(file: bytes, **how: Any) -> bytes:
    """Return a letter that another program opened and saved."""
    with pikepdf.open(io.BytesIO(file)) as opened:
        out = io.BytesIO()
        opened.save(out, **how)
    return out.getvalue()


def damaged(file: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the same letter cut, drawn out, locked, rewritten and emptied, each with what was done."""
    for missing in (1, 1000, len(file) // 10):
        yield f"{missing} bytes off its end", file[:-missing]
    yield "an update at its end", file + b"\n9 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 9 0 R>>\nstartxref\n0\n%%EOF"
    yield "spaces at its end", file + b" " * 1000
    yield "itself at its end", file + file
    yield "a password", saved_as(file, encryption=pikepdf.Encryption(owner="o", user="u", R=6))
    yield "saved anew", saved_as(file, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    yield "no id", file.replace(b"/ID", b"/XX")
    yield "its middle zeroed", file[:9000] + bytes(20_000) + file[29_000:]


@pytest.mark.parametrize("name", COSTLY)
async def test_a_file_that_is_made_to_cost_is_unknown_before_it_costs(http: httpx2.AsyncClient, name: str) -> None:
    costly = COSTLY[name]()
    began = time.process_time()
    answer = await upload(http, costly)
    assert await Caller(http).ask(VERIFY, file=base64.b64encode(costly[:600_000]).decode()) == NOTHING
    # Client and server share this process: they take some hundredths of a second, and what is unpacked some twenty seconds.
    assert time.process_time() - began < 5
    assert (answer.status_code, 'data-verdict="UNKNOWN"' in answer.text) == (200, True)


async def test_whatever_happened_to_a_letter_it_is_modified_and_never_valid(http: httpx2.AsyncClient, file: bytes) -> None:
    for done, content in damaged(file):
        for lang, (_, modified) in LANGS.items():
            text = (await upload(http, content, lang)).text
            assert (f"<h2>{modified} " in text, 'data-verdict="VALID"' in text) == (True, False), (done, lang)
    assert 'data-verdict="VALID"' in (await upload(http, file)).text


@pytest.mark.parametrize("lang", LANGS)
async def test_every_unknown_file_gets_one_and_the_same_page(http: httpx2.AsyncClient, unsealed: Letter, lang: str) -> None:
    claims = [b'{"schema":"plumb.letter/1","verify_code":"%s"}' % code for code in (b"B" * 22, unsealed.verify_code.encode())]
    files = [with_file(zlib.compress(each), b"/FlateDecode") for each in claims]
    files += [b"%PDF-1.7\n/ID [<" + each.encode() + b">]" for each in (unsealed.id.hex, "0" * 32)]
    (page,) = {(await upload(http, each, lang)).text for each in (b"x", b"%PDF-", b"\x00" * 9, *files)}
    assert f"<h2>{LANGS[lang][0]} " in page


@pytest.mark.parametrize("lang", LANGS)
async def test_every_unknown_code_gets_one_and_the_same_page_but_for_the_code(
    http: httpx2.AsyncClient, unsealed: Letter, lang: str
) -> None:
    pages = set()
    for code in (*CODES, unsealed.verify_code, unsealed.verify_code.swapcase(), str(unsealed.id), unsealed.number):
        answer = await http.get("/verify", params={"code": code, "lang": lang})
        kept = {name: value for name, value in answer.headers.items() if name in HEADERS}
        shown, (typed,) = re.sub(TYPED, "", answer.text), re.findall(TYPED, answer.text)
        assert not set(typed) & set("<>\r\n\u202e\u2066\x00"), code
        pages.add((answer.status_code, re.sub(r"code=[^\"]*", "", shown), str(kept)))
    ((status, page, _),) = pages
    assert (status, f"<h2>{LANGS[lang][0]} " in page) == (200, True)


async def test_what_a_company_is_called_stays_text_and_so_does_the_name_of_a_file(http: httpx2.AsyncClient, file: bytes) -> None:
    for lang in LANGS:
        answer = await upload(http, file, lang, name='a"\r\nset-cookie: x=1;\u202e<b>.pdf')
        assert 'data-verdict="VALID"' in answer.text
        assert answer.text.count("&lt;img src=x onerror=1&gt;&#34;&amp;公司") == 2
        assert ("<img" in answer.text, "<b>" in answer.text, answer.headers.get("set-cookie")) == (False, False, None)


async def test_a_form_that_is_no_form_is_answered_as_one_without_a_file(http: httpx2.AsyncClient) -> None:
    part = b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-\r\n--x--\r\n'
    torn = {
        "multipart/form-data; boundary=x; charset=nonsense": part.replace(b"file", b"\xff\xfe"),
        "multipart/form-data": part,
        "multipart/form-data; boundary=" + "x" * 300: part,
        "multipart/form-data; boundary=\u00e9": part,
        "application/x-www-form-urlencoded": b"file=" + b"%ff" * 100_000,
        "application/json": b"{}",
        "multipart/form-data; boundary=x": b"--x\r\n" + b"h" * 100_000 + b": x\r\n" + part,
    }
    for kind, body in torn.items():
        answer = await http.post("/verify?lang=en", content=body, headers={b"content-type": kind.encode("latin-1")})
        assert (answer.status_code, "Choose a PDF file." in answer.text) == (400, True), kind


async def test_an_upload_without_a_length_is_told_what_it_lacks(http: httpx2.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"%PDF-"

    answer = await http.post("/verify?lang=en", content=pieces(), headers={"content-type": "multipart/form-data; boundary=x"})
    assert (answer.status_code, "larger than 4 MB" in answer.text, "Content-Length" in answer.text) == (411, False, True)
