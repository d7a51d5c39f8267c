"""Pilots, waves and milestones of a version (C23, C38)."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.exceptions import BaseORMException

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import Database, execute, fetch, tenant_transaction
from plumb_platform.errors import NotFound
from plumb_schema.ground.ids import encode_id
from plumb_tenants.definitions import service
from plumb_tenants.definitions.kinds import Kind
from support.asking import Ask
from support.companies import CompanyFixture, add_person, add_unit, make_company, member
from support.share_definitions import body, draft, published, refused

READ = """query ($id: ID!) { definitionVersion(id: $id) { state number waves { number unitName startsOn }
  milestones { day plannedOn reachedOn daysLate note } } definitions(where: {kind: {eq: "shares"}}) {
  edges { node { versions { number state } } } } }"""


def at(month: int, day: int) -> Any:
    return clock_at(datetime(2026, month, day, 4, tzinfo=UTC))


@pytest.fixture
async def company(database: Database, shares_kind: Kind) -> CompanyFixture:
    """Make a company with two cities, a district of the first, and a region above neither."""
    company = await make_company()
    await add_unit(company, "CD", "成都")
    await add_unit(company, "MY", "绵阳")
    await add_unit(company, "XJ", "新津", parent=company.units["CD"])
    await add_unit(company, "GY", "广元")
    return company


async def effective(company: CompanyFixture, *codes: str) -> list[int | None]:
    """Return the version that holds in each unit; `-` stands for no unit."""
    found = []
    async with tenant_transaction(company.system):
        for code in codes:
            version = await service.effective_version(
                company.system, kind="shares", key="annual", unit_id=company.units.get(code)
            )
            found.append(version.number if version else None)
    return found


async def piloted(company: CompanyFixture, *codes: str, starts_on: date | None = None) -> service.DefinitionVersion:
    """Publish version 1 for all and put version 2 into pilot."""
    first = await published(company.hr)
    async with tenant_transaction(company.hr):
        second = await service.new_draft(company.hr, first.definition_id)
        await service.update_draft(company.hr, second.id, body=body("30.00", "70.00"), version=1)
        units = [company.units[code] for code in codes]
        return await service.start_pilot(company.hr, second.id, version=2, unit_ids=units, starts_on=starts_on)


async def test_a_version_in_pilot_holds_in_the_chosen_units_and_below_them_from_its_day_on(company: CompanyFixture) -> None:
    with at(3, 1):
        made = await piloted(company, "CD", "MY", starts_on=date(2026, 3, 14))
        assert (made.state, made.number) == ("PILOT", 2)
        assert await effective(company, "CD", "MY", "XJ", "GY", "-") == [1, 1, 1, 1, 1]
    with at(3, 14):
        assert await effective(company, "CD", "MY", "XJ", "GY", "-") == [2, 2, 2, 1, 1]
        async with tenant_transaction(company.hr):
            await service.add_wave(company.hr, made.id, unit_ids=[company.units["GY"]], starts_on=date(2026, 3, 20))
        assert await effective(company, "GY", "-") == [1, 1]
    with at(3, 20):
        assert await effective(company, "GY", "-") == [2, 1]


async def test_promotion_copies_nothing_and_changes_the_scope_only(company: CompanyFixture) -> None:
    with at(3, 14):
        made = await piloted(company, "CD")
    async with tenant_transaction(company.hr):
        before = await fetch("select * from definition_version where definition_id = $1 order by id", made.definition_id)
    with at(3, 22):
        async with tenant_transaction(company.hr):
            await service.publish_version(company.hr, made.id, version=3, effective_from=date(2026, 4, 1))
        # The pilot's units go on; all others follow on the day of the promotion.
        assert await effective(company, "CD", "GY", "-") == [2, 1, 1]
    with at(4, 1):
        assert await effective(company, "CD", "GY", "-") == [2, 2, 2]
    async with tenant_transaction(company.hr):
        after = await fetch("select * from definition_version where definition_id = $1 order by id", made.definition_id)
    assert [row["id"] for row in after] == [row["id"] for row in before]
    changed = {name for name in after[1] if after[1][name] != before[1][name]}
    assert changed == {"state", "published_at", "effective_from", "version"}
    assert after[0] == before[0]


async def test_units_outside_the_wave_neither_use_nor_see_a_version_in_pilot(company: CompanyFixture, ask: Ask) -> None:
    managers = [await add_person(company, code, code, unit=company.units[code], roles=("manager",)) for code in ("XJ", "GY")]
    with at(3, 14):
        made = await piloted(company, "CD")
        for code, error in (("XJ", None), ("GY", "VERSION_NOT_IN_WAVE"), ("-", "VERSION_NOT_IN_WAVE")):
            unit_id = company.units.get(code)
            act = using(company.hr, made.id, unit_id)
            assert (await refused(company, company.hr, act)).code == error if error else (await used(company, act)).number == 2
        inside, outside = managers
        for actor, sees in ((inside, True), (outside, False), (company.hr, True), (company.auditor, True)):
            found = (await ask.body(actor, READ, id=encode_id("DefinitionVersion", made.id)))["data"]
            assert (found["definitionVersion"] is not None) == sees
            (edge,) = found["definitions"]["edges"]
            assert [version["number"] for version in edge["node"]["versions"]] == ([2, 1] if sees else [1])
        for act in (
            lambda: service.lint_version(outside, made.id),
            lambda: service.diff_versions(outside, made.id, made.id),
        ):
            assert isinstance(await refused(company, outside, act), NotFound)


def using(actor: Actor, version_id: UUID, unit_id: UUID | None) -> Callable[[], Any]:
    return lambda: service.published_version(actor, version_id, kind="shares", unit_id=unit_id)


async def used(company: CompanyFixture, act: Callable[[], Any]) -> service.PublishedVersion:
    async with tenant_transaction(company.hr):
        found: service.PublishedVersion = await act()
        return found


async def test_a_pilot_that_failed_ends_and_what_it_made_stays(company: CompanyFixture) -> None:
    with at(3, 14):
        made = await piloted(company, "CD")
        async with tenant_transaction(company.hr):
            await service.archive_version(company.hr, made.id, version=3)
            assert (await service.pinned_version(company.hr, made.id, kind="shares")).number == 2
        assert await effective(company, "CD") == [1]
        error = await refused(company, company.hr, using(company.hr, made.id, company.units["CD"]))
        assert error.code == "VERSION_NOT_PUBLISHED"


async def test_milestones_count_from_t_plus_0_and_tell_how_late_each_was(company: CompanyFixture, ask: Ask) -> None:
    with at(3, 24):
        made = await piloted(company, "CD")

        async def reached(day: int, on: date, note: str = "") -> None:
            await service.record_milestone(company.hr, made.id, day=day, reached_on=on, note=note)

        start = date(2026, 3, 2)
        error = await refused(company, company.hr, lambda: reached(6, date(2026, 3, 8)))
        assert error.code == "MILESTONE_START_MISSING"
        async with tenant_transaction(company.hr):
            for day, on in ((0, start), (6, date(2026, 3, 8)), (13, date(2026, 3, 16)), (21, date(2026, 3, 23))):
                await reached(day, on, note="试点" if day == 13 else "")
        for day, on, code in (
            (6, start, "MILESTONE_RECORDED"),
            (-1, start, "MILESTONE_DAY_INVALID"),
            (731, start, "MILESTONE_DAY_INVALID"),
            (30, date(2026, 3, 25), "MILESTONE_DAY_INVALID"),
        ):
            error = await refused(company, company.hr, partial(reached, day, on))
            assert (error.code, error.field) == (code, "day")
    answer = await ask.body(company.hr, READ, id=encode_id("DefinitionVersion", made.id))
    found = answer["data"]["definitionVersion"]["milestones"]
    assert [(each["day"], each["plannedOn"], each["daysLate"], each["note"]) for each in found] == [
        (0, "2026-03-02", 0, ""),
        (6, "2026-03-08", 0, ""),
        (13, "2026-03-15", 1, "试点"),
        (21, "2026-03-23", 0, ""),
    ]


async def test_a_wave_of_nobody_of_strangers_or_of_units_that_came_before_is_refused(company: CompanyFixture) -> None:
    made = await piloted(company, "CD")
    other = await make_company("另一家公司")
    stranger, mine = await add_unit(other, "CD", "成都"), company.units["MY"]

    async def wave(*unit_ids: UUID) -> None:
        await service.add_wave(company.hr, made.id, unit_ids=unit_ids)

    for units, code, field in (
        ((), "WAVE_UNITS_INVALID", "unitIds"),
        ((mine, mine), "WAVE_UNITS_INVALID", "unitIds"),
        ((mine, stranger), "NOT_FOUND", "unitIds[1]"),
        ((uuid4(),), "NOT_FOUND", "unitIds[0]"),
        ((mine, company.units["CD"]), "WAVE_UNIT_TWICE", "unitIds[1]"),
    ):
        error = await refused(company, company.hr, partial(wave, *units))
        assert (error.code, error.field) == (code, field)
    plain = await draft(company.hr, key="other")
    error = await refused(company, company.hr, lambda: service.add_wave(company.hr, plain.id, unit_ids=[mine]))
    assert error.code == "VERSION_NOT_PILOTED"


async def test_what_holds_for_the_whole_company_at_once_has_no_pilot(company: CompanyFixture) -> None:
    async with tenant_transaction(company.admin):
        made = await service.create_definition(company.admin, kind="review", key="default", name="x", body={"rules": []})
    units = [company.units["CD"]]
    act = lambda: service.start_pilot(company.admin, made.id, version=1, unit_ids=units)  # noqa: E731
    assert (await refused(company, company.admin, act)).code == "KIND_HAS_NO_PILOT"


async def test_the_database_keeps_a_version_in_pilot_as_it_is(company: CompanyFixture) -> None:
    made = await piloted(company, "CD")
    for change in (
        "body = '{}'",
        "state = 'DRAFT'",
        "state = 'IN_REVIEW'",
        "effective_from = '2020-01-01'",
        "state = 'PUBLISHED', body = '{}'",
        "state = 'PUBLISHED', number = 9",
        "state = 'ARCHIVED', note = 'x'",
    ):
        with pytest.raises(BaseORMException, match="never changes"):
            async with tenant_transaction(company.hr):
                await execute(f"update definition_version set {change} where id = $1", made.id)


async def test_a_pilot_needs_the_review_that_publishing_needs(company: CompanyFixture) -> None:
    second = await make_reviewers(company)
    made = await draft(company.hr)
    units = [company.units["CD"]]
    error = await refused(company, company.hr, lambda: service.start_pilot(company.hr, made.id, version=1, unit_ids=units))
    assert error.code == "REVIEW_REQUIRED"
    async with tenant_transaction(company.hr):
        await service.submit_for_review(company.hr, made.id, version=1)
    async with tenant_transaction(second):
        await service.approve_version(second, made.id)
    async with tenant_transaction(company.hr):
        assert (await service.start_pilot(company.hr, made.id, version=2, unit_ids=units)).state == "PILOT"
        # What was reviewed for the pilot is what is promoted.
        assert (await service.publish_version(company.hr, made.id, version=3)).state == "PUBLISHED"


async def make_reviewers(company: CompanyFixture) -> Actor:
    second = await member(company.tenant_id, "hr")
    async with tenant_transaction(company.admin):
        rules = {"rules": [{"kind": "shares", "roles": ["hr"]}]}
        made = await service.create_definition(company.admin, kind="review", key="default", name="x", body=rules)
        await service.publish_version(company.admin, made.id, version=1)
    return second
