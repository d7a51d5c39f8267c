"""Reports tell no more than the rows that they are made of: one hidden field that a report says refuses it whole (C56)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.alignment.resources import PROPOSAL
from plumb_tenants.attribution.resources import CREDIT
from plumb_tenants.goals.check_in_resource import CHECK_IN
from plumb_tenants.goals.exclusion_resource import EXCLUSION
from plumb_tenants.goals.models import CheckIn, GoalExclusion
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.goals.service import revise_goal
from support.alignment_made import make_region
from support.asking import Ask, first_code
from support.companies import CompanyFixture, add_person, add_unit, make_company, member
from support.goals_made import add_cycle, add_goals
from support.matrices import grant, matrix, published
from support.revisions_made import make_reset

ROLLED = "query ($period: ID!) {{ {0}(periodId: $period) {{ key amount }} }}"
SHADOW = "query ($id: ID!) { shadowRun(revisionId: $id) { old { target } new { target } } }"
MONTHS = "query ($id: ID!) { goalMonths(goalId: $id) { month excluded } }"
TIME = "query ($id: ID!) { settingTime(alignmentId: $id) { units { proposals } } }"
PEERS = "query ($id: ID!) { goalTransparency(goalId: $id) { count } }"
BOARD = "query ($id: ID!, $only: BoardFilterInput) { levellingBoard(alignmentId: $id, only: $only) { personId unitId value } }"


@pytest.fixture
async def company(database: object) -> CompanyFixture:
    return await make_company()


@pytest.mark.parametrize(("name", "hidden"), [("creditByManager", "Credit.person"), ("creditByUnit", "Credit.unitId")])
async def test_credit_is_not_rolled_up_by_a_field_that_is_hidden(
    company: CompanyFixture, ask: Ask, name: str, hidden: str
) -> None:
    """Who may ask is told null of a period that is not there, and nobody else that much."""
    told = []
    for fields in (CREDIT.fields, CREDIT.fields - {hidden}):
        reader = [grant("credit:read", fields=sorted(fields)), grant("order:read"), grant("period:read")]
        await published(company.admin, matrix(reader=reader))
        actor = await member(company.tenant_id, "reader")
        body = await ask.body(actor, ROLLED.format(name), period=encode_id("BonusPeriod", uuid4()))
        told.append(first_code(body) if "errors" in body else body["data"])
    assert told == [{name: None}, "FIELD_HIDDEN"]


@pytest.mark.parametrize("hidden", ["Proposal.personId", "Proposal.unitId"])
async def test_a_board_says_nobody_whose_proposals_are_hidden(ask: Ask, hidden: str) -> None:
    region, told = await make_region(), []
    for fields in (PROPOSAL.fields, PROPOSAL.fields - {hidden}):
        grants = [grant("alignment:read"), grant("alignment:level"), grant("proposal:read", fields=sorted(fields))]
        await published(region.company.admin, matrix(leveller=grants))
        actor = await member(region.company.tenant_id, "leveller")
        for only in ({}, {"personId": encode_id("Person", uuid4())}):
            body = await ask.body(actor, BOARD, id=encode_id("Alignment", region.alignment), only=only)
            told.append(first_code(body) if "errors" in body else body["data"]["levellingBoard"])
    assert told == [[], None, "FIELD_HIDDEN", "FIELD_HIDDEN"]


@pytest.mark.parametrize("hidden", ["Goal.months", "Goal.actual"])
async def test_no_shadow_run_tells_the_months_of_a_goal_that_hides_them(database: object, ask: Ask, hidden: str) -> None:
    with clock_at(datetime(2026, 6, 1, 2, tzinfo=UTC)):
        reset = await make_reset()
        opened = await reset.open()
        await reset.submit(opened)
        revision = encode_id("Revision", opened)
        company, codes = reset.bureau.company, []
        for fields in (GOAL.fields, GOAL.fields - {hidden}):
            await published(company.admin, matrix(reader=[grant("revision:read"), grant("goal:read", fields=sorted(fields))]))
            body = await ask.body(await member(company.tenant_id, "reader"), SHADOW, id=revision)
            codes.append(first_code(body) if "errors" in body else len(body["data"]["shadowRun"]["old"]))
    assert codes == [12, "FIELD_HIDDEN"]


async def test_the_months_of_a_goal_tell_no_exclusion_where_it_is_hidden(company: CompanyFixture, ask: Ask) -> None:
    unit = await add_unit(company, "GD", "广东")
    owner = await add_person(company, "E1", "员工", unit=unit)
    (goal,) = await add_goals(company, await add_cycle(company), [(unit, owner)])
    told = []
    for fields in (GOAL.fields, GOAL.fields - {"Goal.excluded"}):
        await published(company.admin, matrix(reader=[grant("goal:read", fields=sorted(fields)), grant("cycle:read")]))
        body = await ask.body(await member(company.tenant_id, "reader"), MONTHS, id=encode_id("Goal", goal))
        told.append(first_code(body) if "errors" in body else len(body["data"]["goalMonths"]))
    assert told == [12, "FIELD_HIDDEN"]


async def test_the_months_of_a_goal_tell_no_exclusion_that_is_hidden(company: CompanyFixture, ask: Ask) -> None:
    """What months are lessened by is what exclusions say; before any counts there is nothing to hide."""
    unit = await add_unit(company, "HN", "华南")
    owner = await add_person(company, "E1", "李代表", unit=unit)
    (goal,) = await add_goals(company, await add_cycle(company), [(unit, owner)])
    excluded: dict[str, Any] = {
        "month": date(2026, 3, 1),
        "amount": Decimal("20000.00"),
        "reason": "招标推迟",
        "state": "REQUESTED",
    }
    async with tenant_transaction(company.system):
        await GoalExclusion.create(goal_id=goal, requested_by=company.hr.membership_id, **excluded)
    told = []
    for state in ("REQUESTED", "APPROVED"):
        async with tenant_transaction(company.system):
            await execute("update goal_exclusion set state = $1", state)
        for hidden in ("", "GoalExclusion.amount", "GoalExclusion.movedTo"):
            seen = [grant("check_in:read", fields=sorted(EXCLUSION.fields - {hidden})), grant("goal:read"), grant("cycle:read")]
            await published(company.admin, matrix(reader=seen))
            body = await ask.body(await member(company.tenant_id, "reader"), MONTHS, id=encode_id("Goal", goal))
            told.append(first_code(body) if "errors" in body else body["data"]["goalMonths"][2]["excluded"])
    assert told == ["0.00", "0.00", "0.00", "20000.00", "FIELD_HIDDEN", "FIELD_HIDDEN"]


async def test_the_months_of_a_goal_tell_no_check_in_that_is_hidden(company: CompanyFixture, ask: Ask) -> None:
    """What came about in a month is the difference of check-ins; one that was corrected counts no more."""
    unit = await add_unit(company, "HN", "华南")
    owner = await add_person(company, "E1", "李代表", unit=unit)
    (goal,) = await add_goals(company, await add_cycle(company), [(unit, owner)])
    actual = "query ($id: ID!) { goalMonths(goalId: $id) { actual } }"
    told = []
    for value in (None, Decimal("30000.00")):
        if value is not None:
            async with tenant_transaction(company.system):
                await CheckIn.create(goal_id=goal, as_of=date(2026, 3, 20), value=value, confidence=8)
        for seen in (CHECK_IN.fields, CHECK_IN.fields - {"CheckIn.value"}, None):
            reads = [grant("goal:read"), grant("cycle:read")]
            if seen is not None:
                reads.append(grant("check_in:read", fields=sorted(seen | EXCLUSION.fields)))
            await published(company.admin, matrix(reader=reads))
            body = await ask.body(await member(company.tenant_id, "reader"), actual, id=encode_id("Goal", goal))
            told.append(first_code(body) if "errors" in body else body["data"]["goalMonths"][2]["actual"])
    assert told == [None, None, None, "30000.00", "FIELD_HIDDEN", "FIELD_HIDDEN"]


async def test_the_time_of_setting_goals_tells_no_confirmation_that_their_goals_hide(ask: Ask) -> None:
    region, told = await make_region(), []
    for fields in (GOAL.fields, GOAL.fields - {"Goal.confirmedAt"}):
        reads = [grant(f"{each}:read") for each in ("alignment", "proposal")]
        await published(
            region.company.admin, matrix(leveller=[*reads, grant("alignment:level"), grant("goal:read", fields=sorted(fields))])
        )
        body = await ask.body(
            await member(region.company.tenant_id, "leveller"), TIME, id=encode_id("Alignment", region.alignment)
        )
        told.append(first_code(body) if "errors" in body else body["data"]["settingTime"]["units"])
    assert told == [[], "FIELD_HIDDEN"]


@pytest.mark.parametrize("hidden", ["Goal.metric", "Goal.unitOfMeasure", "Goal.parentId", "Goal.cycleId", "Goal.ownerId"])
async def test_peers_of_a_goal_are_not_counted_by_what_is_hidden(company: CompanyFixture, ask: Ask, hidden: str) -> None:
    unit, cycle = await add_unit(company, "GD", "广东"), await add_cycle(company)
    sellers = [await add_person(company, code, code, unit=unit) for code in ("S1", "S2")]
    (goal, _), told = await add_goals(company, cycle, [(unit, seller) for seller in sellers]), []
    for fields in (GOAL.fields, GOAL.fields - {hidden}):
        await published(company.admin, matrix(reader=[grant("goal:read", fields=sorted(fields))]))
        body = await ask.body(await member(company.tenant_id, "reader"), PEERS, id=encode_id("Goal", goal))
        told.append(first_code(body) if "errors" in body else body["data"]["goalTransparency"]["count"])
    assert told == [2, "FIELD_HIDDEN"]


CAME = "query ($id: ID!) { goalTransparency(goalId: $id, by: ATTAINMENT) { derivation value } }"


@pytest.mark.parametrize(
    ("hidden", "lacking"),
    [
        ("Goal.title", set()),
        ("Goal.target", {"target_before", "reason"}),
        ("Goal.weight", {"weight_before"}),
        ("Goal.metricKey", {"metric_key_before"}),
    ],
)
async def test_where_a_goal_comes_from_tells_no_former_value_of_a_field_that_is_hidden(
    company: CompanyFixture, ask: Ask, hidden: str, lacking: set[str]
) -> None:
    unit, cycle = await add_unit(company, "GD", "广东"), await add_cycle(company)
    (goal,) = await add_goals(company, cycle, [(unit, await add_person(company, "S1", "S1", unit=unit))])
    async with tenant_transaction(company.hr):
        await revise_goal(company.hr, goal_id=goal, version=2, target=Decimal("777.00"), reason="由 1200000 改为 777")
    await published(company.admin, matrix(reader=[grant("goal:read", fields=sorted(GOAL.fields - {hidden}))]))
    found = await ask(await member(company.tenant_id, "reader"), CAME, id=encode_id("Goal", goal))
    every = {
        "kind",
        "of",
        "target_before",
        "weight_before",
        "metric_before",
        "metric_key_before",
        "unit_of_measure_before",
        "reason",
    }
    assert set(found["derivation"]) == every - lacking
    assert found["derivation"]["kind"] == "revision"
    assert ("1200000" in str(found["derivation"])) is (hidden != "Goal.target")
