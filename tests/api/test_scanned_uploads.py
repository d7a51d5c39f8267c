"""Files that people bring, over HTTP: scanned before they are stored; without a verdict nothing is (C92)."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

from plumb_platform.actor import Actor
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_schema.ground.ids import encode_id
from support.clamd import EICAR, Clamd
from support.forms_made import PDF, PROPOSAL, Office, make_office, publish_form
from support.full_disk import full_disk
from support.serving import Caller

SignedIn = Callable[[Actor], Awaitable[Caller]]
UPLOAD = """mutation ($input: UploadAttachmentInput!) { uploadAttachment(input: $input) {
  __typename ... on Attachment { id size } ... on Problem { code field message } } }"""


TWO = """mutation ($input: UploadAttachmentInput!) { markMessagesRead(input: {}) { __typename }
  uploadAttachment(input: $input) { __typename ... on Problem { code } } }"""


async def upload(
    office: Office, caller: Caller, content: bytes = PDF, *, locale: str = "en", document: str = UPLOAD
) -> httpx2.Response:
    submission = encode_id("Submission", await office.start({"申报值": "1"}))
    given = {"submissionId": submission, "field": "证据", "name": "a.pdf", "contentBase64": b64encode(content).decode()}
    return await caller.post(document, {"accept-language": locale}, input=given)


async def stored(office: Office, settings: Settings) -> tuple[int, int]:
    """Return how many files the store holds, and how many rows name one."""
    keys = await open_storage(settings.storage_url, home=settings.home).keys(office.company.tenant_id, "attachments")
    return len(keys), await office.value("select count(*) from attachment")


def problem(answer: httpx2.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["data"]["uploadAttachment"]
    return found


async def test_an_infected_file_is_refused_and_stays_unstored(
    settings: Settings, signed_in: SignedIn, http: httpx2.AsyncClient
) -> None:
    office = await make_office()
    caller = await signed_in(office.seller)
    answer = await upload(office, caller, PDF + EICAR)
    assert (answer.status_code, problem(answer)["code"], problem(answer)["field"]) == (200, "FILE_INFECTED", "content")
    assert problem(answer)["message"].startswith("The virus scanner found Eicar-Signature in the file")
    assert await stored(office, settings) == (0, 0)
    assert 'plumb_scan_seconds_count{outcome="infected"}' in (await http.get("/metrics")).text


async def test_while_the_scanner_is_odd_or_full_no_file_is_stored_and_health_tells(
    settings: Settings, signed_in: SignedIn, http: httpx2.AsyncClient, clamd: Clamd
) -> None:
    office = await make_office()
    caller = await signed_in(office.seller)
    try:
        clamd.odd = b"stream: O"
        for locale, remedy in (("zh-CN", "请稍后重试"), ("en", "have the operator run plumb doctor")):
            answer = await upload(office, caller, locale=locale)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
            assert (problem(answer)["code"], remedy in problem(answer)["message"]) == ("SCANNER_UNAVAILABLE", True)
        health = (await http.get("/health")).json()
        assert (health["status"], health["alarms"]["scanner_away"]) == ("alarm", 1)
        assert 'plumb_outages_total{code="SCANNER_UNAVAILABLE",place="api"}' in (await http.get("/metrics")).text
        clamd.odd, clamd.stream_max_length = None, 10
        assert problem(await upload(office, caller))["code"] == "FILE_TOO_LARGE_TO_SCAN"
        assert await stored(office, settings) == (0, 0)
    finally:
        clamd.odd, clamd.stream_max_length = None, 1_000_000
    assert (await http.get("/health")).json()["alarms"]["scanner_away"] == 0


async def test_of_two_changes_the_one_that_was_done_is_not_asked_for_again_because_the_other_met_an_outage(
    signed_in: SignedIn, clamd: Clamd
) -> None:
    office = await make_office()
    caller = await signed_in(office.seller)
    try:
        clamd.odd = b"stream: O"
        answer = await upload(office, caller, document=TWO)
    finally:
        clamd.odd = None
    assert (answer.status_code, "retry-after" in answer.headers) == (200, False)
    assert answer.json()["data"] == {
        "markMessagesRead": {"__typename": "MarkedMessages"},
        "uploadAttachment": {"__typename": "RefusedProblem", "code": "SCANNER_UNAVAILABLE"},
    }


async def test_a_file_brought_onto_a_full_disk_is_to_be_sent_again_and_leaves_nothing(
    settings: Settings, signed_in: SignedIn
) -> None:
    office, large = await make_office(), PDF + b"0" * 500_000
    fields = [each | ({"max_bytes": 600_000} if each["type"] == "attachment" else {}) for each in PROPOSAL["fields"]]
    office.form = await publish_form(office.hr, "large", PROPOSAL | {"fields": fields})
    caller = await signed_in(office.seller)
    for locale, told in (("zh-CN", "文件存储暂不可用"), ("en", "The file store is not available")):
        with full_disk(beyond=300_000):
            answer = await upload(office, caller, large, locale=locale)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert (problem(answer)["code"], problem(answer)["message"].startswith(told)) == ("STORAGE_UNAVAILABLE", True)
        assert await stored(office, settings) == (0, 0)
    assert problem(await upload(office, caller, large))["size"] == len(large)
    assert await stored(office, settings) == (1, 1)


async def test_files_brought_at_once_are_judged_each_by_its_own_content(settings: Settings, signed_in: SignedIn) -> None:
    office = await make_office()
    caller = await signed_in(office.seller)
    contents = [PDF + bytes([65 + n]) + (EICAR if n % 2 else b"") for n in range(4)]
    answers = await asyncio.gather(*(upload(office, caller, each) for each in contents))
    assert [problem(each)["__typename"] for each in answers] == ["Attachment", "RefusedProblem"] * 2
    assert await stored(office, settings) == (2, 2)
