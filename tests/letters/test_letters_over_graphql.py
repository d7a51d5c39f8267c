"""Letters, snapshots and jobs through the API: the way of a letter, and each refusal as a problem in the caller's language.

Rows C9, A27, N6.
"""

import base64
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.actor import system_actor
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from plumb_schema.ground.ids import encode_id
from plumb_tenants.letters.service import SealTools, seal_letter
from support.asking import Ask
from support.letters_made import Office, make_office

PROBLEM = "... on Problem { code message field }"
ISSUE = f"""mutation ($input: IssueLetterInput!) {{
  issueLetter(input: $input) {{ ... on Letter {{ id number state version }} {PROBLEM} }} }}"""
SIGN = f"""mutation ($input: SignLetterInput!) {{
  signLetter(input: $input) {{ ... on Letter {{ state version sealJob {{ id state topic }} }} {PROBLEM} }} }}"""
REVOKE = f"""mutation ($input: RevokeLetterInput!) {{
  revokeLetter(input: $input) {{ ... on Letter {{ state version closedReason }} {PROBLEM} }} }}"""
LETTER = """query ($id: ID!) { letter(id: $id) { number state employeeName managerName downloadPath fileSha256
  cycle { code } unit { name } signatures { role name goalsSha256 } sealJob { state } } }"""
VERIFY = """query ($code: String, $file: String) { verifyLetter(code: $code, file: $file) {
  status number company employee signers { role name } } }"""


@pytest.fixture
def ask(product_engine: Engine, ground: Ground, tools: SealTools) -> Ask:
    """Return a function that asks as somebody (None: as nobody) and returns the one root field's answer."""
    return Ask(product_engine, replace(ground, storage=tools.storage), "zh-CN")


def issue_input(office: Office) -> dict[str, Any]:
    return {
        "goalIds": [encode_id("Goal", office.goal)],
        "templateVersionId": encode_id("DefinitionVersion", office.template),
    }


async def test_ids_of_another_company_and_malformed_ones_answer_alike(office: Office, ask: Ask) -> None:
    other = await make_office()
    foreign = await other.issued()
    for letter_id in (encode_id("Letter", foreign.id), encode_id("Letter", uuid4()), "nonsense"):
        answer = await ask(office.employee, SIGN, input={"letterId": letter_id, "version": 1})
        assert answer == {"code": "NOT_FOUND", "message": "找不到该对象，或您无权查看。", "field": "letterId"}
        assert await ask(office.company.admin, LETTER, id=letter_id) is None
    for goal_id in (encode_id("Goal", other.goal), encode_id("Goal", uuid4()), "nonsense"):
        answer = await ask(office.company.hr, ISSUE, input=issue_input(office) | {"goalIds": [goal_id]})
        assert (answer["code"], answer["field"]) == ("NOT_FOUND", "goalIds[0]")
    async with tenant_transaction(office.company.hr):
        assert await fetch_value("select count(*) from letter") == 0


async def test_an_employee_may_not_issue_and_is_told_so(office: Office, ask: Ask) -> None:
    assert (await ask(office.employee, ISSUE, input=issue_input(office)))["code"] == "FORBIDDEN"


async def test_a_letter_goes_its_way_and_anybody_verifies_it(office: Office, ask: Ask, tools: SealTools) -> None:
    issued = await ask(office.company.hr, ISSUE, input=issue_input(office))
    assert (issued["number"], issued["state"], issued["version"]) == ("ZRS-2026-000001", "ISSUED", 1)
    refused = await ask(office.company.hr, SIGN, input={"letterId": issued["id"], "version": 1})
    assert refused["code"] == "NOT_YOUR_SIGNATURE"
    signed = await ask(office.employee, SIGN, input={"letterId": issued["id"], "version": 1})
    assert signed == {"state": "PARTLY_SIGNED", "version": 2, "sealJob": None}
    signed = await ask(office.manager, SIGN, input={"letterId": issued["id"], "version": 2})
    assert (signed["state"], signed["version"]) == ("SIGNED", 3)
    system = system_actor(office.company.tenant_id)
    async with tenant_transaction(system):
        letter_id = await fetch_value("select id from letter")
        await seal_letter(system, letter_id, tools)
    seen = await ask(office.employee, LETTER, id=issued["id"])
    assert (seen["state"], seen["employeeName"], seen["managerName"]) == ("SEALED", "张伟", "李建国")
    assert seen["downloadPath"] == f"/letters/{issued['id']}/file"
    assert [(each["role"], each["name"]) for each in seen["signatures"]] == [("EMPLOYEE", "张伟"), ("MANAGER", "李建国")]
    async with tenant_transaction(system):
        code = await fetch_value("select verify_code from letter")
        content = await tools.storage.get(await fetch_value("select file_key from letter"))
    other = await make_office()
    for caller in (None, other.employee):
        found = await ask(caller, VERIFY, code=code)
        assert (found["status"], found["company"], found["employee"]) == ("VALID", "华南医疗器械有限公司", "张伟")
        assert (await ask(caller, VERIFY, file=base64.b64encode(content).decode()))["status"] == "VALID"
        changed = content[:5000] + bytes([content[5000] ^ 1]) + content[5001:]
        assert (await ask(caller, VERIFY, file=base64.b64encode(changed).decode()))["status"] == "MODIFIED"
        unknown = await ask(caller, VERIFY, code="A" * 22)
        assert unknown == {"status": "UNKNOWN", "number": None, "company": None, "employee": None, "signers": []}


async def test_letters_of_a_cycle_name_who_could_not_have_one(office: Office, ask: Ask) -> None:
    answer = await ask(
        office.company.hr,
        f"""mutation ($input: IssueLettersInput!) {{ issueLetters(input: $input) {{
          ... on IssuedLetters {{ issued refused items {{ employeeId letterId problem {{ code message }} }} }} {PROBLEM} }} }}""",
        input={"cycleId": encode_id("Cycle", office.cycle), "templateVersionId": encode_id("DefinitionVersion", office.template)},
    )
    assert (answer["issued"], answer["refused"]) == (1, 0)
    listed = await ask(office.employee, "{ letters { edges { node { id state } } } }")
    assert [edge["node"]["id"] for edge in listed["edges"]] == [answer["items"][0]["letterId"]]


async def test_a_job_tells_its_state_and_a_failed_one_its_reason(office: Office, ask: Ask) -> None:
    await office.signed()
    system = system_actor(office.company.tenant_id)
    async with tenant_transaction(system):
        job = await fetch_value("select id from outbox")
        error = '{"zh-CN": "没有字体能显示字符", "en": "no font"}'
        await fetch_value(
            "update outbox set failed_at = now(), error_code = 'MISSING_GLYPH', error = $1::jsonb returning id", error
        )
    query = "query ($id: ID!) { job(id: $id) { state errorCode errorMessage topic } }"
    global_id = encode_id("Job", job)
    assert await ask(office.employee, query, id=global_id) is None
    seen = await ask(office.company.hr, query, id=global_id)
    assert seen == {
        "state": "FAILED",
        "errorCode": "MISSING_GLYPH",
        "errorMessage": "没有字体能显示字符",
        "topic": "letters.seal",
    }
    retry = f"mutation ($input: RetryJobInput!) {{ retryJob(input: $input) {{ ... on Job {{ state }} {PROBLEM} }} }}"
    assert await ask(office.company.hr, retry, input={"jobId": global_id}) == {"state": "QUEUED"}
    assert (await ask(office.company.hr, retry, input={"jobId": global_id}))["code"] == "JOB_NOT_FAILED"
    assert (await ask(office.employee, retry, input={"jobId": global_id}))["code"] == "FORBIDDEN"


async def test_snapshots_are_taken_proven_and_compared(office: Office, ask: Ask) -> None:
    take = f"mutation {{ takeSnapshot {{ ... on Snapshot {{ id number goalCount kind }} {PROBLEM} }} }}"
    assert (await ask(office.employee, take))["code"] == "FORBIDDEN"
    first, second = await ask(office.company.hr, take), await ask(office.company.hr, take)
    assert (first["number"], second["number"], first["goalCount"], first["kind"]) == (1, 2, 1, "ON_DEMAND")
    report = await ask(
        office.company.auditor, "query ($id: ID!) { verifySnapshot(id: $id) { valid rows fault } }", id=second["id"]
    )
    assert report == {"valid": True, "rows": 1 + 3, "fault": None}
    diff = "query ($old: ID!, $new: ID!) { diffSnapshots(old: $old, new: $new) { added removed changed changes { title } } }"
    assert await ask(office.company.hr, diff, old=first["id"], new=second["id"]) == {
        "added": 0,
        "removed": 0,
        "changed": 0,
        "changes": [],
    }
    listed = await ask(office.company.hr, "{ snapshots { edges { node { number } } } }")
    assert [edge["node"]["number"] for edge in listed["edges"]] == [2, 1]


async def test_a_sealed_letter_is_revoked_once_and_by_nobody_whom_it_binds(office: Office, ask: Ask, tools: SealTools) -> None:
    signed, system = await office.signed(), office.company.system
    given = {"letterId": encode_id("Letter", signed.id), "version": 4, "reason": "岗位调整"}
    unsealed = await ask(office.company.hr, REVOKE, input=given | {"version": 3})
    assert (unsealed["code"], unsealed["field"]) == ("LETTER_NOT_REVOCABLE", "letterId")
    assert unsealed["message"] == "责任书 ZRS-2026-000001 当前状态为“待签章”，只有已签章的责任书可以作废。"
    async with tenant_transaction(system):
        await seal_letter(system, signed.id, tools)
    assert (await ask(office.employee, REVOKE, input=given))["code"] == "FORBIDDEN"
    assert (await ask((await make_office()).company.hr, REVOKE, input=given))["code"] == "NOT_FOUND"
    done = await ask(office.company.hr, REVOKE, input=given)
    assert done == {"state": "REVOKED", "version": 5, "closedReason": "岗位调整"}
    assert (await ask(office.company.hr, REVOKE, input=given))["code"] == "CONFLICT"
