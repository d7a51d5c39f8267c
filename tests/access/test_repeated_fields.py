"""A field that repeats one of another row shows where that row is read and shows it: the confirmed number of a proposal (C56)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import Database
from plumb_schema.ground.ids import encode_id
from plumb_tenants.goals.resources import GOAL
from support.alignment_made import START, Region, make_region
from support.asking import Ask
from support.companies import member
from support.matrices import Json, grant, matrix, published
from support.office import person_of

SHOWN = "{ proposals { edges { node { personId proposed confirmed confirmedAt } } } }"
FOUND = "query ($where: ProposalFilter) { proposals(where: $where) { totalCount } }"
DONE = {"confirmed": "50000.00", "confirmedAt": "2026-03-04T01:00:00Z"}
NOTHING = {"confirmed": None, "confirmedAt": None}


@pytest.fixture
async def region(database: Database) -> Region:
    """Return a region whose newcomer has confirmed."""
    region = await make_region()
    with clock_at(START):
        proposals = await region.propose_all()
    with clock_at(START + timedelta(days=2)):
        await region.open_next()
        await region.open_next()
        await region.confirm(region.newcomer, proposals[-1])
    return region


async def reader(region: Region, *goals: Json) -> Actor:
    """Return somebody who reads all proposals, and of goals what is granted."""
    await published(region.company.admin, matrix(reader=[grant("proposal:read"), *goals], employee=[]))
    return await member(region.company.tenant_id, "reader")


async def newcomers(ask: Ask, region: Region, actor: Actor) -> tuple[dict[str, Any], Sequence[str]]:
    """Return what is told of the newcomer's proposal, and which fields are named as hidden."""
    body = await ask.body(actor, SHOWN)
    edges = body["data"]["proposals"]["edges"]
    assert len(edges) == 6
    (found,) = [edge["node"] for edge in edges if edge["node"]["personId"] == encode_id("Person", person_of(region.newcomer))]
    assert found["proposed"] == "50000.00"
    return {name: found[name] for name in DONE}, body.get("extensions", {}).get("hidden", [])


@pytest.mark.parametrize(
    ("grants", "told", "hidden"),
    [
        ([grant("goal:read")], DONE, []),
        ([], NOTHING, ["Proposal.confirmed", "Proposal.confirmedAt"]),
        ([grant("goal:read", fields=sorted(GOAL.fields - {"Goal.target"}))], DONE | {"confirmed": None}, ["Proposal.confirmed"]),
        (
            [grant("goal:read", fields=sorted(GOAL.fields - {"Goal.confirmedAt"}))],
            DONE | {"confirmedAt": None},
            ["Proposal.confirmedAt"],
        ),
        ([grant("goal:read", filter="target > 1000")], DONE, ["Proposal.confirmed", "Proposal.confirmedAt"]),
        ([grant("goal:read", filter="target > 50000")], NOTHING, ["Proposal.confirmed", "Proposal.confirmedAt"]),
        ([grant("goal:read", "OWN")], NOTHING, ["Proposal.confirmed", "Proposal.confirmedAt"]),
        (
            [grant("goal:read"), grant("goal:read", effect="DENY", fields=["Goal.target"], filter="target < 60000")],
            DONE | {"confirmed": None},
            ["Proposal.confirmed"],
        ),
    ],
)
async def test_a_confirmed_number_shows_where_its_goal_shows_it(
    region: Region, ask: Ask, grants: list[Json], told: Json, hidden: list[str]
) -> None:
    actor = await reader(region, *grants)
    assert (await newcomers(ask, region, actor))[0] == told
    named = set((await newcomers(ask, region, actor))[1])
    # Five proposals are of goals that nobody confirmed: their empty fields are hidden where those goals are.
    assert named == set(hidden) or (told == DONE and named <= set(hidden))


async def test_nothing_is_found_by_what_the_goal_hides(region: Region, ask: Ask) -> None:
    by_number = {"confirmed": {"eq": "50000.00"}}
    by_time = {"confirmedAt": {"isNull": False}}
    actor = await reader(region, grant("goal:read"))
    assert [await ask(actor, FOUND, where=each) for each in (by_number, by_time)] == [{"totalCount": 1}] * 2
    actor = await reader(region, grant("goal:read", filter="target > 50000"))
    assert [await ask(actor, FOUND, where=each) for each in (by_number, by_time)] == [{"totalCount": 0}] * 2
    for lacking, each in (("target", by_number), ("confirmedAt", by_time)):
        actor = await reader(region, grant("goal:read", fields=sorted(GOAL.fields - {f"Goal.{lacking}"})))
        body = await ask.body(actor, FOUND, where=each)
        assert (body["data"]["proposals"], body["errors"][0]["extensions"]["code"]) == (None, "FIELD_HIDDEN")
