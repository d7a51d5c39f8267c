"""The company's priorities, and links between goals of different units, over GraphQL (C55, C81)."""

import asyncio
from uuid import UUID, uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.companies import add_person, add_unit
from support.goals_made import add_goals
from support.team import Team

P = "... on Problem { code message field }"
MARK = f"mutation ($id: ID!) {{ it: markPriority(input: {{goalId: $id}}) {{ {P} ... on Priority {{ place title }} }} }}"
UNMARK = f"mutation ($id: ID!) {{ it: unmarkPriority(input: {{goalId: $id}}) {{ {P} ... on Goal {{ title }} }} }}"
LINK = f"mutation ($input: LinkGoalsInput!) {{ it: linkGoals(input: $input) {{ {P} ... on Goal {{ title }} }} }}"
UNLINK = f"mutation ($id: ID!) {{ it: unlinkGoals(input: {{linkId: $id}}) {{ {P} ... on Goal {{ title }} }} }}"
LINKS = """query ($unit: ID!, $kind: GoalLinkKind) { it: goalLinks(unitId: $unit, kind: $kind) { hidden
  links { id kind note source { title unitName } target { title unitName } } } }"""


async def test_three_priorities_come_first_and_a_fourth_is_refused(team: Team, other_team: Team, ask: Ask) -> None:
    """C81: each home returns them, whoever may read the goals."""
    hr = team.company.hr
    goals = [encode_id("Goal", each) for each in await add_goals(team.company, team.cycle, [(team.unit, team.owner)] * 5)]
    assert (await ask(team.manager, MARK, id=goals[0]))["code"] == "FORBIDDEN"
    assert (await ask(hr, MARK, id=encode_id("Goal", other_team.goal)))["code"] == "NOT_FOUND"
    async with tenant_transaction(team.company.system):
        await execute("update goal set state = 'DRAFT' where id = $1", team.goal)
    assert (await ask(hr, MARK, id=encode_id("Goal", team.goal)))["code"] == "PRIORITY_NOT_FOLLOWED"
    assert [(await ask(hr, MARK, id=goal))["place"] for goal in goals[:3]] == [1, 2, 3]
    assert (await ask(hr, MARK, id=goals[1]))["code"] == "PRIORITY_TWICE"
    fourth = await ask(hr, MARK, id=goals[3])
    assert (fourth["code"], fourth["message"]) == (
        "PRIORITIES_FULL",
        "A company has at most 3 priorities; take one off first.",
    )
    async with tenant_transaction(team.company.system):
        assert await fetch_value("select count(*) from company_priority") == 3
    home = "{ it: priorities { edges { node { place title goal { title } } } } }"
    shown = [edge["node"] for edge in (await ask(team.colleague, home))["edges"]]
    assert shown == [{"place": place, "title": "华南区销售额", "goal": None} for place in (1, 2, 3)]
    assert (await ask(hr, UNMARK, id=goals[3]))["code"] == "NOT_FOUND"
    done = await asyncio.gather(*(ask(hr, UNMARK, id=goals[1]) for _ in range(6)))
    assert sorted(each.get("code", each.get("title")) for each in done) == ["NOT_FOUND"] * 5 + ["华南区销售额"]
    async with tenant_transaction(team.company.system):
        assert await fetch_value("select count(*) from audit_entry where action = 'priority.unmark'") == 1
    assert (await ask(hr, MARK, id=goals[3]))["place"] == 2
    assert await ask(other_team.colleague, home) == {"edges": []}


@pytest.fixture
async def apart(team: Team) -> tuple[str, str, Actor, UUID]:
    """Make a goal of this team and one of another unit, whose head is returned with the unit."""
    unit = await add_unit(team.company, "HD", "华东")
    head = await add_person(team.company, "M9", "钱经理", unit=unit, roles=("employee", "manager"))
    (far,) = await add_goals(team.company, team.cycle, [(unit, head)], title="华东交付")
    return encode_id("Goal", team.goal), encode_id("Goal", far), head, unit


async def test_links_across_units_show_to_those_who_may_read_both_ends(
    team: Team, apart: tuple[str, str, Actor, UUID], ask: Ask
) -> None:
    """C55: others are told how many there are, if they may know that."""
    near, far, head, unit = apart
    hr, here = team.company.hr, encode_id("OrgUnit", team.unit)
    for given, code, field in (
        ({"fromId": near, "toId": near}, "LINK_TO_ITSELF", "toId"),
        ({"fromId": near, "toId": far, "note": " "}, "LINK_NOTE_INVALID", "note"),
        ({"fromId": near, "toId": encode_id("Goal", uuid4())}, "NOT_FOUND", "toId"),
    ):
        refused = await ask(hr, LINK, input={"kind": "SUPPORTS", **given})
        assert (refused["code"], refused["field"]) == (code, field)
    blind = await ask(team.manager, LINK, input={"fromId": near, "toId": far, "kind": "SUPPORTS"})
    assert (blind["code"], blind["field"]) == ("NOT_FOUND", "toId")
    first = {"fromId": near, "toId": far, "kind": "DEPENDS_ON", "note": "等待交付"}
    assert await ask(hr, LINK, input=first) == {"title": "华南区销售额"}
    assert (await ask(hr, LINK, input=first))["code"] == "LINK_TWICE"
    ring = await ask(hr, LINK, input={"fromId": far, "toId": near, "kind": "DEPENDS_ON"})
    assert (ring["code"], ring["field"]) == ("DEPENDENCY_RING", "toId")
    assert await ask(hr, LINK, input={"fromId": far, "toId": near, "kind": "SUPPORTS"}) == {"title": "华东交付"}

    seen = await ask(hr, LINKS, unit=here)
    assert [(each["kind"], each["note"], each["source"]["unitName"], each["target"]["title"]) for each in seen["links"]] == [
        ("DEPENDS_ON", "等待交付", "华南", "华东交付"),
        ("SUPPORTS", None, "华东", "华南区销售额"),
    ]
    assert seen["hidden"] == 0
    assert [each["kind"] for each in (await ask(hr, LINKS, unit=here, kind="SUPPORTS"))["links"]] == ["SUPPORTS"]
    for actor in (team.manager, head):
        assert await ask(actor, LINKS, unit=here) == {"hidden": 2, "links": []}
    assert await ask(team.owner, LINKS, unit=here) == {"hidden": None, "links": []}
    link = seen["links"][0]["id"]
    assert (await ask(head, UNLINK, id=link))["code"] == "NOT_FOUND"
    done = await asyncio.gather(*(ask(hr, UNLINK, id=link) for _ in range(6)))
    assert sorted(each.get("code", each.get("title")) for each in done) == ["NOT_FOUND"] * 5 + ["华南区销售额"]
    async with tenant_transaction(team.company.system):
        assert await fetch_value("select count(*) from audit_entry where action = 'goal.unlink'") == 1
        assert await execute("delete from goal_link returning kind") == [{"kind": "SUPPORTS"}]
    assert (await ask(hr, LINKS, unit=encode_id("OrgUnit", unit)))["links"] == []
