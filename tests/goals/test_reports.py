"""Transparency, stability, deviation and regional variance over GraphQL (C24, C26, C41, C63)."""

from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.companies import add_person, add_unit
from support.goals_made import add_cycle, add_goals
from support.team import Team

CLEAR = """query ($id: ID!, $by: RankedBy! = TARGET) { it: goalTransparency(goalId: $id, by: $by) { derivation value count rank
  distribution peers { name value } } }"""
STABLE = """query ($unit: ID!, $cycles: [ID!]!) { it: attainmentStability(unitId: $unit, cycleIds: $cycles) { rates verdict mean
  points within } }"""
DEVIATION = """query ($unit: ID!, $cycle: ID!) { it: deviationRate(unitId: $unit, cycleId: $cycle) { percent counted undefined
  people peopleOff } }"""
VARIANCE = """query ($unit: ID!, $cycle: ID!) { it: regionalVariance(unitId: $unit, cycleId: $cycle, metric: "销售额") {
  regions { code rate } whole points within flagged } }"""
SAY = "mutation ($input: CheckInInput!) { it: checkIn(input: $input) { ... on Problem { code } ... on CheckIn { value } } }"


async def say(ask: Ask, actor: Actor, goal: UUID, value: str, day: str | None = None) -> None:
    assert "value" in await ask(actor, SAY, input={"goalId": encode_id("Goal", goal), "value": value, "asOf": day})


async def add_unit_goals(team: Team, unit: UUID, cycle: UUID, target: str = "100.00") -> UUID:
    """Add a goal of a unit that is no person's."""
    (goal,) = await add_goals(team.company, cycle, [(unit, team.company.hr)], target=Decimal(target))
    return goal


async def test_peers_are_ranked_without_names_and_a_small_group_says_nothing(team: Team, ask: Ask) -> None:
    people = [await add_person(team.company, f"P{place}", f"同事{place}", unit=team.unit) for place in range(3)]
    goals = []
    for place, person in enumerate(people):
        goals += await add_goals(team.company, team.cycle, [(team.unit, person)], target=Decimal(f"{place + 1}000000.00"))
    own = encode_id("Goal", team.goal)
    few = await ask(team.owner, CLEAR, id=own)
    assert few == {
        "derivation": {},
        "value": "1200000.00",
        "count": 4,
        "rank": None,
        "distribution": None,
        "peers": [{"name": "李代表", "value": "1200000.00"}],
    }
    known = await ask(team.manager, CLEAR, id=own)
    assert (len(known["peers"]), known["rank"], known["distribution"]) == (4, None, None), "nor to who knows them all"
    await add_goals(team.company, team.cycle, [(team.unit, team.colleague)], target=Decimal("500000.00"))
    clear = await ask(team.owner, CLEAR, id=own)
    assert (clear["count"], clear["rank"]) == (5, 3)
    assert clear["distribution"] == ["3000000.00", "2000000.00", "1200000.00", "1000000.00", "500000.00"]
    assert [peer["name"] for peer in clear["peers"]] == ["李代表"]
    named = await ask(team.manager, CLEAR, id=own)
    assert [peer["name"] for peer in named["peers"]] == ["同事2", "同事1", "李代表", "同事0", "王代表"]
    assert (await ask(team.colleague, CLEAR, id=own)) is None
    silent = await ask(team.owner, CLEAR, id=own, by="ATTAINMENT")
    assert (silent["value"], silent["count"], silent["rank"]) == (None, 0, None)
    for person, goal, value in zip([*people, team.owner], [*goals, team.goal], ("1", "2", "3", "4"), strict=True):
        await say(ask, person, goal, value)
    assert (await ask(team.owner, CLEAR, id=own, by="ATTAINMENT"))["rank"] is None


async def test_whoever_knows_all_but_a_few_is_not_told_the_rest(team: Team, ask: Ask) -> None:
    """A head who reads five of seven would find the other two among the values."""
    elsewhere = await add_unit(team.company, "HD", "华东")
    for place in range(6):
        unit = elsewhere if place < 2 else team.unit
        person = await add_person(team.company, f"P{place}", f"同事{place}", unit=unit)
        await add_goals(team.company, team.cycle, [(unit, person)])
    found = await ask(team.manager, CLEAR, id=encode_id("Goal", team.goal))
    assert (found["count"], found["rank"], found["distribution"], len(found["peers"])) == (7, None, None, 5)
    assert (await ask(team.company.hr, CLEAR, id=encode_id("Goal", team.goal)))["rank"] == 1


async def test_three_quarters_within_five_points_are_stable(team: Team, ask: Ask) -> None:
    """C24: 88, 90, 86 and 80, 90, 86."""
    cycles = [await add_cycle(team.company, f"Q{place}") for place in range(4)]
    unit, hr = encode_id("OrgUnit", team.unit), team.company.hr
    for cycle, value in zip(cycles, ("88", "90", "86", "80"), strict=True):
        await say(ask, hr, await add_unit_goals(team, team.unit, cycle), value)
    ids = [encode_id("Cycle", cycle) for cycle in cycles]
    assert await ask(team.manager, STABLE, unit=unit, cycles=ids[:3]) == {
        "rates": ["88.00", "90.00", "86.00"],
        "verdict": "STABLE",
        "mean": "88.00",
        "points": "2.00",
        "within": "5.00",
    }
    shaky = await ask(hr, STABLE, unit=unit, cycles=[ids[3], ids[1], ids[2]])
    assert (shaky["verdict"], shaky["points"]) == ("UNSTABLE", "5.33")
    assert (await ask(hr, STABLE, unit=unit, cycles=ids[:2]))["verdict"] == "INSUFFICIENT"
    assert (await ask(team.owner, STABLE, unit=unit, cycles=ids[:3]))["rates"] == []


async def test_people_are_counted_by_how_far_they_are_off(team: Team, ask: Ask) -> None:
    """C63: the mean of |actual - target| / |target|; more than 30 % is off."""
    for place, value in enumerate(("63", "88", "130", "130.01")):
        person = await add_person(team.company, f"P{place}", f"同事{place}", unit=team.unit)
        (goal,) = await add_goals(team.company, team.cycle, [(team.unit, person)], target=Decimal("100.00"))
        await say(ask, person, goal, value)
    given = {"unit": encode_id("OrgUnit", team.unit), "cycle": encode_id("Cycle", team.cycle)}
    assert await ask(team.manager, DEVIATION, **given) == {
        "percent": "27.25",
        "counted": 4,
        "undefined": 0,
        "people": 4,
        "peopleOff": 2,
    }
    assert (await ask(team.colleague, DEVIATION, **given))["people"] == 0


async def test_a_region_eight_points_from_the_whole_passes_and_more_is_flagged(team: Team, ask: Ask) -> None:
    """C41: 8.0 passes, 8.1 does not."""
    hr, given = team.company.hr, {"cycle": encode_id("Cycle", team.cycle)}
    found = []
    for place, (west, east) in enumerate((("92", "108"), ("91.9", "108.1"))):
        top = await add_unit(team.company, f"T{place}", "总部")
        for code, value in ((f"W{place}", west), (f"E{place}", east)):
            region = await add_unit(team.company, code, code, parent=top)
            below = await add_unit(team.company, f"{code}1", code, parent=region)
            await say(ask, hr, await add_unit_goals(team, below, team.cycle), value)
        found.append(await ask(hr, VARIANCE, unit=encode_id("OrgUnit", top), **given))
    assert found[0] == {
        "regions": [{"code": "W0", "rate": "92.00"}, {"code": "E0", "rate": "108.00"}],
        "whole": "100.00",
        "points": "8.00",
        "within": "8.00",
        "flagged": False,
    }
    assert (found[1]["points"], found[1]["flagged"]) == ("8.10", True)
    alone = await ask(hr, VARIANCE, unit=encode_id("OrgUnit", team.unit), **given)
    assert (alone["regions"], alone["points"], alone["flagged"]) == ([], None, False)
