"""Holds and the preview of what is due: who may, what a hold reaches, and that each company sees its own."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.audit.service import verify_chain
from plumb_platform.clock import now
from plumb_platform.database import Database, execute, fetch_value, tenant_transaction
from plumb_platform.errors import Conflict, DomainError
from plumb_platform.telling import Sentence
from plumb_tenants.notifications.service import notify
from plumb_tenants.retention.service import Category, HoldScope, Line, due_rows, lift_hold, place_hold, preview
from support.letters_made import Office, make_office
from support.retention_made import hold, left, publish_rules

LONG_AGO = date(2020, 2, 29)


@pytest.fixture
async def office(database: Database) -> Office:
    """Make an office whose employee left long ago, with an old message of theirs, under rules for both."""
    made = await make_office()
    await publish_rules(made.company.admin, ("MESSAGE", "SHRED", 12), ("PERSON", "PSEUDONYMISE", 24))
    async with tenant_transaction(made.company.hr):
        said = Sentence(zh="旧", en="old")
        people = [each.person_id for each in (made.employee, made.manager) if each.person_id]
        await notify(made.company.hr, people=people, kind="x", object_type="Goal", object_id=made.goal, said=said)
        await execute("update message set created_at = $1", now() - timedelta(days=4000))
    await left(made.company, made.employee, LONG_AGO)
    return made


async def seen(office: Office, category: Category) -> Line:
    async with tenant_transaction(office.company.admin):
        return next(each for each in await preview(office.company.admin) if each.category is category)


async def standing(office: Office) -> list[tuple[int, int]]:
    return [(line.due, line.held) for line in [await seen(office, each) for each in (Category.MESSAGE, Category.PERSON)]]


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"reason": "  "}, "HOLD_REASON_MISSING"),
    ({"reason": "x" * 501}, "HOLD_REASON_MISSING"),
    ({"reason": "a\x00b"}, "HOLD_REASON_MISSING"),
    ({"object_id": None}, "HOLD_OBJECT_UNFIT"),
    ({"scope": HoldScope.COMPANY}, "HOLD_OBJECT_UNFIT"),
    ({"object_id": uuid4()}, "NOT_FOUND"),
]


async def test_a_hold_that_names_nothing_or_no_reason_is_refused(office: Office) -> None:
    async with tenant_transaction(office.company.admin):
        for changes, code in UNFIT:
            given = {"scope": HoldScope.PERSON, "object_id": office.employee.person_id, "reason": "仲裁"} | changes
            with pytest.raises(DomainError) as caught:
                await place_hold(office.company.admin, **given)
            assert caught.value.code == code
        assert await fetch_value("select count(*) from retention_hold") == 0


async def test_only_who_may_hold_holds_and_only_who_may_read_sees_what_is_due(office: Office) -> None:
    for actor in (office.company.hr, office.manager, office.company.auditor):
        async with tenant_transaction(actor):
            with pytest.raises(DomainError) as caught:
                await place_hold(actor, scope=HoldScope.COMPANY, object_id=None, reason="仲裁")
        assert caught.value.code == "FORBIDDEN"
    async with tenant_transaction(office.manager):
        with pytest.raises(DomainError) as caught:
            await preview(office.manager)
        assert caught.value.code == "FORBIDDEN"
        with pytest.raises(DomainError):
            await due_rows(office.manager, category=Category.MESSAGE, first=10)


async def test_a_hold_reaches_what_its_scope_names_and_lifting_it_lets_go(office: Office) -> None:
    assert await standing(office) == [(2, 0), (1, 0)]
    held = await hold(office.company.admin, HoldScope.PERSON, office.employee.person_id)
    assert await standing(office) == [(1, 1), (0, 1)]
    await hold(office.company.admin, HoldScope.CYCLE, office.cycle)  # binds nobody yet: there is no letter
    assert await standing(office) == [(1, 1), (0, 1)]
    whole = await hold(office.company.admin, HoldScope.COMPANY)
    assert await standing(office) == [(0, 2), (0, 1)]
    async with tenant_transaction(office.company.admin):
        for each in (held, whole):
            await lift_hold(office.company.admin, hold_id=each, version=1, reason="结案")
    assert await standing(office) == [(2, 0), (1, 0)]
    async with tenant_transaction(office.company.system):
        assert (await verify_chain(office.company.system)).broken_at is None


async def test_the_rows_that_are_due_come_page_by_page_with_what_is_held(office: Office) -> None:
    await hold(office.company.admin, HoldScope.PERSON, office.employee.person_id)
    admin = office.company.admin
    async with tenant_transaction(admin):
        first = await due_rows(admin, category=Category.MESSAGE, first=1)
        second = await due_rows(admin, category=Category.MESSAGE, first=5, skip=1)
        assert await due_rows(admin, category=Category.MESSAGE, first=5, skip=2) == []
        assert await due_rows(admin, category=Category.SNAPSHOT, first=5) == []
        assert sorted(each.held for each in [*first, *second]) == [False, True]
        (person,) = await due_rows(admin, category=Category.PERSON, first=5)
        assert (person.event_on, person.last_on, person.held) == (LONG_AGO, date(2022, 2, 28), True)
        for size, skip in ((0, 0), (201, 0), (5, -1), (5, 1_000_001)):
            with pytest.raises(DomainError) as caught:
                await due_rows(admin, category=Category.MESSAGE, first=size, skip=skip)
            assert caught.value.code == "RETENTION_PAGE"


async def test_a_hold_is_lifted_once_and_never_changed(office: Office) -> None:
    admin, held = office.company.admin, await hold(office.company.admin, HoldScope.COMPANY)
    async with tenant_transaction(admin):
        with pytest.raises(Conflict):
            await lift_hold(admin, hold_id=held, version=7, reason="结案")
        await lift_hold(admin, hold_id=held, version=1, reason="结案")
        with pytest.raises(DomainError) as caught:
            await lift_hold(admin, hold_id=held, version=2, reason="结案")
        assert caught.value.code == "HOLD_LIFTED"
    for sql in ("update retention_hold set lifted_at = null", "update retention_hold set reason = 'x'"):
        with pytest.raises(Exception, match="never change"):
            async with tenant_transaction(admin):
                await execute(sql)
    with pytest.raises(Exception, match="permission denied"):
        async with tenant_transaction(admin):
            await execute("delete from retention_hold")


async def test_without_rules_of_its_own_a_company_destroys_nothing(database: Database) -> None:
    office = await make_office()
    await left(office.company, office.employee, LONG_AGO)
    async with tenant_transaction(office.company.admin):
        lines = await preview(office.company.admin)
    assert [line.category for line in lines] == list(Category)
    assert {line.action.value for line in lines} == {"KEEP"}
    assert sum(line.due for line in lines) == 0
