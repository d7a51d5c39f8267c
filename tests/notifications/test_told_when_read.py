"""Messages and names of approvals say of rows what their reader may see as they read (C56, A6)."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import orjson
import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, fetch, fetch_value, tenant_transaction
from plumb_platform.ids import uuid7
from plumb_platform.resources import known_resources, resource_named
from plumb_platform.telling import Sentence
from plumb_tenants.access.shipped import DEFAULT
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.notifications.resources import TOLD
from plumb_tenants.notifications.service import notify
from support.asking import Ask
from support.companies import CompanyFixture, member
from support.filled_company import fill_company
from support.matrices import grant, matrix, published
from support.team import Team, make_team

TEXTS = "{ messages(orderBy: [{field: SENT_AT}]) { edges { node { kind zh en } } } }"
FOUND = "query ($text: String!) { messages(where: {zh: {contains: $text}}) { totalCount edges { node { zh } } } }"
TITLE = "华南区销售额"
WHOLE = {"zh": f"目标“{TITLE}”已到期。", "en": f"The goal {TITLE} is due."}
LESS = {"zh": "目标“（无权查看）”已到期。", "en": "The goal (hidden) is due."}


@pytest.fixture
async def team(database: Database) -> Team:
    return await make_team()


async def told(team: Team, *people: Actor) -> None:
    said = Sentence(
        zh="目标“{title}”已到期。", en="The goal {title} is due.", tells={"title": "Goal.title"}, row=team.goal, title=TITLE
    )
    ids = [each.person_id for each in people if each.person_id is not None]
    async with tenant_transaction(team.company.system):
        about: dict[str, Any] = {"kind": "test.due", "object_type": "Goal", "object_id": team.goal}
        assert await notify(team.company.system, people=ids, said=said, **about) == len(ids)


def limited(*roles: str, without: Iterable[str]) -> dict[str, Any]:
    """Return the shipped matrix in which some roles read all fields of goals but some."""
    fields = sorted(GOAL.fields - set(without))
    return matrix(
        **{
            each["key"]: [
                one | {"fields": fields} if (one["resource"], one["action"]) == ("goal", "read") else one
                for one in each["grants"]
            ]
            for each in DEFAULT["roles"]
            if each["key"] in roles
        }
    )


async def read(ask: Ask, reader: Actor) -> list[dict[str, str]]:
    return [{"zh": each["zh"], "en": each["en"]} for each in await ask.nodes(reader, TEXTS)]


async def test_a_message_says_what_its_reader_may_see_when_they_read_it(team: Team, ask: Ask) -> None:
    await told(team, team.owner, team.manager)
    assert await read(ask, team.owner) == await read(ask, team.manager) == [WHOLE]
    await published(team.company.admin, limited("employee", without=["Goal.title"]))
    assert await read(ask, team.owner) == [LESS]
    # The manager's other role shows it.
    assert await read(ask, team.manager) == [WHOLE]
    # So it is, whatever they might see as it was told.
    await told(team, team.owner)
    assert await read(ask, team.owner) == [LESS, LESS]
    await published(team.company.admin, matrix())
    assert await read(ask, team.owner) == [WHOLE, WHOLE]


async def test_a_text_that_does_not_show_is_found_and_ordered_by_nothing_in_it(team: Team, ask: Ask) -> None:
    await told(team, team.owner)
    assert (await ask(team.owner, FOUND, text=TITLE))["totalCount"] == 1
    await published(team.company.admin, limited("employee", without=["Goal.title"]))
    assert (await ask(team.owner, FOUND, text=TITLE))["totalCount"] == 0
    assert (await ask(team.owner, FOUND, text="已到期"))["totalCount"] == 1


async def test_a_row_that_left_its_readers_reach_is_named_no_more(team: Team, ask: Ask) -> None:
    await told(team, team.owner)
    async with tenant_transaction(team.company.system):
        await fetch("update goal set owner_id = $2 where id = $1", team.goal, team.colleague.person_id)
    assert await read(ask, team.owner) == [LESS]
    async with tenant_transaction(team.company.system):
        await fetch("update goal set owner_id = $2 where id = $1", team.goal, team.owner.person_id)
    assert await read(ask, team.owner) == [WHOLE]


async def test_a_value_of_a_field_that_no_reader_could_be_asked_about_is_told_to_nobody(team: Team, ask: Ask) -> None:
    """A kind that tells of a field which the list of messages forgot says less, never more."""
    await told(team, team.owner)
    async with tenant_transaction(team.company.system):
        rows = orjson.dumps([{"type": "Nothing", "id": uuid7(), "fields": ["x"]}]).decode()
        await fetch("update message set told = jsonb_set(told, '{rows}', $1::jsonb)", rows)
    assert await read(ask, team.owner) == [LESS]


def seeing(hidden: Iterable[str]) -> dict[str, Any]:
    """Return the shipped matrix with a role that reads all rows that messages tell of, without some fields."""
    grants = {"message:read": grant("message:read", "OWN")}
    for type_name in sorted({each.partition(".")[0] for each in TOLD}):
        resource = resource_named(type_name)
        of = [each for each in known_resources().values() if each.read == resource.read]
        fields = set().union(*(each.fields for each in of)) - set(hidden)
        grants[resource.read.value] = grant(resource.read.value, fields=sorted(fields))
    return matrix(reader=list(grants.values()))


async def tell_each(company: CompanyFixture, reader: Actor) -> None:
    """Send a message for each field that messages tell of, with the field as its value, of some row of the company."""
    async with tenant_transaction(company.system):
        for each in TOLD:
            resource = resource_named(each.partition(".")[0])
            row: UUID = await fetch_value(f"select {resource.key.format(row='r')} from {resource.table} r limit 1")
            assert row is not None, each
            said = Sentence(zh="见 {it}", en="see {it}", tells={"it": each}, row=row, it=each)
            about: dict[str, Any] = {"kind": f"test.{TOLD.index(each)}", "object_type": "Company", "object_id": company.tenant_id}
            assert reader.membership_id is not None
            assert await notify(company.system, members=[reader.membership_id], said=said, **about) == 1


async def test_each_field_that_messages_tell_of_is_hidden_with_it(database: Database, ask: Ask) -> None:
    filled = await fill_company("南方")
    company = filled.company
    await published(company.admin, seeing([]))
    reader = await member(company.tenant_id, "reader")
    await tell_each(company, reader)
    hideable = {each for each in TOLD if each in resource_named(each.partition(".")[0]).fields}
    for hidden in (set(), set(TOLD[::2]), set(TOLD[1::2]), set(TOLD)):
        await published(company.admin, seeing(hidden))
        found = await ask.nodes(reader, "{ messages(first: 100) { edges { node { kind zh en } } } }")
        said = {TOLD[int(each["kind"][5:])]: (each["zh"], each["en"]) for each in found}
        nothing = ("见 （无权查看）", "see (hidden)")
        gone = {each for each in hideable if set(hidden) & {each, *resource_named(each.partition(".")[0]).told_by.get(each, ())}}
        assert said == {each: nothing if each in gone else (f"见 {each}", f"see {each}") for each in TOLD}


async def test_a_message_that_says_all_of_them_is_hidden_with_any_one(database: Database, ask: Ask) -> None:
    company = (await fill_company("北方")).company
    await published(company.admin, seeing([]))
    reader = await member(company.tenant_id, "reader")
    async with tenant_transaction(company.system):
        resources = {each: resource_named(each.partition(".")[0]) for each in TOLD}
        rows = {
            f"w{place}": await fetch_value(f"select {of.key.format(row='r')} from {of.table} r limit 1")
            for place, of in enumerate(resources.values())
        }
        words = dict(zip(rows, TOLD, strict=True))
        text = " ".join(f"{{{word}}}" for word in rows)
        said = Sentence(zh=f"有 {text}", en=f"all {text}", tells=words, row=rows, **dict.fromkeys(rows, "1"))
        about: dict[str, Any] = {"kind": "test.all", "object_type": "Company", "object_id": company.tenant_id}
        assert reader.membership_id is not None
        await notify(company.system, members=[reader.membership_id], said=said, **about)
    whole, less = (
        {"zh": f"有 {' '.join(of)}", "en": f"all {' '.join(of)}"} for of in (["1"] * len(rows), ["(hidden)"] * len(rows))
    )
    less["zh"] = less["zh"].replace("(hidden)", "（无权查看）")
    assert await read(ask, reader) == [whole]
    for each in TOLD:
        await published(company.admin, seeing([each]))
        is_hideable = each in resources[each].fields
        assert await read(ask, reader) == [less if is_hideable else whole], each
        found = (await ask(reader, FOUND, text="1"))["totalCount"]
        assert found == (0 if is_hideable else 1), each
