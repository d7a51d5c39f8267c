"""Work that jobs go on with in somebody's name ends with their right to it, at its next step: runs of letters, runs of plans."""

import asyncio
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, fetch_value, tenant_transaction
from plumb_platform.identity.members import close_membership
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.service import RoleTarget, assign_role, revoke_assignment
from support.asking import Ask
from support.background import Background
from support.companies import add_person
from support.letters_made import Office, make_office
from support.matrices import grant, less, published
from support.office import membership_of, person_of

START = """mutation ($input: StartLetterRunInput!) { it: startLetterRun(input: $input) {
  ... on LetterRun { id state version } ... on Problem { code } } }"""
RESUME = """mutation ($input: ResumeLetterRunInput!) { it: resumeLetterRun(input: $input) {
  ... on LetterRun { state version } ... on Problem { code } } }"""
RUN = "query ($id: ID!) { letterRun(id: $id) { state waiting issued } }"
MESSAGES = "{ messages { edges { node { kind objectId zh en } } } }"
LOST = {
    "zh": "“2026 年度”的责任书批量签发已暂停：发起或最近一次继续批量签发的成员已不再有权为全公司签发责任书。"
    "已签发的责任书不受影响；排除原因后请继续批量签发。",
    "en": "The run of letters over 2026 年度 is paused: Whoever started or last resumed the run may not issue letters to the "
    "whole company any more. Letters issued so far stay; mend the reason, then resume the run.",
}


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office()


async def started(office: Office, ask: Ask, actor: Actor) -> str:
    given = {"cycleId": encode_id("Cycle", office.cycle), "templateVersionId": encode_id("DefinitionVersion", office.template)}
    begun = await ask(actor, START, input=given)
    assert (begun["state"], begun["version"]) == ("RUNNING", 1)
    return str(begun["id"])


async def until(ask: Ask, actor: Actor, which: str, state: str) -> dict[str, Any]:
    async with asyncio.timeout(120):
        while True:
            run: dict[str, Any] = await ask(actor, RUN, id=which)
            if run["state"] == state:
                return run
            await asyncio.sleep(0.1)


async def matrix_without(office: Office, _: Actor) -> None:
    await published(office.company.admin, less("hr", "letter:issue"))


async def a_filter(office: Office, _: Actor) -> None:
    """Leave HR letters of some states only, which is not the whole company."""
    body = less("hr", "letter:issue")
    (hr,) = [role for role in body["roles"] if role["key"] == "hr"]
    hr["grants"].append(grant("letter:issue", effect="DENY"))
    await published(office.company.admin, body)


async def role_taken(office: Office, starter: Actor) -> None:
    async with tenant_transaction(office.company.system):
        await execute("update membership set roles = '[\"employee\"]' where id = $1", membership_of(starter))


async def membership_ended(office: Office, starter: Actor) -> None:
    async with tenant_transaction(office.company.admin):
        await close_membership(office.company.admin, membership_id=membership_of(starter))


@pytest.mark.parametrize("lost", [matrix_without, a_filter, role_taken, membership_ended])
async def test_a_run_of_letters_rests_when_who_started_it_may_not_issue_any_more(
    office: Office, ask: Ask, background: Background, lost: Any
) -> None:
    admin, hr = office.company.admin, office.company.hr
    which = await started(office, ask, hr)
    await lost(office, hr)
    for name in ("valkey", "worker", "relay"):
        background.start(name)
    assert await until(ask, admin, which, "PAUSED") == {"state": "PAUSED", "waiting": 1, "issued": 0}
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select count(*) from letter") == 0
    # Those who may go on with it are told; so is who may not, while they belong to the company.
    (message,) = await ask.nodes(admin, MESSAGES)
    assert message == {"kind": "letter_run.failed", "objectId": which, **LOST}
    assert await ask(admin, RESUME, input={"runId": which, "version": 2}) == {"state": "RUNNING", "version": 3}
    assert await until(ask, admin, which, "DONE") == {"state": "DONE", "waiting": 0, "issued": 1}
    async with tenant_transaction(office.company.system):
        issuer = await fetch_value("select actor ->> 'membership' from audit_entry where action = 'letter.issue'")
    assert str(issuer) == str(admin.membership_id), "the letters are the act of who went on with the run"


async def test_a_role_for_a_time_that_is_taken_back_ends_the_run_and_one_that_stays_does_not(
    office: Office, ask: Ask, background: Background
) -> None:
    admin = office.company.admin
    helper = await add_person(office.company, "A1", "助理", unit=office.unit)
    async with tenant_transaction(admin):
        made = await assign_role(admin, role="hr", target=RoleTarget(person_id=person_of(helper)))
    which = await started(office, ask, helper)
    async with tenant_transaction(admin):
        await revoke_assignment(admin, made.id)
    for name in ("valkey", "worker", "relay"):
        background.start(name)
    assert (await until(ask, admin, which, "PAUSED"))["issued"] == 0
    async with tenant_transaction(admin):
        await assign_role(admin, role="hr", target=RoleTarget(position="助理", unit_id=None))
        await execute("update person set position = '助理' where id = $1", person_of(helper))
    assert (await ask(helper, RESUME, input={"runId": which, "version": 2}))["state"] == "RUNNING"
    assert (await until(ask, admin, which, "DONE"))["issued"] == 1
