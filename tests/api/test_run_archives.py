"""The archive of a run over HTTP: marked copies where the company wants that, and hidden by a matrix like any file (A29, A57)."""

import csv
import io
import re
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, fetch, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_schema.ground.ids import encode_id
from plumb_tenants.letters.models import Letter, LetterRun
from plumb_tenants.letters.service import verify_upload
from support.companies import member
from support.letters_made import Office, make_office, mark_copies, sealed_of_run
from support.matrices import grant, matrix, published
from support.pdf_read import words_of
from support.serving import Caller

SignedIn = Callable[[Actor], Awaitable[Caller]]
RUN = "{ letterRuns { edges { node { state archivePath issued finishedAt } } } }"
FILES = "select after ->> 'files' as files, after ->> 'marked' as marked from audit_entry where action = 'letter_run.download'"
NARROW = ["LetterRun.issued", "LetterRunItem.employeeName"]


@dataclass(frozen=True)
class Ended:
    """An office whose run has one letter, sealed, with its audit page."""

    office: Office
    letter: Letter
    path: str


@pytest.fixture
async def ended(settings: Settings, database: Database, renderer: Renderer) -> Ended:
    """Seal the letter of a run into the storage that the server reads."""
    office = await make_office()
    letter = await sealed_of_run(office, renderer=renderer, storage=open_storage(settings.storage_url, home=settings.home))
    async with tenant_transaction(office.company.system):
        run = await LetterRun.all().get()
    return Ended(office, letter, f"/letter-runs/{encode_id('LetterRun', run.id)}/zip")


async def unzipped(caller: Caller, path: str) -> tuple[dict[str, bytes], list[dict[str, str]]]:
    """Return the files of an archive by name, and the lines of its manifest."""
    answer = await caller.http.get(path, timeout=60)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip"), answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        assert opened.testzip() is None
        files = {name: opened.read(name) for name in opened.namelist()}
    return files, list(csv.DictReader(io.StringIO(files.pop("manifest.csv").decode("utf-8-sig"))))


async def refusal(caller: Caller, path: str, lang: str) -> tuple[int, str, str]:
    answer = await caller.http.get(path, headers={"accept-language": lang})
    (error,) = answer.json()["errors"]
    return answer.status_code, error["extensions"]["code"], error["message"]


async def audited(ended: Ended) -> list[tuple[str, str]]:
    async with tenant_transaction(ended.office.company.system):
        return [(row["files"], row["marked"]) for row in await fetch(FILES + " order by number")]


async def test_an_archive_has_marked_copies_where_single_downloads_are_marked_and_originals_for_who_may(
    ended: Ended, signed_in: SignedIn
) -> None:
    """What says who and when on a single copy says so on each letter of the archive; its manifest names both digests."""
    letter, hr = ended.letter, await signed_in(ended.office.company.hr)
    number, sealed = letter.number, letter.file_sha256
    plain, lines = await unzipped(hr, ended.path)
    assert list(plain) == [f"{number}.pdf", f"{number}-audit.pdf"]
    assert sha256_hex(plain[f"{number}.pdf"]) == sealed == lines[0]["sha256"] == lines[0]["stored_sha256"]
    await mark_copies(ended.office.company)
    files, lines = await unzipped(hr, ended.path)
    copy = files[f"{number}-copy.pdf"]
    assert list(files) == [f"{number}-copy.pdf", f"{number}-audit.pdf"]
    assert files[f"{number}-audit.pdf"] == plain[f"{number}-audit.pdf"]
    who = str(ended.office.company.hr.membership_id)[:8]
    stamp = rf"副本 COPY · 成员 {who} · \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d \(UTC\+08:00\)"
    single = (await hr.http.get(f"/letters/{encode_id('Letter', letter.id)}/file", timeout=60)).content
    assert len(re.findall(stamp, words_of(copy))) == len(re.findall(stamp, words_of(single))) >= 4
    assert (await verify_upload(copy)).status == "MODIFIED"
    assert [(line["file"], line["sha256"], line["status"], line["stored_sha256"]) for line in lines] == [
        (f"{number}-copy.pdf", sha256_hex(copy), "OK", sealed),
        (f"{number}-audit.pdf", sha256_hex(files[f"{number}-audit.pdf"]), "OK", lines[1]["sha256"]),
    ]
    originals, _ = await unzipped(hr, f"{ended.path}?original=1")
    assert originals == plain
    assert await audited(ended) == [("2", "false"), ("2", "true"), ("2", "false")]


async def test_who_may_not_download_all_letters_gets_no_archive_of_originals(ended: Ended, signed_in: SignedIn) -> None:
    company = ended.office.company
    grants = [grant("letter:issue"), grant("letter:read"), grant("letter:download", "SUBTREE")]
    await published(company.admin, matrix(issuer=grants))
    issuer = await signed_in(await member(company.tenant_id, "issuer"))
    # Where nothing is marked, the archive holds the same whether originals are asked for or not.
    assert await unzipped(issuer, f"{ended.path}?original=1") == await unzipped(issuer, ended.path)
    await mark_copies(company)
    assert await refusal(issuer, f"{ended.path}?original=1", "en") == (
        403,
        "LETTER_ORIGINALS_REFUSED",
        "An archive of sealed originals is for those who may download all letters. Take the marked copies; "
        "the parties of a letter may download its original by itself.",
    )
    zh = await refusal(issuer, f"{ended.path}?original=1", "zh-CN")
    assert zh[2] == "签章原件的压缩包仅供全公司范围的责任书管理者下载。请下载带标记的副本；签署双方可逐份下载自己责任书的原件。"
    assert [marked for _, marked in await audited(ended)] == ["false", "false"]


async def test_the_path_of_an_archive_is_hidden_by_a_matrix_and_the_archive_with_it(ended: Ended, signed_in: SignedIn) -> None:
    company = ended.office.company
    acts: list[dict[str, Any]] = [grant("letter:download"), grant("letter:read")]
    whole, narrow = grant("letter:issue"), grant("letter:issue", fields=NARROW)
    shown = grant("letter:issue", fields=[*NARROW, "LetterRun.archivePath"])
    await published(company.admin, matrix(whole=[*acts, whole], narrow=[*acts, narrow], shown=[*acts, shown]))
    seen: dict[str, tuple[Any, list[str], int]] = {}
    for role in ("whole", "narrow", "shown"):
        caller = await signed_in(await member(company.tenant_id, role))
        body = (await caller.post(RUN)).json()
        (edge,) = body["data"]["letterRuns"]["edges"]
        answer: httpx2.Response = await caller.http.get(ended.path)
        hidden = body.get("extensions", {}).get("hidden", [])
        seen[role] = edge["node"]["archivePath"], hidden, answer.status_code
        assert edge["node"]["issued"] == 1
    assert seen == {
        "whole": (ended.path, [], 200),
        "narrow": (None, ["LetterRun.archivePath", "LetterRun.finishedAt"], 403),
        "shown": (ended.path, ["LetterRun.finishedAt"], 200),
    }
    blind = await signed_in(await member(company.tenant_id, "narrow"))
    status, code, told = await refusal(blind, ended.path, "zh-CN")
    assert (status, code, told.startswith("您无权查看字段 LetterRun.archivePath")) == (403, "FIELD_HIDDEN", True)
