"""Access through the API: a matrix is edited, previewed and published, roles are given, and the next request shows it.

Rows C56, C95, A17, A46, A47, N9.
"""

from datetime import timedelta
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.shipped import DEFAULT
from support.asking import Ask
from support.goals_made import add_cycle, add_goals
from support.matrices import drafted, grant, matrix, more, published
from support.office import Office, membership_of, person_of

ASSIGNMENT = """... on RoleAssignment { id role grade startsOn endsOn revokedAt delegatedById person { number } unit { code } }
                ... on Problem { code message field }"""
VERSION = "id version state definition { id }"
PROBLEM = "... on Problem { code message field }"
GOALS = "{ goals { edges { node { title } } } }"


@pytest.fixture
def ask(ask: Ask) -> Ask:
    """Return what asks in Chinese."""
    return ask.in_language("zh-CN")


async def changed(ask: Ask, actor: Actor, mutation: str, /, **given: Any) -> dict[str, Any]:
    kind = f"{mutation[0].upper()}{mutation[1:]}Input"
    document = f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ {ASSIGNMENT} }} }}"
    answer = await ask.body(actor, document, input=given)
    assert "errors" not in answer, answer
    result: dict[str, Any] = answer["data"][mutation]
    return result


async def titles(ask: Ask, actor: Actor) -> list[str]:
    found = await ask.body(actor, GOALS)
    return [edge["node"]["title"] for edge in found["data"]["goals"]["edges"]]


def spoken(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body as the API's input writes it."""
    return {"matrix": body}


async def test_a_matrix_is_edited_previewed_published_and_holds_at_once(ask: Ask, office: Office) -> None:
    cycle, hr, clerk = await add_cycle(office.company), office.company.hr, office.clerk
    await add_goals(office.company, cycle, [(office.below, clerk), (office.above, office.chief)], title="目标")
    assert await titles(ask, clerk) == ["目标"]
    found = await ask.body(hr, '{ definitions(where: {kind: {eq: "matrix"}}) { edges { node { id versions { id } } } } }')
    (edge,) = found["data"]["definitions"]["edges"]
    draft = (
        await ask.body(
            hr,
            "mutation ($i: NewDraftInput!) { newDraft(input: $i) { ... on DefinitionVersion { id version } } }",
            i={"definitionId": edge["node"]["id"]},
        )
    )["data"]["newDraft"]
    body = more("employee", grant("goal:read", filter='title = "目标"', fields=["Goal.title"]))
    saved = await ask.body(
        hr,
        "mutation ($i: UpdateDraftInput!) { updateDraft(input: $i) { ... on DefinitionVersion { id version } "
        "... on Problem { code field } } }",
        i={"id": draft["id"], "version": draft["version"], "body": spoken(body)},
    )
    version = saved["data"]["updateDraft"]["version"]
    preview = await ask.body(
        hr,
        "query ($v: ID!) { previewMatrix(versionId: $v) { affectedMembers hasMore changes { memberId personId permission "
        "typeName scopeBefore scopeAfter gained lost gainedIds lostIds } } }",
        v=draft["id"],
    )
    changes = preview["data"]["previewMatrix"]["changes"]
    assert preview["data"]["previewMatrix"]["affectedMembers"] == 2
    assert [(each["permission"], each["typeName"], each["gained"], each["lost"]) for each in changes] == [
        ("goal:read", "Goal", 1, 0)
    ] * 2
    assert {each["scopeBefore"] + each["scopeAfter"] for each in changes} == {"OWNCOMPANY"}
    published = await ask.body(
        hr,
        "mutation ($i: PublishVersionInput!) { publishVersion(input: $i) { ... on DefinitionVersion { state } "
        "... on Problem { code message } } }",
        i={"id": draft["id"], "version": version},
    )
    assert published["data"]["publishVersion"] == {"state": "PUBLISHED"}
    assert await titles(ask, clerk) == ["目标", "目标"]


async def test_hr_adds_a_field_to_a_form_and_the_next_request_asks_for_it(ask: Ask, office: Office) -> None:
    """C95: no restart, and nobody but HR has done anything."""
    hr, clerk = office.company.hr, office.clerk
    fields = [{"key": key, "type": "MONEY", "label": key} for key in ("申报值", "上年值")]
    shown = "{ fillableForms { number order { key } } }"

    async def done(mutation: str, **given: Any) -> dict[str, Any]:
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        document = f"mutation ($i: {kind}!) {{ {mutation}(input: $i) {{ ... on DefinitionVersion {{ {VERSION} }} {PROBLEM} }} }}"
        found: dict[str, Any] = (await ask.body(hr, document, i=given))["data"][mutation]
        return found

    body = {"form": {"title": "目标申报", "fields": fields[:1]}}
    made = await done("createDefinition", key="proposal", name="目标申报", body=body)
    await done("publishVersion", id=made["id"], version=made["version"])
    assert (await ask.body(clerk, shown))["data"]["fillableForms"] == [{"number": 1, "order": [{"key": "申报值"}]}]
    draft = await done("newDraft", definitionId=made["definition"]["id"])
    body = {"form": {"title": "目标申报", "fields": fields}}
    saved = await done("updateDraft", id=draft["id"], version=draft["version"], body=body)
    assert (await done("publishVersion", id=saved["id"], version=saved["version"]))["state"] == "PUBLISHED"
    (form,) = (await ask.body(clerk, shown))["data"]["fillableForms"]
    assert form == {"number": 2, "order": [{"key": "申报值"}, {"key": "上年值"}]}


async def test_what_hr_lacks_is_a_problem_with_role_and_permission(ask: Ask, office: Office) -> None:
    hr = office.company.hr
    draft = await drafted(hr, more("employee", grant("audit:read")))
    answer = await ask.body(
        hr,
        "mutation ($i: PublishVersionInput!) { publishVersion(input: $i) { ... on RefusedProblem { code message field } } }",
        i={"id": encode_id("DefinitionVersion", draft.id), "version": draft.version},
    )
    problem = answer["data"]["publishVersion"]
    assert problem["code"] == "MATRIX_BEYOND_OWN"
    assert problem["message"] == (
        "角色“employee”将得到您自己没有的权限 audit:read（COMPANY; 字段: 全部）；只在一段时间内持有的也不算。"
    )


async def test_roles_are_given_delegated_listed_and_taken_back(ask: Ask, office: Office) -> None:
    admin, clerk, chief = office.company.admin, office.clerk, office.chief
    last = (today("Asia/Shanghai") + timedelta(days=5)).isoformat()
    whom = encode_id("Person", person_of(clerk))
    wrong = await changed(ask, admin, "assignRole", role="stranger", target={"grade": "P5"})
    assert (wrong["code"], wrong["field"]) == ("ROLE_NOT_GRANTABLE", "role")
    made = await changed(ask, admin, "assignRole", role="manager", target={"personId": encode_id("Person", person_of(chief))})
    assert (made["role"], made["person"], made["endsOn"]) == ("manager", {"number": "M1"}, None)
    by_unit = await changed(
        ask, admin, "assignRole", role="auditor", target={"unitId": encode_id("OrgUnit", office.above)}, endsOn=last
    )
    assert (by_unit["unit"], by_unit["endsOn"]) == ({"code": "HN"}, last)
    lent = await changed(ask, chief, "delegateRole", role="manager", personId=whom, endsOn=last)
    assert lent["delegatedById"] == encode_id("Person", person_of(chief))
    query = "query ($p: ID) { roleAssignments(where: {personId: {eq: $p}}) { edges { node { id } } } }"
    assert await ask.nodes(admin, query, p=whom) == [{"id": lent["id"]}]
    seen = await ask.body(
        admin,
        "query ($s: ID!, $p: String!) { whyCan(subjectId: $s, permission: $p) { allowed hiddenFields roles { role origin "
        "delegatedById assignmentId } rules { meets decides rule { id role permission scope filter fields denies } } } }",
        s=encode_id("Member", membership_of(clerk)),
        p="plan:tune",
    )
    why = seen["data"]["whyCan"]
    assert why["allowed"]
    assert [(each["role"], each["origin"], each["delegatedById"]) for each in why["roles"]] == [
        ("employee", "MEMBERSHIP", None),
        ("auditor", "UNIT", None),
        ("manager", "PERSON", lent["delegatedById"]),
    ]
    assert [(each["rule"]["role"], each["rule"]["scope"], each["decides"]) for each in why["rules"]] == [
        ("manager", "SUBTREE", True)
    ]
    for actor, mutation, each in ((chief, "revokeDelegation", lent), (admin, "revokeAssignment", made)):
        assert (await changed(ask, actor, mutation, id=each["id"]))["revokedAt"] is not None
    effective = await ask.body(
        admin,
        "query ($s: ID!) { effectiveMatrix(subjectId: $s) { roles { role } permissions { permission scope } } }",
        s=whom,
    )
    assert [each["role"] for each in effective["data"]["effectiveMatrix"]["roles"]] == ["employee", "auditor"]
    assert {"permission": "audit:read", "scope": "COMPANY"} in effective["data"]["effectiveMatrix"]["permissions"]


async def test_permissions_that_no_role_mentions_are_listed_with_what_the_shipped_matrix_grants(ask: Ask, office: Office) -> None:
    gaps = "{ matrixGaps { permission shipped { role scope } message } }"
    assert (await ask.body(office.clerk, gaps))["data"] == {"matrixGaps": None}
    assert (await ask.body(office.company.hr, gaps))["data"]["matrixGaps"] == []
    bodies = {role["key"]: [each for each in role["grants"] if each["resource"] != "survey"] for role in DEFAULT["roles"]}
    body = matrix(**bodies | {"auditor": [*bodies["auditor"], grant("survey:read", "NONE")]})
    await published(office.company.admin, body)
    found = (await ask.body(office.company.admin, gaps))["data"]["matrixGaps"]
    assert [each["permission"] for each in found] == ["survey:answer", "survey:write"]
    assert found[1]["shipped"] == [{"role": "company_admin", "scope": "COMPANY"}, {"role": "hr", "scope": "COMPANY"}]
    assert found[1]["message"] == (
        "没有任何角色提到权限 survey:write，因此无人可用；随附矩阵授予：company_admin COMPANY, hr COMPANY。"
        "请授权，或以范围 NONE 表明不授予。"
    )
