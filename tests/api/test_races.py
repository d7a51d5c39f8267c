"""Two who act at one moment over HTTP: each is done or refused with a reason, and all that is counted adds up afterwards."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import UUID

import httpx2
import pytest

from plumb_platform.actor import Actor
from plumb_platform.audit.service import verify_chain
from plumb_platform.database import Database, fetch_value, tenant_transaction
from plumb_platform.identity.tokens import create_token
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.service import RoleTarget, assign_role
from plumb_tenants.forms.service import start_submission
from support.companies import add_person
from support.forms_made import publish_form
from support.goals_made import add_goals
from support.letters_made import Office, make_office
from support.matrices import drafted, less
from support.serving import Caller

SignedIn = Callable[[Actor], Awaitable[Caller]]
SETTLED = {"GOAL_NOT_PROPOSED", "GOAL_NOT_DRAFT", "LETTER_NOT_OPEN", "LETTER_NOT_AWAITING_SIGNATURE", "SUBMISSION_FINAL"}
REFUSALS = {"CONFLICT", "FORBIDDEN", "NOT_FOUND", "UNAUTHENTICATED"} | SETTLED
GOALS = "{ goals { totalCount } }"
FORM = {"title": "周报", "fields": [{"key": "进展", "type": "text", "label": "进展"}]}


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office()


async def done(caller: Caller, change: str, **given: Any) -> str:
    """Make a change and return "done", or the code of its refusal, however it was told; nothing else may come."""
    kind = f"{change[0].upper()}{change[1:]}Input"
    document = f"mutation ($input: {kind}!) {{ {change}(input: $input) {{ __typename ... on Problem {{ problem: code }} }} }}"
    response = await caller.post(document, input=given)
    body = response.json()
    said = [error["extensions"]["code"] for error in body.get("errors", [])]
    code = said[0] if said else body["data"][change].get("problem", "done")
    assert code in REFUSALS | {"done"}, body
    return str(code)


async def asked(caller: Caller, question: str) -> str:
    """Ask and return "done", or the code of the refusal."""
    body = (await caller.post(question)).json()
    code = body["errors"][0]["extensions"]["code"] if "errors" in body else "done"
    assert code in REFUSALS | {"done"}, body
    return str(code)


async def at_once(*acts: Coroutine[Any, Any, str]) -> list[str]:
    return list(await asyncio.gather(*acts))


async def counted(office: Office, **actions: int) -> None:
    """The chain holds, and each action is in it as often as it was done."""
    async with tenant_transaction(office.company.system):
        report = await verify_chain(office.company.system)
        found = {name: await fetch_value(_ENTRIES, name.replace("_", ".", 1)) for name in actions}
    assert (report.broken_at, found) == (None, actions)


_ENTRIES = "select count(*) from audit_entry where action = $1"


async def value(office: Office, sql: str, *values: Any) -> Any:
    async with tenant_transaction(office.company.system):
        return await fetch_value(sql, *values)


async def test_a_goal_is_confirmed_or_withdrawn_at_one_moment_and_never_both(office: Office, signed_in: SignedIn) -> None:
    owner, hr = await signed_in(office.employee), await signed_in(office.company.hr)
    for _ in range(2):
        (goal,) = await add_goals(office.company, office.cycle, [(office.unit, office.employee)], confirmed=False)
        given = {"goalId": encode_id("Goal", goal), "version": 2}
        said = await at_once(
            *(done(owner, "confirmGoal", **given) for _ in range(3)),
            *(done(hr, "withdrawGoal", **given, reason="不再执行") for _ in range(3)),
        )
        assert said.count("done") == 1, said
        state = await value(office, "select state from goal where id = $1", goal)
        assert state == ("CONFIRMED" if "done" in said[:3] else "WITHDRAWN")
    both = await value(office, "select count(*) from audit_entry where action in ('goal.confirm', 'goal.withdraw')")
    assert both == 2
    await counted(office)


async def test_a_letter_is_signed_by_both_or_cancelled_and_sealed_once_or_never(office: Office, signed_in: SignedIn) -> None:
    letter = await office.issued()
    employee, manager, hr = [await signed_in(each) for each in (office.employee, office.manager, office.company.hr)]
    given = {"letterId": encode_id("Letter", letter.id)}
    first = await at_once(
        *(done(employee, "signLetter", **given, version=1) for _ in range(3)),
        done(hr, "cancelLetter", **given, version=1, reason="岗位调整"),
    )
    assert first.count("done") == 1, first
    signed = "done" in first[:3]
    last = await at_once(
        *(done(manager, "signLetter", **given, version=2) for _ in range(2)),
        *(done(hr, "cancelLetter", **given, version=2, reason="岗位调整") for _ in range(2)),
    )
    assert last.count("done") == int(signed), last
    state = await value(office, "select state from letter where id = $1", letter.id)
    seals = await value(office, "select count(*) from outbox where topic = 'letters.seal'")
    assert (state, seals) in [("SIGNED", 1), ("CANCELLED", 0)]
    signatures = first[:3].count("done") + last[:2].count("done")
    await counted(office, letter_sign=signatures, letter_cancel=int(state == "CANCELLED"))


async def test_a_role_that_is_revoked_grants_nothing_from_then_on(office: Office, signed_in: SignedIn) -> None:
    admin = office.company.admin
    async with tenant_transaction(admin):
        given = await assign_role(admin, role="hr", target=RoleTarget(person_id=office.employee.person_id))
    caller, revoker = await signed_in(office.employee), await signed_in(admin)
    year = {"name": "年度", "startsOn": "2027-01-01", "endsOn": "2027-12-31"}
    said = await at_once(
        *(done(caller, "createCycle", code=f"A{place}", **year) for place in range(6)),
        done(revoker, "revokeAssignment", id=encode_id("RoleAssignment", given.id)),
        *(done(caller, "createCycle", code=f"B{place}", **year) for place in range(6)),
    )
    assert said[6] == "done"
    assert set(said) <= {"done", "FORBIDDEN"}
    assert await done(caller, "createCycle", code="C", **year) == "FORBIDDEN"
    assert await value(office, "select count(*) from cycle where code <> '2026'") == said.count("done") - 1
    await counted(office, cycle_create=said.count("done"))


async def test_a_matrix_that_is_published_holds_for_every_answer_after_it(office: Office, signed_in: SignedIn) -> None:
    admin = office.company.admin
    draft = await drafted(admin, less("employee", "goal:read"))
    reader, publisher = await signed_in(office.employee), await signed_in(admin)
    assert await asked(reader, GOALS) == "done"
    said = await at_once(
        *(asked(reader, GOALS) for _ in range(8)),
        done(publisher, "publishVersion", id=encode_id("DefinitionVersion", draft.id), version=draft.version),
        *(asked(reader, GOALS) for _ in range(8)),
    )
    assert said[8] == "done"
    assert set(said) <= {"done", "FORBIDDEN"}
    assert await asked(reader, GOALS) == "FORBIDDEN"
    await counted(office)


async def test_what_was_begun_on_the_old_form_is_submitted_once_under_it(office: Office, signed_in: SignedIn) -> None:
    hr, employee = office.company.hr, office.employee
    old = await publish_form(hr, "weekly", FORM)
    async with tenant_transaction(employee):
        submission = await start_submission(employee, version_id=old, values={"进展": "按计划"})
    caller, publisher = await signed_in(employee), await signed_in(hr)
    definition = await value(office, "select definition_id from definition_version where id = $1", old)
    await done(publisher, "newDraft", definitionId=encode_id("Definition", definition))
    new = await value(office, "select id from definition_version where definition_id = $1 and state = 'DRAFT'", definition)
    given = {"submissionId": encode_id("Submission", submission), "version": 1}
    said = await at_once(
        done(caller, "submitSubmission", **given),
        done(publisher, "publishVersion", id=encode_id("DefinitionVersion", new), version=1),
        done(caller, "submitSubmission", **given),
    )
    assert (said[1], [said[0], said[2]].count("done")) == ("done", 1), said
    assert await value(office, "select definition_version_id from submission where state = 'SUBMITTED'") == old
    await counted(office, submission_submit=1)


async def test_a_member_who_leaves_is_refused_everywhere_at_once(
    office: Office, signed_in: SignedIn, http: httpx2.AsyncClient
) -> None:
    leaver = await add_person(office.company, "E9", "王五", unit=office.unit)
    async with tenant_transaction(leaver):
        made = await create_token(leaver, name="报表", scopes=["goal:read"], days=1)
    page, program, admin = await signed_in(leaver), Caller(http, token=made.credential), await signed_in(office.company.admin)
    assert isinstance(leaver.membership_id, UUID)
    said = await at_once(
        *(asked(each, GOALS) for each in (page, program) * 4),
        done(admin, "closeMembership", id=encode_id("Member", leaver.membership_id)),
        *(asked(each, GOALS) for each in (page, program) * 4),
    )
    assert said[8] == "done"
    assert set(said) <= {"done", "UNAUTHENTICATED"}
    assert [await asked(each, GOALS) for each in (page, program)] == ["UNAUTHENTICATED"] * 2
    alive = "select count(*) from session where membership_id = $1 and revoked_at is null"
    assert await value(office, alive, leaver.membership_id) == 0
    await counted(office)
