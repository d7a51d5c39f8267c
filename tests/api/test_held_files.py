"""Files that the virus scan holds, over GraphQL and HTTP: who sees it, who releases or removes them, and who is told (C92)."""

import json
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import tenant_transaction
from plumb_platform.scanning import Scanner
from plumb_platform.settings import Settings
from plumb_platform.storage import FileMissing, Storage
from plumb_schema.ground.ids import encode_id
from plumb_tenants.files.quarantine import note_scan
from plumb_tenants.forms.models import Attachment
from plumb_tenants.retention.service import HoldScope, lift_hold, place_hold
from support.clamd import Clamd
from support.forms_made import PDF, Office, make_office
from support.rescans import BAD, brought, path_of, refused, rescanned, rows
from support.serving import Caller

SignedIn = Callable[[Actor], Awaitable[Caller]]
SEEN = "query ($id: ID!) { attachment(id: $id) { scanState scanSince scanFinding } }"
HELD = """{ fileScans(where: {state: {eq: HELD}}) { edges { node { id version state finding heldSince sha256 signatures
  attachments { edges { node { name } } } definitionVersion { id } } } } }"""
MANY = "{ fileScans { totalCount } }"
ANSWER = "... on FileScan { state version clearedReason removedReason heldSince } ... on Problem { code field message }"
RELEASE = f"mutation ($input: ReleaseHeldFileInput!) {{ releaseHeldFile(input: $input) {{ {ANSWER} }} }}"
REMOVE = f"mutation ($input: RemoveHeldFileInput!) {{ removeHeldFile(input: $input) {{ {ANSWER} }} }}"
UPLOAD = """mutation ($input: UploadAttachmentInput!) { uploadAttachment(input: $input) {
  ... on Attachment { scanState } ... on Problem { code field message } } }"""
CHAIN = """select action, before ->> 'found_as' as was, after ->> 'state' as state, after ->> 'reason' as why from audit_entry
  where action like 'attachment.re%' or action = 'attachment.quarantine' order by number"""
TOLD = "select kind, count(*)::int from message where object_type = 'Attachment' group by kind order by kind"
ZH = {"accept-language": "zh-CN"}


@dataclass(frozen=True)
class Held:
    """An office, the file of its seller that is held, who judges it, and the scan as that person sees it."""

    office: Office
    file: Attachment
    admin: Caller
    scan: dict[str, Any]

    def asked(self, **given: Any) -> dict[str, Any]:
        """Return the input of a judgement."""
        return {"id": self.scan["id"], "version": self.scan["version"], "reason": " 供应商确认 "} | given

    async def chain(self) -> list[tuple[Any, ...]]:
        """Return what the chain says of the file."""
        return await rows(self.office.company, CHAIN)


@pytest.fixture
async def held(storage: Storage, scanner: Scanner, signed_in: SignedIn, settings: Settings) -> Held:
    """Bring a file, let the scanner learn to know it, and sign the administrator in."""
    office = await make_office()
    file, admin = await brought(office, storage), await signed_in(office.company.admin)
    await rescanned(office.company, storage, scanner)
    (edge,) = (await admin.ask(HELD))["edges"]
    return Held(office, file, admin, edge["node"])


async def seen(caller: Caller, file: Attachment) -> tuple[str, str | None]:
    found = await caller.ask(SEEN, id=encode_id("Attachment", file.id))
    return found["scanState"], found["scanFinding"]


async def test_an_attachment_says_where_it_stands_with_the_scan_and_no_kept_answer_is_stale(
    storage: Storage, scanner: Scanner, clamd: Clamd, signed_in: SignedIn
) -> None:
    office = await make_office()
    unscanned, passed = await brought(office, storage), await brought(office, storage, PDF, scanner=scanner)
    seller, system = await signed_in(office.seller), office.company
    assert [await seen(seller, each) for each in (unscanned, passed)] == [("WAITING", None), ("CLEAN", None)]
    asked = {"query": SEEN, "variables": json.dumps({"id": encode_id("Attachment", unscanned.id)})}
    tag = (await seller.http.get("/graphql", params=asked, headers={"x-plumb-csrf": seller.csrf})).headers["etag"]
    again = {"x-plumb-csrf": seller.csrf, "if-none-match": tag}
    assert (await seller.http.get("/graphql", params=asked, headers=again)).status_code == 304
    assert await rescanned(system, storage, scanner) == 2
    fresh = await seller.http.get("/graphql", params=asked, headers=again)
    assert (fresh.status_code, fresh.json()["data"]["attachment"]["scanState"]) == (200, "HELD")
    assert [await seen(seller, each) for each in (unscanned, passed)] == [("HELD", "Pdf.Trojan-1"), ("CLEAN", None)]
    ((since, scanned),) = await rows(system, "select held_since, scanned_at from file_scan where held_since is not null")
    found = await seller.ask(SEEN, id=encode_id("Attachment", unscanned.id))
    assert (since, found["scanSince"][:19]) == (scanned, scanned.isoformat()[:19])
    clamd.version = "ClamAV 1.4.6/27803"
    await rescanned(system, storage, scanner)
    assert (await seller.ask(SEEN, id=encode_id("Attachment", unscanned.id)))["scanSince"] == found["scanSince"]


async def test_held_files_are_seen_by_who_may_and_judged_by_no_other(held: Held, signed_in: SignedIn) -> None:
    company = held.office.company
    assert {name: held.scan[name] for name in ("state", "finding", "sha256", "definitionVersion")} == {
        "state": "HELD",
        "finding": "Pdf.Trojan-1",
        "sha256": held.file.sha256,
        "definitionVersion": None,
    }
    assert held.scan["attachments"]["edges"] == [{"node": {"name": "证据.pdf"}}]
    for actor, code in ((held.office.seller, "FORBIDDEN"), (held.office.manager, "FORBIDDEN")):
        assert (await (await signed_in(actor)).refusal(MANY))[1] == code
    others = await signed_in((await make_office("别的公司")).company.admin)
    assert await others.ask(MANY) == {"totalCount": 0}
    assert (await others.ask(RELEASE, input=held.asked()))["code"] == "NOT_FOUND"
    for actor in (company.auditor, company.hr):
        reader = await signed_in(actor)
        assert await reader.ask(MANY) == {"totalCount": 1}
        for judgement in (RELEASE, REMOVE):
            assert (await reader.ask(judgement, input=held.asked()))["code"] == "FORBIDDEN"
    assert [row[0] for row in await held.chain()] == ["attachment.quarantine"]


@pytest.mark.parametrize("judgement", [RELEASE, REMOVE])
async def test_a_judgement_has_a_reason_and_is_about_the_file_as_it_stands(held: Held, judgement: str) -> None:
    for given, code, field in (
        ({"reason": " "}, "FILE_REASON_MISSING", "reason"),
        ({"reason": "长" * 501}, "FILE_REASON_MISSING", "reason"),
        ({"version": held.scan["version"] + 1}, "CONFLICT", "version"),
    ):
        told = await held.admin.ask(judgement, input=held.asked(**given))
        assert (told["code"], told["field"]) == (code, field)
    zh = await held.admin.ask(judgement, ZH, input=held.asked(reason=""))
    assert zh["message"] == "须填写原因（1 到 500 个字符）。"
    assert [row[0] for row in await held.chain()] == ["attachment.quarantine"]


async def test_a_false_alarm_is_released_with_a_reason_and_another_finding_holds_the_file_again(
    held: Held, storage: Storage, scanner: Scanner, clamd: Clamd, signed_in: SignedIn
) -> None:
    seller, company = await signed_in(held.office.seller), held.office.company
    done = await held.admin.ask(RELEASE, input=held.asked())
    after = held.scan["version"] + 1
    released = {"state": "CLEAN", "version": after, "clearedReason": "供应商确认", "removedReason": None, "heldSince": None}
    assert done == released
    assert (await seller.http.get(path_of(held.file))).content == BAD
    again = await held.admin.ask(RELEASE, ZH, input=held.asked(version=after))
    assert (again["code"], again["message"]) == ("FILE_NOT_HELD", "该文件当前状态为“未发现病毒”，没有被隔离。")
    clamd.version = "ClamAV 1.4.6/27803"
    await rescanned(company, storage, scanner)
    assert await seen(seller, held.file) == ("CLEAN", None)
    clamd.version, clamd.knows = "ClamAV 1.4.6/27804", (b"/JavaScript", "Pdf.Worm-9")
    await rescanned(company, storage, scanner)
    assert await seen(seller, held.file) == ("HELD", "Pdf.Worm-9")
    assert (await refused(seller, path_of(held.file), "en"))[1] == "FILE_QUARANTINED"
    assert await held.chain() == [
        ("attachment.quarantine", None, "HELD", None),
        ("attachment.release", "Pdf.Trojan-1", "CLEAN", "供应商确认"),
        ("attachment.quarantine", "Pdf.Trojan-1", "HELD", None),
    ]
    # The administrator and who brought it, each time.
    assert await rows(company, TOLD) == [("attachment.quarantine", 4), ("attachment.release", 2)]
    words = await rows(company, "select distinct zh, en from message where kind = 'attachment.release'")
    assert words == [
        (
            "文件“证据.pdf”（“Pdf.Trojan-1”）经管理员确认为误报，已解除隔离。原因：供应商确认",
            "An administrator found the alarm about the file 证据.pdf (Pdf.Trojan-1) to be false; it is released. "
            "Why: 供应商确认",
        )
    ]
    # What was found to be a false alarm is found again in place of the other: nobody is told that the file is clean.
    clamd.version, clamd.knows = "ClamAV 1.4.6/27805", (b"/JavaScript", "Pdf.Trojan-1")
    await rescanned(company, storage, scanner)
    assert await seen(seller, held.file) == ("CLEAN", None)
    back = "select distinct zh, en from message where kind = 'attachment.release' and zh not like '%供应商确认'"
    assert await rows(company, back) == [
        (
            "文件“证据.pdf”的复查结果由“Pdf.Worm-9”变回“Pdf.Trojan-1”，后者此前已由管理员确认为误报，因此解除隔离。",
            "A later scan finds Pdf.Trojan-1 in the file 证据.pdf again in place of Pdf.Worm-9; "
            "an administrator found that alarm to be false before, so the file is released.",
        )
    ]


async def test_a_removed_file_is_gone_for_good_and_is_not_brought_again(
    held: Held, storage: Storage, signed_in: SignedIn
) -> None:
    seller, company = await signed_in(held.office.seller), held.office.company
    draft = encode_id("Submission", await held.office.start({"申报值": "2"}))
    given = {"submissionId": draft, "field": "证据", "name": "证据.pdf", "contentBase64": b64encode(BAD).decode()}
    assert (await seller.ask(UPLOAD, input=given))["code"] == "FILE_QUARANTINED"
    done = await held.admin.ask(REMOVE, input=held.asked())
    assert (done["state"], done["removedReason"], done["heldSince"]) == ("REMOVED", "供应商确认", None)
    assert await seen(seller, held.file) == ("REMOVED", "Pdf.Trojan-1")
    assert await refused(seller, path_of(held.file), "zh-CN") == (
        403,
        "FILE_REMOVED",
        "该文件含有“Pdf.Trojan-1”，管理员已将其销毁。请上传干净的文件。",
    )
    en = await refused(seller, path_of(held.file), "en")
    assert en[2] == "The file held Pdf.Trojan-1, and an administrator destroyed it. Bring a clean one."
    with pytest.raises(FileMissing):
        await storage.get(held.file.file_key)
    told = await seller.ask(UPLOAD, input=given)
    assert (told["code"], told["field"]) == ("FILE_REMOVED", "content")
    again = await held.admin.ask(REMOVE, input=held.asked(version=done["version"]))
    assert (again["code"], again["message"]) == ("FILE_NOT_HELD", "The file is REMOVED; it is not held.")
    assert (await held.chain())[-1] == ("attachment.remove", "Pdf.Trojan-1", "REMOVED", "供应商确认")
    assert await rows(company, TOLD) == [("attachment.quarantine", 2), ("attachment.remove", 2)]


async def test_what_a_legal_hold_keeps_is_not_removed(held: Held, storage: Storage) -> None:
    admin = held.office.company.admin
    async with tenant_transaction(admin):
        hold = await place_hold(admin, scope=HoldScope.PERSON, object_id=held.office.seller.person_id, reason="劳动仲裁")
    told = await held.admin.ask(REMOVE, input=held.asked())
    assert (told["code"], await storage.get(held.file.file_key)) == ("FILE_ON_LEGAL_HOLD", BAD)
    assert "A legal hold keeps the file" in told["message"]
    async with tenant_transaction(admin):
        await lift_hold(admin, hold_id=hold, version=1, reason="结案")
    assert (await held.admin.ask(REMOVE, input=held.asked()))["state"] == "REMOVED"


async def test_a_scan_that_ends_late_leaves_a_file_destroyed(held: Held) -> None:
    done = await held.admin.ask(REMOVE, input=held.asked())
    company = held.office.company
    async with tenant_transaction(company.system):
        await note_scan(company.system, held.file.file_key, signatures="later", found={})
    assert await rows(company, "select removed_at is null, found_as, version from file_scan") == [
        (False, "Pdf.Trojan-1", done["version"])
    ]
