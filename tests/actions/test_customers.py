"""Customers: imported under the company's own codes, the same rows twice change nothing, a wrong row nothing at all."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.actions.service import CustomersImported, NewCustomer
from plumb_tenants.metrics.service import SubjectKind, read_value, value_between
from support.actions_made import CLINIC, HOSPITALS, bring
from support.metrics_made import observed, publish_library, say
from support.team import Team

STATE = "select md5(string_agg(c::text, ',' order by c.id)) || (select count(*) from audit_entry) from customer c"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"code": " "}, "CUSTOMER_TEXT_INVALID", "customers[1].code"),
        ({"name": ""}, "CUSTOMER_TEXT_INVALID", "customers[1].name"),
        ({"grade": "x" * 41}, "CUSTOMER_TEXT_INVALID", "customers[1].grade"),
        ({"contact_roles": ("",)}, "CUSTOMER_TEXT_INVALID", "customers[1].contactRoles"),
        ({"owner_number": "E9"}, "CUSTOMER_OWNER_UNKNOWN", "customers[1].ownerNumber"),
        ({"code": "N1"}, "CUSTOMER_TWICE", "customers[1].code"),
    ],
)
async def test_a_wrong_customer_is_refused_by_its_place_and_the_others_with_it(
    team: Team, changes: dict[str, Any], code: str, field: str
) -> None:
    async with tenant_transaction(team.company.hr):
        before = await fetch_value(STATE)
    facts: dict[str, Any] = {"code": "N2", "name": "新客户"}
    with pytest.raises(DomainError) as caught:
        await bring(team.company.hr, NewCustomer(code="N1", name="新客户"), NewCustomer(**facts | changes))
    assert (caught.value.code, caught.value.field) == (code, field)
    async with tenant_transaction(team.company.hr):
        assert await fetch_value(STATE) == before


async def test_who_may_not_import_imports_nothing(team: Team) -> None:
    for actor in (team.owner, team.manager):
        with pytest.raises(DomainError) as caught:
            await bring(actor, CLINIC)
        assert caught.value.code == "FORBIDDEN"


async def test_the_same_customers_again_change_nothing_and_a_new_owner_is_a_change(team: Team) -> None:
    hr = team.company.hr
    assert await bring(hr, *HOSPITALS, CLINIC) == CustomersImported(0, 0, 6)
    moved = NewCustomer(code="C1", name="门诊", grade="二级", contact_roles=("主任",), owner_number="E2")
    assert await bring(hr, moved, HOSPITALS[0], NewCustomer(code="N1", name="新客户")) == CustomersImported(1, 1, 1)
    async with tenant_transaction(hr):
        rows = await fetch("select code, version, owner_id, unit_id from customer where code in ('C1', 'H1', 'N1') order by code")
    owner, colleague = team.owner.person_id, team.colleague.person_id
    assert [tuple(row.values()) for row in rows] == [
        ("C1", 2, colleague, team.unit),
        ("H1", 1, owner, team.unit),
        ("N1", 1, None, None),
    ]


async def test_a_customer_is_a_subject_of_observations_for_whom_its_owner_may_read(team: Team) -> None:
    hr, day = team.company.hr, date(2026, 3, 2)
    await publish_library(hr, "revenue")
    await say(hr, observed("R1", "revenue", "H1", day, "7.00", subject_kind=SubjectKind.CUSTOMER))
    asked: dict[str, Any] = {"metric_key": "revenue", "starts_on": day, "ends_on": day}
    found = []
    for actor in (team.owner, team.manager, hr):
        async with tenant_transaction(actor):
            found.append(await read_value(actor, subject=(SubjectKind.CUSTOMER, "H1"), **asked))
    assert [each.value for each in found] == [Decimal("7.00")] * 3
    async with tenant_transaction(team.colleague):
        with pytest.raises(DomainError) as caught:
            await read_value(team.colleague, subject=(SubjectKind.CUSTOMER, "H1"), **asked)
        assert caught.value.code == "NOT_FOUND"
        by_id = await value_between(team.colleague, subject_id=found[0].subject.id, **asked)
    assert by_id is not None
    assert by_id.value == Decimal("7.00")
