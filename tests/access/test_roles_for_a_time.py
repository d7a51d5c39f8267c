"""Who holds a role for a time gives nothing of it for longer: by no assignment, invitation or matrix (C95)."""

from base64 import b64encode
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.service import RoleTarget, assign_role
from support.asking import Ask
from support.matrices import Json, access_state, drafted, grant, less, more
from support.office import Office, person_of

DAYS = 30
PROBLEM = "... on Problem { code field message }"


def day(after: int = DAYS) -> date:
    found: date = today("Asia/Shanghai") + timedelta(days=after)
    return found


@pytest.fixture
async def deputy(office: Office) -> Actor:
    """Return an employee who administers the company for some days."""
    async with tenant_transaction(office.company.admin):
        target = RoleTarget(person_id=person_of(office.chief))
        await assign_role(office.company.admin, role="company_admin", target=target, ends_on=day())
    return office.chief


async def changed(ask: Ask, actor: Actor, mutation: str, /, **given: Any) -> Json:
    kind = f"{mutation[0].upper()}{mutation[1:]}Input"
    document = f"mutation ($i: {kind}!) {{ {mutation}(input: $i) {{ __typename {PROBLEM} }} }}"
    answer: Json = await ask(actor, document, i=given)
    return answer


async def stopped(ask: Ask, office: Office, actor: Actor, mutation: str, /, **given: Any) -> tuple[str, str]:
    """Return code and field of a refusal, which changed nothing."""
    before = await access_state(office.company)
    answer = await changed(ask, actor, mutation, **given)
    assert await access_state(office.company) == before
    return answer["code"], answer["field"]


async def test_a_role_is_given_until_the_last_day_of_ones_own_and_no_longer(ask: Ask, office: Office, deputy: Actor) -> None:
    given: Json = {"role": "auditor", "target": {"personId": encode_id("Person", person_of(office.clerk))}}
    for ends in ({}, {"endsOn": day(DAYS + 1).isoformat()}, {"endsOn": day(4000).isoformat()}):
        assert await stopped(ask, office, deputy, "assignRole", **given, **ends) == ("ROLE_OUTLASTS_OWN", "endsOn")
    chinese = await changed(ask.in_language("zh-CN"), deputy, "assignRole", **given)
    assert "请提前结束日" in chinese["message"]
    assert await changed(ask, deputy, "assignRole", **given, endsOn=day().isoformat()) == {"__typename": "RoleAssignment"}
    # What they hold by their membership has no end, and neither has what they give of it.
    assert await changed(ask, deputy, "assignRole", **given | {"role": "employee"}) == {"__typename": "RoleAssignment"}
    assert await changed(ask, office.company.admin, "assignRole", **given) == {"__typename": "RoleAssignment"}


async def test_nobody_is_invited_for_good_to_what_is_held_for_a_time(ask: Ask, office: Office, deputy: Actor) -> None:
    email = f"{uuid4().hex}@example.test"
    given = {"email": email, "roles": ["employee", "hr"]}
    assert await stopped(ask, office, deputy, "inviteMember", **given) == ("ROLE_OUTLASTS_OWN", "roles")
    assert await changed(ask, deputy, "inviteMember", email=email, roles=["employee"]) == {"__typename": "InvitationSuccess"}


async def test_no_matrix_widens_for_good_by_what_is_held_for_a_time(ask: Ask, office: Office, deputy: Actor) -> None:
    draft = await drafted(office.company.admin, more("employee", grant("audit:read")))
    given: Json = {"id": encode_id("DefinitionVersion", draft.id), "version": draft.version}
    code, _ = await stopped(ask, office, deputy, "publishVersion", **given)
    assert code == "MATRIX_BEYOND_OWN"


async def test_a_matrix_is_narrowed_by_what_is_held_for_a_time(ask: Ask, office: Office, deputy: Actor) -> None:
    narrower = await drafted(office.company.admin, less("auditor", "snapshot:read"))
    given: Json = {"id": encode_id("DefinitionVersion", narrower.id), "version": narrower.version}
    assert await changed(ask, deputy, "publishVersion", **given) == {"__typename": "DefinitionVersion"}


async def test_nobody_is_placed_where_they_get_for_longer_what_is_held_for_a_time(
    ask: Ask, office: Office, deputy: Actor
) -> None:
    admin = office.company.admin
    async with tenant_transaction(admin):
        await assign_role(admin, role="auditor", target=RoleTarget(grade="P9"))
        await assign_role(admin, role="auditor", target=RoleTarget(position="审计"), ends_on=day())
        await assign_role(admin, role="employee", target=RoleTarget(grade="P6"))

    def placed(grade: str, position: str, number: str = "E1,李代表") -> Json:
        return {"csv": f"工号,姓名,部门编码,职级,岗位\n{number},GD,{grade},{position}", "dryRun": False}

    for row in (placed("P9", "销售"), placed("P9", "审计"), placed("P9", "销售", "E8,新人")):
        assert await stopped(ask, office, deputy, "importPeople", **row) == ("ROLE_OUTLASTS_OWN", "csv")
    given = placed("P9", "销售")
    file = {"fileBase64": b64encode(given["csv"].encode()).decode(), "dryRun": False}
    assert await stopped(ask, office, deputy, "importPeople", **file) == ("ROLE_OUTLASTS_OWN", "fileBase64")
    # Until the last day of their own, and what they hold by their membership for ever.
    for row in (placed("P5", "审计"), placed("P6", "审计")):
        assert await changed(ask, deputy, "importPeople", **row) == {"__typename": "ImportReport"}
    assert await changed(ask, admin, "importPeople", **placed("P9", "审计")) == {"__typename": "ImportReport"}
    # Who holds it already for as long keeps it where they are placed.
    assert await changed(ask, deputy, "importPeople", **placed("P9", "销售")) == {"__typename": "ImportReport"}
    async with tenant_transaction(admin):
        await assign_role(admin, role="auditor", target=RoleTarget(person_id=person_of(office.chief)), ends_on=day(DAYS + 9))
        await assign_role(admin, role="auditor", target=RoleTarget(grade="P8"), ends_on=day(DAYS + 20))
    # What they held till a day is no reason to hold it till a later one.
    assert await stopped(ask, office, deputy, "importPeople", **placed("P8", "审计", "E9,又一新人")) == (
        "ROLE_OUTLASTS_OWN",
        "csv",
    )
