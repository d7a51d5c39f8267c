"""Issuing letters on a real database: each refusal changes nothing; numbers, content and superseding (C9, N3)."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.database.connect import url_credentials
from plumb_platform.errors import DomainError, Forbidden, NotFound
from plumb_platform.numbers.canonical import canonical_bytes, sha256_hex
from plumb_platform.settings import Settings
from plumb_tenants.definitions.service import create_definition
from plumb_tenants.letters.models import LetterGoal
from plumb_tenants.letters.rules import LetterState
from plumb_tenants.letters.service import get_letter, issue_letter, issue_letters, list_letters
from support.companies import add_person
from support.goals_made import add_cycle, add_goals, revise
from support.letters_made import BODY, Office, add_template, issued, make_office
from support.refusals import in_full

MARCH = datetime(2026, 3, 2, tzinfo=UTC)
"""Letters are numbered by the year in which they are issued."""


async def refusal(office: Office, goal_ids: list[UUID], template: UUID | None = None, *, actor: Any = None) -> DomainError:
    """Return the refusal of an issue, after checking that it wrote nothing."""
    who = actor or office.company.hr
    before = await counts(office)
    with pytest.raises(DomainError) as refused:
        async with tenant_transaction(who):
            await issue_letter(who, goal_ids=goal_ids, template_version_id=template or office.template)
    assert await counts(office) == before
    return refused.value


async def counts(office: Office) -> tuple[int, int, int]:
    async with tenant_transaction(office.company.system):
        return (
            await fetch_value("select count(*) from letter"),
            await fetch_value("select count(*) from audit_entry"),
            await fetch_value("select coalesce(sum(value), 0)::int from counter"),
        )


async def test_an_employee_may_not_issue(office: Office) -> None:
    assert isinstance(await refusal(office, [office.goal], actor=office.employee), Forbidden)


@pytest.mark.parametrize("count", [0, 2, 101])
async def test_no_goals_a_goal_twice_and_too_many_goals_are_refused(office: Office, count: int) -> None:
    goals = [office.goal] * count if count < 100 else [uuid4() for _ in range(count)]
    error = await refusal(office, goals)
    assert (error.code, error.field) == ("LETTER_GOALS_INVALID", "goalIds")


async def test_an_unknown_and_a_foreign_goal_and_template_are_answered_alike(office: Office) -> None:
    other = await make_office()
    answers = {(e.code, e.field) for e in [await refusal(office, [goal]) for goal in (uuid4(), other.goal)]}
    assert answers == {("NOT_FOUND", "goalIds[0]")}
    answers = {(e.code, e.field) for e in [await refusal(office, [office.goal], t) for t in (uuid4(), other.template)]}
    assert answers == {("NOT_FOUND", "templateVersionId")}


async def test_an_unconfirmed_goal_is_refused(office: Office) -> None:
    (goal,) = await add_goals(office.company, office.cycle, [(office.unit, office.employee)], confirmed=False)
    assert (await refusal(office, [office.goal, goal])).code == "GOAL_NOT_CONFIRMED"


async def test_goals_of_two_owners_or_two_cycles_are_refused(office: Office) -> None:
    (other,) = await add_goals(office.company, office.cycle, [(office.unit, office.manager)])
    (later,) = await add_goals(office.company, await add_cycle(office.company, "2027"), [(office.unit, office.employee)])
    assert (await refusal(office, [office.goal, other])).code == "LETTER_ONE_OWNER"
    assert (await refusal(office, [office.goal, later])).code == "LETTER_ONE_OWNER"


async def test_an_employee_without_a_manager_is_named(office: Office) -> None:
    (goal,) = await add_goals(office.company, office.cycle, [(office.unit, office.manager)])
    error = await refusal(office, [goal])
    assert error.code == "LETTER_NEEDS_MANAGER"
    assert in_full(error, "zh-CN") == "员工 M1 李建国 没有在职的直属上级，无法签发责任书。"


async def test_a_draft_and_a_template_of_another_kind_are_refused(office: Office) -> None:
    async with tenant_transaction(office.company.hr):
        draft = await create_definition(office.company.hr, kind="letter", key="draft", name="草稿", body=BODY)
    assert (await refusal(office, [office.goal], draft.id)).code == "VERSION_NOT_PUBLISHED"


async def test_a_company_without_a_signing_key_cannot_issue(office: Office) -> None:
    async with tenant_transaction(office.company.system):
        await execute("update signing_key set active = false")
    assert (await refusal(office, [office.goal])).code == "NO_SIGNING_KEY"


@pytest.mark.parametrize("character", ["\u202e", "\ue000", "\x07"])
async def test_a_character_that_is_never_printed_is_refused_before_anybody_signs(office: Office, character: str) -> None:
    (goal,) = await add_goals(office.company, office.cycle, [(office.unit, office.employee)], title=f"销售额{character}001")
    error = await refusal(office, [goal])
    assert (error.code, error.values["codepoint"]) == ("MISSING_GLYPH", f"U+{ord(character):04X}")


async def test_two_patterns_that_write_one_number_never_give_it_twice(office: Office) -> None:
    numbers = []
    for place, pattern in enumerate(("Y-{seq:06}", "Y-{seq:6}", "Y-{seq:06}")):
        cycle = await add_cycle(office.company, code=f"2{place}")
        (goal,) = await add_goals(office.company, cycle, [(office.unit, office.employee)])
        template = await add_template(office.company, BODY | {"number_pattern": pattern}, key=f"pattern-{place}")
        numbers.append((await issued(office.company.hr, goal, template)).number)
    assert numbers == ["Y-000001", "Y-000002", "Y-000003"]


async def test_a_goal_version_is_bound_by_one_letter(office: Office) -> None:
    letter = await office.issued()
    error = await refusal(office, [office.goal])
    assert (error.code, error.field, error.values["number"]) == ("LETTER_EXISTS", "goalIds[0]", letter.number)


@pytest.mark.usefixtures("database")
async def test_an_issued_letter_holds_the_confirmed_numbers_in_canonical_bytes() -> None:
    with clock_at(MARCH):
        office = await make_office()
        letter = await office.issued()
    facts = json.loads(letter.canonical)
    assert canonical_bytes(facts).decode() == letter.canonical
    assert sha256_hex(letter.canonical.encode()) == letter.canonical_sha256
    assert (letter.state, letter.version, letter.number) == ("ISSUED", 1, "ZRS-2026-000001")
    (goal,) = facts["goals"]
    assert (goal["id"], goal["target"], goal["weight"]) == (str(office.goal), "1200000.00", "100.00")
    assert goal["months"] == ["100000.00"] * 12
    assert facts["parties"]["employee"]["name"] == "张伟"
    assert facts["parties"]["manager"]["name"] == "李建国"
    assert facts["period"] == {"starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    assert facts["verify_code"] == letter.verify_code
    assert letter.content["rights_and_duties"] == [
        "张伟须在2026 年 1 月 1 日 至 2026 年 12 月 31 日内完成本责任书所列目标。",
        "每月 5 日前向李建国书面报告进度。",
        "张伟有权要求华南医疗器械有限公司提供必要的资源。",
    ]
    async with tenant_transaction(office.company.hr):
        assert await LetterGoal.filter(letter_id=letter.id).values_list("goal_id", flat=True) == [office.goal]


@pytest.mark.usefixtures("database")
async def test_numbers_count_without_gaps_and_refused_letters_take_none() -> None:
    with clock_at(MARCH):
        office = await make_office()
        (goal,) = await add_goals(office.company, office.cycle, [(office.unit, office.employee)])
        first = await office.issued()
        await refusal(office, [office.goal])
        second = await issued(office.company.hr, goal, office.template)
    assert (first.number, second.number) == ("ZRS-2026-000001", "ZRS-2026-000002")
    other = await add_template(office.company, BODY | {"number_pattern": "B{seq}"}, key="other")
    (goal,) = await add_goals(office.company, office.cycle, [(office.unit, office.employee)])
    assert (await issued(office.company.hr, goal, other)).number == "B1"


async def test_the_database_refuses_to_change_what_was_issued(office: Office, settings: Settings) -> None:
    letter = await office.issued()
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        for change in ("canonical = '{}'", "content = '{}'", "employee_id = manager_id", "verify_code = 'x'"):
            with pytest.raises(asyncpg.RestrictViolationError):
                await connection.execute(f"update letter set {change} where id = $1", letter.id)
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("delete from letter_goal where letter_id = $1", letter.id)
    finally:
        await connection.close()


async def test_a_revised_goal_makes_the_letter_superseded_and_a_new_one_takes_its_place(office: Office) -> None:
    old = await office.issued()
    await revise(office.company, office.goal, Decimal("1300000.00"))
    async with tenant_transaction(office.employee):
        row = await get_letter(office.employee, old.id)
    assert (row.state, row.stored_state) == (LetterState.SUPERSEDED, LetterState.ISSUED)
    async with tenant_transaction(office.company.system):
        await execute("update goal set state = 'CONFIRMED'")
        await execute("update goal_version set confirmed_at = now() where number = 2")
    new = await issued(office.company.hr, office.goal, office.template)
    async with tenant_transaction(office.employee):
        rows = await list_letters(office.employee)
    assert [(row.id, row.state, row.superseded_by) for row in rows] == [
        (new.id, LetterState.ISSUED, None),
        (old.id, LetterState.SUPERSEDED, new.id),
    ]


async def test_letters_for_a_whole_cycle_leave_out_who_has_one_and_name_who_cannot(office: Office) -> None:
    people = [await add_person(office.company, f"N{n}", f"员工{n}", unit=office.unit, manager=office.manager) for n in range(3)]
    await add_goals(office.company, office.cycle, [(office.unit, each) for each in people])
    await add_goals(office.company, office.cycle, [(office.unit, people[2])], confirmed=False)
    await add_goals(office.company, office.cycle, [(office.unit, office.manager)])
    await office.issued()
    async with tenant_transaction(office.company.hr):
        items = await issue_letters(office.company.hr, cycle_id=office.cycle, template_version_id=office.template)
    outcome = {item.employee_id: item.refusal.code if item.refusal else "ISSUED" for item in items}
    assert outcome == {
        people[0].person_id: "ISSUED",
        people[1].person_id: "ISSUED",
        people[2].person_id: "GOAL_NOT_CONFIRMED",
        office.manager.person_id: "LETTER_NEEDS_MANAGER",
    }
    async with tenant_transaction(office.company.hr):
        again = await issue_letters(office.company.hr, cycle_id=office.cycle, template_version_id=office.template)
    assert [item.letter_id for item in again] == [None, None]


async def test_people_see_their_own_letters_and_managers_those_of_their_people(office: Office) -> None:
    letter = await office.issued()
    stranger = await add_person(office.company, "S1", "陌生人", unit=office.unit)
    other = await make_office()
    for actor, sees in (
        (stranger, False),
        (other.company.admin, False),
        (office.employee, True),
        (office.manager, True),
        (office.company.auditor, True),
    ):
        async with tenant_transaction(actor):
            assert bool(await list_letters(actor)) is sees
            if not sees:
                with pytest.raises(NotFound):
                    await get_letter(actor, letter.id)
