"""A matrix filters by no field that its author does not see: previewed, published or explained (C56, A47, N9)."""

from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.definitions.service import update_draft
from support.asking import Ask, first_code
from support.companies import add_person
from support.goals_made import add_cycle, add_goals
from support.matrices import Json, access_state, drafted, grant, more, published
from support.office import Office, membership_of, person_of

UNSEEN = grant("goal:read", fields=["Goal.target"], effect="DENY")
PREVIEW = "query ($v: ID!) { previewMatrix(versionId: $v) { affectedMembers changes { typeName gained lost } } }"
PUBLISH = """mutation ($i: PublishVersionInput!) { publishVersion(input: $i) {
  __typename ... on Problem { code field message } } }"""
WHY = """query ($s: ID!, $o: ID!) { whyCan(subjectId: $s, permission: "goal:revise", objectId: $o) {
  allowed rules { meets } } }"""


def unseen(*grants: Json) -> Json:
    """Return a matrix in which HR and employees do not see targets, and employees have some more grants."""
    body = more("employee", UNSEEN, *grants)
    body["roles"] = [each | {"grants": [*each["grants"], UNSEEN]} if each["key"] == "hr" else each for each in body["roles"]]
    return body


def seeking(field: str) -> Json:
    """Return the same, with goals that employees read and revise by a field."""
    asked = f"{field} > 5"
    return unseen(grant("goal:read", filter=asked, fields=["Goal.title"]), grant("goal:revise", filter=asked))


@pytest.fixture
async def goal(office: Office) -> str:
    (made,) = await add_goals(office.company, await add_cycle(office.company), [(office.below, office.clerk)])
    return encode_id("Goal", made)


async def test_a_draft_that_filters_by_a_hidden_field_is_not_previewed(ask: Ask, office: Office, goal: str) -> None:
    admin, hr = office.company.admin, office.company.hr
    await published(admin, unseen())
    draft = await drafted(hr, seeking("target"))
    version = encode_id("DefinitionVersion", draft.id)
    for locale, word in (("zh-CN", "您无权查看字段 Goal.target"), ("en", "You may not see the field Goal.target")):
        (error,) = (await ask.in_language(locale).body(hr, PREVIEW, v=version))["errors"]  # type: ignore[arg-type]
        assert error["extensions"] == {"code": "FIELD_HIDDEN", "field": "versionId"}
        assert word in error["message"]
    assert [each for each in (await ask(admin, PREVIEW, v=version))["changes"] if each["gained"]]
    async with tenant_transaction(hr):
        await update_draft(hr, draft.id, body=seeking("weight"), version=draft.version)
    assert "changes" in await ask(hr, PREVIEW, v=version)


async def test_a_matrix_that_filters_by_a_hidden_field_is_not_published(ask: Ask, office: Office, goal: str) -> None:
    hr = office.company.hr
    await published(office.company.admin, unseen())
    draft = await drafted(hr, seeking("target"))
    given: dict[str, Any] = {"id": encode_id("DefinitionVersion", draft.id), "version": draft.version}
    before = await access_state(office.company)
    problem = await ask.in_language("zh-CN")(hr, PUBLISH, i=given)
    (place,) = [number for number, role in enumerate(seeking("target")["roles"]) if role["key"] == "employee"]
    assert problem["code"] == "FIELD_HIDDEN"
    number = len(unseen()["roles"][place]["grants"])
    assert problem["field"] == f"roles[{place}].grants[{number}].filter"
    assert "您无权查看字段 Goal.target" in problem["message"]
    assert await access_state(office.company) == before
    async with tenant_transaction(hr):
        draft = await update_draft(hr, draft.id, body=seeking("weight"), version=draft.version)
    assert (await ask(hr, PUBLISH, i=given | {"version": draft.version}))["__typename"] == "DefinitionVersion"


async def test_whether_a_colleagues_rule_meets_a_hidden_field_is_not_explained(ask: Ask, office: Office, goal: str) -> None:
    company, clerk = office.company, office.clerk
    reader: Actor = await add_person(company, "H1", "人事", unit=office.above, roles=("hr",))
    await published(company.admin, seeking("target"))
    whom = {"s": encode_id("Member", membership_of(clerk)), "o": goal}
    assert first_code(await ask.body(reader, WHY, **whom)) == "FIELD_HIDDEN"
    assert (await ask(company.admin, WHY, **whom))["allowed"] is True
    # What decides about one's own acts is told: trying would tell it as well.
    assert (await ask(clerk, WHY, **whom | {"s": encode_id("Person", person_of(clerk))}))["allowed"] is True
