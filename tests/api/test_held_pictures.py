"""Pictures of letter templates that a later scan knows: held like attachments, and no letter is issued with them (C92)."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import tenant_transaction
from plumb_platform.scanning import Scanner
from plumb_platform.settings import Settings
from plumb_platform.storage import Storage
from plumb_schema.ground.ids import encode_id
from plumb_tenants.definitions.service import create_definition
from plumb_tenants.letters.models import Letter
from support.clamd import Clamd
from support.forced import by_force
from support.letters_made import BODY, Office, make_office, sign
from support.pictures_made import data_url, png
from support.rescans import rescanned, rows
from support.serving import Caller

SignedIn = Callable[[Actor], Awaitable[Caller]]
LOGO, SEAL = data_url(png()), data_url(png() + b"/JavaScript")
VERSION = """query ($id: ID!) { node(id: $id) { ... on DefinitionVersion {
  scanState scanFinding body { ... on LetterBody { title logo sealImage } } } } }"""
HELD = "{ fileScans(where: {state: {eq: HELD}}) { edges { node { id version finding foundIn definitionVersion { id } } } } }"
ISSUE = "mutation ($input: IssueLetterInput!) { issueLetter(input: $input) { __typename ... on Problem { code field message } } }"
PREVIEW = """mutation ($input: PreviewLetterInput!) { previewLetter(input: $input) {
  __typename ... on Problem { code field message } } }"""
RELEASE = "mutation ($input: ReleaseHeldFileInput!) { releaseHeldFile(input: $input) { ... on FileScan { state } } }"
REMOVE = "mutation ($input: RemoveHeldFileInput!) { removeHeldFile(input: $input) { ... on Problem { code field message } } }"
PICTURES = "... on DefinitionVersion { id body { ... on LetterBody { logo sealImage } } }"
DRAFT = f"mutation ($input: NewDraftInput!) {{ newDraft(input: $input) {{ {PICTURES} }} }}"
CLONE = f"mutation ($input: CloneDefinitionInput!) {{ cloneDefinition(input: $input) {{ {PICTURES} }} }}"
CREATE = """mutation ($input: CreateDefinitionInput!) { createDefinition(input: $input) {
  ... on DefinitionVersion { id scanState } ... on Problem { code field } } }"""
DIFF = "query ($old: ID!, $new: ID!) { diffVersions(old: $old, new: $new) { path old new } }"
TOLD = "select kind, object_id, zh from message order by id"


@pytest.fixture
async def office(clamd: Clamd, storage: Storage) -> Office:
    """Publish a template with a logo and a seal image, before the scanner knows one of them."""
    return await make_office(body=BODY | {"logo": LOGO, "seal_image": SEAL})


def asked(office: Office) -> dict[str, dict[str, Any]]:
    """Return what would print a letter with the template's pictures."""
    template, goal = encode_id("DefinitionVersion", office.template), encode_id("Goal", office.goal)
    return {
        ISSUE: {"goalIds": [goal], "templateVersionId": template},
        PREVIEW: {"templateVersionId": template, "goalIds": [goal]},
    }


async def body_of(caller: Caller, version: UUID) -> dict[str, Any]:
    found: dict[str, Any] = await caller.ask(VERSION, id=encode_id("DefinitionVersion", version))
    return found


async def test_a_picture_that_is_found_later_is_held_shown_to_nobody_and_printed_in_no_new_letter(
    office: Office, storage: Storage, scanner: Scanner, signed_in: SignedIn
) -> None:
    hr, admin = await signed_in(office.company.hr), await signed_in(office.company.admin)
    before = await body_of(hr, office.template)
    assert (before["scanState"], before["body"]["logo"], before["body"]["sealImage"]) == ("WAITING", LOGO, SEAL)
    assert [await rescanned(office.company, storage, scanner) for _ in range(2)] == [1, 0]
    after = await body_of(hr, office.template)
    assert (after["scanState"], after["scanFinding"]) == ("HELD", "Pdf.Trojan-1")
    assert after["body"] == {"title": "目标责任书", "logo": LOGO, "sealImage": ""}
    (edge,) = (await admin.ask(HELD))["edges"]
    scan = edge["node"]
    version = {"id": encode_id("DefinitionVersion", office.template)}
    assert (scan["finding"], scan["foundIn"], scan["definitionVersion"]) == ("Pdf.Trojan-1", "seal_image", version)
    for mutation, given in asked(office).items():
        for lang, words in (("zh-CN", "病毒扫描在复查中发现该文件含有“Pdf.Trojan-1”"), ("en", "A later scan found Pdf.Trojan-1")):
            told = await hr.ask(mutation, {"accept-language": lang}, input=given)
            assert (told.get("code"), told.get("field")) == ("FILE_QUARANTINED", "templateVersionId")
            assert told["message"].startswith(words)
    kept = await admin.ask(REMOVE, input={"id": scan["id"], "version": scan["version"], "reason": "确为病毒"})
    assert (kept["code"], kept["field"]) == ("FILE_IN_DEFINITION", "id")
    done = await admin.ask(RELEASE, input={"id": scan["id"], "version": scan["version"], "reason": "误报"})
    assert (done["state"], (await body_of(hr, office.template))["body"]["sealImage"]) == ("CLEAN", SEAL)
    for mutation, given in asked(office).items():
        assert (await hr.ask(mutation, input=given))["__typename"] in ("Letter", "LetterTrial")


async def test_a_version_that_carries_no_picture_waits_for_no_scan(
    office: Office, storage: Storage, scanner: Scanner, signed_in: SignedIn
) -> None:
    hr = await signed_in(office.company.hr)
    made = []
    for body in ({"letter": {"title": "目标责任书"}}, {"split": {"roles": [{"key": "sales", "name": "销售"}]}}):
        given = {"key": "plain", "name": "无图", "body": body}
        draft = await hr.ask(CREATE, input=given)
        made.append(draft)
        assert draft["scanState"] is None
    await rescanned(office.company, storage, scanner)
    for draft in made:
        assert (await hr.ask(VERSION, id=draft["id"]))["scanState"] is None


async def test_its_author_and_who_judges_are_told_and_the_chain_says_so(
    office: Office, storage: Storage, scanner: Scanner
) -> None:
    await rescanned(office.company, storage, scanner)
    told = await rows(office.company, TOLD)
    words = "文件“标准责任书 v1”在复查中发现“Pdf.Trojan-1”，已隔离，不再提供下载。"
    assert told == [("definition.quarantine", office.template, words)] * 2
    members = await rows(office.company, "select membership_id from message")
    assert {each for (each,) in members} == {office.company.hr.membership_id, office.company.admin.membership_id}
    chain = "select action, object_type, object_id from audit_entry where action like '%quarantine'"
    assert await rows(office.company, chain) == [("definition.quarantine", "definition_version", office.template)]


async def test_a_letter_that_was_issued_before_is_signed_as_it_was_agreed(
    office: Office, storage: Storage, scanner: Scanner
) -> None:
    """It prints a PNG of ours, drawn anew from the pixels: what was promised to people is not stopped by a later finding."""
    letter = await office.issued()
    await rescanned(office.company, storage, scanner)
    await sign(office.employee, letter.id, 1)
    await sign(office.manager, letter.id, 2)
    async with tenant_transaction(office.company.system):
        assert (await Letter.get(id=letter.id)).state == "SIGNED"


async def test_what_is_held_is_copied_into_no_draft_and_shown_by_no_comparison(
    office: Office, storage: Storage, scanner: Scanner, signed_in: SignedIn
) -> None:
    hr = await signed_in(office.company.hr)
    await rescanned(office.company, storage, scanner)
    held = encode_id("DefinitionVersion", office.template)
    (version,) = await rows(office.company, f"select definition_id from definition_version where id = '{office.template}'")
    drafts = [
        await hr.ask(DRAFT, input={"definitionId": encode_id("Definition", version[0])}),
        await hr.ask(CLONE, input={"versionId": held, "key": "copy", "name": "副本"}),
    ]
    for draft in drafts:
        assert (draft["body"]["logo"], draft["body"].get("sealImage", "")) == (LOGO, "")
        assert SEAL not in str(await hr.ask(DIFF, old=held, new=draft["id"]))


async def test_a_body_that_cannot_be_read_keeps_no_other_picture_of_its_company_from_being_scanned(
    office: Office, storage: Storage, scanner: Scanner, settings: Settings
) -> None:
    async with tenant_transaction(office.company.hr):
        broken = await create_definition(
            office.company.hr, kind="letter", key="broken", name="旧模板", body=BODY | {"logo": SEAL}
        )
    sql = """update definition_version set body = body || '{"colour": 1}' where id = $1"""
    await by_force(settings, sql, broken.id)
    assert [await rescanned(office.company, storage, scanner) for _ in range(2)] == [2, 0]
    scans = await rows(office.company, "select file_key, found_as from file_scan order by file_key")
    assert {UUID(key[-36:]): signature for key, signature in scans} == {office.template: "Pdf.Trojan-1", broken.id: None}
