"""Messages: one per person and occasion, read by their own person alone."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from plumb_platform.database import Database, fetch_value, tenant_transaction
from plumb_platform.errors import InvalidInput
from plumb_platform.telling import Sentence
from plumb_schema.ground.ids import encode_id
from plumb_tenants.notifications.service import MOST_AT_ONCE, mark_read, notify
from support.asking import Ask
from support.office import person_of
from support.team import Team, make_team

UNREAD = "{ messages(where: {readAt: {isNull: true}}) { totalCount edges { node { id kind objectId zh en readAt } } } }"
MARK = """mutation ($input: MarkMessagesReadInput!) { markMessagesRead(input: $input) {
  ... on MarkedMessages { count } ... on Problem { code field } } }"""


@pytest.fixture
async def team(database: Database) -> Team:
    """Make the company for this test alone."""
    return await make_team()


async def told(team: Team, *people: UUID | None, once: str | None = None, zh: str = "请签署。") -> int:
    about = {"kind": "letter.sign", "object_type": "Goal", "object_id": team.goal}
    async with tenant_transaction(team.company.system) as _:
        to = [each for each in people if each is not None]
        return await notify(team.company.system, people=to, said=Sentence(zh=zh, en="Please sign."), once=once, **about)  # type: ignore[arg-type]  # mixed


async def test_the_same_occasion_is_told_once_to_each_person(team: Team) -> None:
    owner, manager = team.owner.person_id, team.manager.person_id
    assert await told(team, owner, owner, once="letter:1") == 1
    assert await told(team, owner, manager, once="letter:1") == 1
    assert await told(team, owner, once="letter:2") == 1
    assert [await told(team, owner), await told(team, owner)] == [1, 1]


async def test_nobody_reads_the_messages_of_another_and_no_administrator_does(team: Team, ask: Ask) -> None:
    await told(team, team.owner.person_id)
    for other in (team.manager, team.colleague, team.company.hr, team.company.admin):
        assert (await ask(other, UNREAD))["totalCount"] == 0
    (edge,) = (await ask(team.owner, UNREAD))["edges"]
    assert edge["node"] | {"id": ""} == {
        "id": "",
        "kind": "letter.sign",
        "objectId": encode_id("Goal", team.goal),
        "zh": "请签署。",
        "en": "Please sign.",
        "readAt": None,
    }


async def test_a_member_who_is_no_person_is_told_as_a_member_and_one_who_is_as_the_person(team: Team, ask: Ask) -> None:
    hr, owner = team.company.hr, team.owner
    members = [each.membership_id for each in (hr, owner) if each.membership_id]
    about: dict[str, Any] = {"kind": "plan_run.failed", "object_type": "Goal", "object_id": team.goal, "once": "run:1"}
    async with tenant_transaction(team.company.system):
        told = [
            await notify(team.company.system, members=members, said=Sentence(zh="失败", en="Failed"), **about) for _ in range(2)
        ]
        again = await notify(team.company.system, people=[person_of(owner)], said=Sentence(zh="失败", en="Failed"), **about)
    assert (told, again) == ([2, 0], 0)
    for reader, count in ((hr, 1), (owner, 1), (team.company.admin, 0), (team.manager, 0)):
        assert (await ask(reader, UNREAD))["totalCount"] == count
    assert await ask(team.company.admin, MARK, input={}) == {"count": 0}
    assert [await ask(hr, MARK, input={}) for _ in range(2)] == [{"count": 1}, {"count": 0}]
    assert (await ask(owner, UNREAD))["totalCount"] == 1


async def test_one_marks_ones_own_messages_and_no_others(team: Team, ask: Ask) -> None:
    await told(team, team.owner.person_id)
    await told(team, team.owner.person_id)
    first = (await ask(team.owner, UNREAD))["edges"][0]["node"]["id"]
    for ids in ([first], [encode_id("Message", uuid4())]):
        assert await ask(team.colleague, MARK, input={"ids": ids}) == {"code": "NOT_FOUND", "field": "ids"}
    assert await ask(team.colleague, MARK, input={}) == {"count": 0}
    assert await ask(team.owner, MARK, input={"ids": [first, first]}) == {"count": 1}
    assert (await ask(team.owner, UNREAD))["totalCount"] == 1
    assert [await ask(team.owner, MARK, input={}) for _ in range(2)] == [{"count": 1}, {"count": 0}]


async def test_too_many_ids_at_once_are_refused(team: Team) -> None:
    async with tenant_transaction(team.owner):
        with pytest.raises(InvalidInput) as refused:
            await mark_read(team.owner, message_ids=[uuid4() for _ in range(MOST_AT_ONCE + 1)])
    assert (refused.value.code, refused.value.field) == ("MESSAGES_TOO_MANY", "ids")


async def test_a_long_text_is_cut_to_its_column(team: Team) -> None:
    await told(team, team.owner.person_id, zh="目" * 501)
    async with tenant_transaction(team.company.system):
        assert await fetch_value("select zh from message") == "目" * 499 + "…"
