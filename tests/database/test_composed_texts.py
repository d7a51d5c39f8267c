"""Names that were stored before texts were taken as they are seen are found as they are read, over GraphQL, once migrated."""

from unicodedata import normalize

import pytest

from plumb_platform.database import Database, execute, fetch, tenant_transaction
from plumb_platform.settings import Settings
from support.asking import Ask
from support.goals_made import add_cycle, add_goals
from support.migrated import migrate_again
from support.office import Office, make_office
from support.surveys_made import fill_surveys
from support.team import make_team

MIGRATION = "0064_composed_texts"
GOALS = "query ($where: GoalFilter) { goals(where: $where) { edges { node { title owner { name } } } } }"
LOOKS_FOR = ({"title": {"eq": "Objectif été"}}, {"title": {"contains": "été"}}, {"owner": {"name": {"startsWith": "Renée"}}})
STATE = "select title, version from goal order by id"


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office()


async def store_as_a_mac_sent_it(office: Office) -> None:
    """Store a title in two code points for each accent and a zero-width space, and a name, as they were kept once."""
    async with tenant_transaction(office.company.system):
        await execute("update goal set title = $1", normalize("NFD", "Objectif été") + "\u200b")
        await execute("update person set name = $1 where id = $2", normalize("NFD", "Renée"), office.clerk.person_id)


async def test_names_in_two_code_points_are_found_as_they_are_read_and_nobody_elses_change(
    settings: Settings, ask: Ask, office: Office
) -> None:
    others = await make_office()
    for each in (office, others):
        await add_goals(each.company, await add_cycle(each.company), [(each.below, each.clerk)], title="目标 𠮷")
    await store_as_a_mac_sent_it(office)
    for where in LOOKS_FOR:
        assert await ask.nodes(office.company.hr, GOALS, where=where) == []
    for _ in range(2):
        await migrate_again(settings, MIGRATION)
        for where in LOOKS_FOR:
            found = await ask.nodes(office.company.hr, GOALS, where=where)
            assert found == [{"title": "Objectif été", "owner": {"name": "Renée"}}]
    (untouched,) = await ask.nodes(others.company.hr, GOALS, where={})
    assert untouched["title"] == "目标 𠮷"


async def test_what_shows_nothing_at_all_or_would_not_fit_stays_and_the_migration_passes(
    settings: Settings, office: Office
) -> None:
    cycle = await add_cycle(office.company)
    await add_goals(office.company, cycle, [(office.below, office.clerk)] * 2, title="目标")
    longer = "\u0958" * 200
    async with tenant_transaction(office.company.system):
        first, second = await fetch("select id from goal order by id")
        await execute("update goal set title = $1 where id = $2", "\u200b\u200b", first["id"])
        await execute("update goal set title = $1 where id = $2", longer, second["id"])
        before = await fetch(STATE)
    assert len(normalize("NFC", longer)) == 400
    await migrate_again(settings, MIGRATION)
    async with tenant_transaction(office.company.system):
        assert await fetch(STATE) == before


async def test_a_survey_that_is_closed_keeps_its_title_and_holds_nothing_up(settings: Settings, database: Database) -> None:
    team = await make_team()
    company, title = team.company, normalize("NFD", "Résultats")
    await fill_surveys(company.admin, team.owner)
    async with tenant_transaction(company.system):
        await execute("update survey set title = $1", title)
        await execute("update survey set closed_at = now()")
    await migrate_again(settings, MIGRATION)
    async with tenant_transaction(company.system):
        assert {row["title"] for row in await fetch("select title from survey")} == {title}
