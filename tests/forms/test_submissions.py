"""Drafts, synced figures, submitting for ever under one version, and the answers per field (A1, A45, C3)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.exceptions import BaseORMException

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch_one, tenant_transaction
from plumb_platform.errors import Conflict, DomainError, NotFound
from plumb_tenants.definitions.service import archive_version, create_definition, new_draft, publish_version, update_draft
from plumb_tenants.forms import service
from support.companies import member
from support.forms_made import PROPOSAL, SYNCED, Office


async def refused(office: Office, act: Any) -> DomainError:
    """Return why an act was refused; no submission and no audit entry may have changed."""
    sql = "select (select md5(string_agg(s::text, '' order by id)) from submission s) || (select max(number) from audit_entry)"
    before = await office.value(sql)
    with pytest.raises(DomainError) as caught:
        await act()
    assert await office.value(sql) == before
    return caught.value


async def row(office: Office, submission: UUID) -> dict[str, Any]:
    async with tenant_transaction(office.company.system):
        found = await fetch_one("select state, version, values::text, fed::text from submission where id = $1", submission)
    assert found is not None
    return found


async def test_a_value_sent_for_a_synced_figure_is_refused_and_the_latest_one_is_shown_with_its_instant(office: Office) -> None:
    await office.feed("crm.customers", "S1", "11", SYNCED - timedelta(days=1))
    await office.feed("crm.customers", "S1", "12", SYNCED)
    await office.feed("crm.customers", "S2", "99", SYNCED)
    await office.feed("crm.follow_ups", "S2", "7", SYNCED)
    error = await refused(office, lambda: office.start({"客户数": "99", "申报值": "1"}))
    assert (error.code, error.field) == ("FORM_FIELD_NOT_WRITABLE", "客户数")
    answers = await office.validate({"申报值": "1"})
    by_path = {state.path: state for state in answers.evaluation.states}
    assert (by_path["客户数"].value, by_path["客户数"].read_only, answers.fed["客户数"].as_of) == ("12", True, SYNCED)
    assert (by_path["跟进次数"].value, "跟进次数" in answers.fed) == (None, False)
    later = SYNCED + timedelta(hours=1)
    await office.feed("crm.follow_ups", "S1", "31", later)
    error = await refused(office, lambda: office.start({"跟进次数": "99", "申报值": "1"}))
    assert (error.code, error.field) == ("FORM_FIELD_NOT_WRITABLE", "跟进次数")
    answers = await office.validate({"申报值": "1"})
    (followed,) = [state for state in answers.evaluation.states if state.path == "跟进次数"]
    assert (followed.value, followed.read_only, answers.fed["跟进次数"].as_of) == ("31", True, later)


async def test_what_was_submitted_keeps_the_figures_of_its_moment(office: Office) -> None:
    await office.feed("crm.customers", "S1", "12")
    submission = await office.submit({"申报值": "1200"})
    await office.feed("crm.customers", "S1", "13", SYNCED + timedelta(days=1))
    kept = await row(office, submission)
    assert kept["values"] == '{"月均": "100.00", "客户数": "12", "申报值": "1200.00"}'
    assert kept["fed"] == '{"客户数": {"as_of": "2026-03-01T01:00:00+00:00", "value": "12"}}'


@pytest.mark.parametrize(
    ("figures", "code", "field"),
    [
        ([("S9", "1", SYNCED)], "FEED_PERSON_UNKNOWN", "figures[0].personNumber"),
        ([("S1", "1.00001", SYNCED)], "FEED_VALUE_INVALID", "figures[0].value"),
        ([("S1", "NaN", SYNCED)], "FEED_VALUE_INVALID", "figures[0].value"),
        ([("S1", "12", SYNCED), ("S2", "1", datetime(2999, 1, 1, tzinfo=UTC))], "FEED_AS_OF_FUTURE", "figures[1].asOf"),
        ([("S2", "1", SYNCED), ("S1", "13", SYNCED)], "FEED_VALUE_TAKEN", "figures[1].value"),
        ([], "FEED_TOO_LARGE", "figures"),
    ],
)
async def test_a_feed_with_one_wrong_figure_records_none(office: Office, figures: Any, code: str, field: str) -> None:
    assert await office.feed("crm.customers", "S1", "12") == 1
    assert await office.feed("crm.customers", "S1", "12") == 0
    given = [service.Figure(number, Decimal(value), at) for number, value, at in figures]

    async def record() -> None:
        async with tenant_transaction(office.hr):
            await service.record_fed_values(office.hr, feed="crm.customers", figures=given)

    error = await refused(office, record)
    assert (error.code, error.field) == (code, field)
    assert await office.value("select count(*) from feed_value") == 1


async def test_an_incomplete_draft_is_kept_and_cannot_be_submitted(office: Office) -> None:
    draft = await office.start({"申报值": "100000", "协作人": "nobody"})

    async def submit() -> None:
        async with tenant_transaction(office.seller):
            await service.submit(office.seller, submission_id=draft, version=1)

    error = await refused(office, submit)
    assert (error.code, error.field) == ("FORM_FIELD_REQUIRED", "说明")
    kept = await row(office, draft)
    assert (kept["state"], kept["values"]) == ("DRAFT", '{"协作人": "nobody", "申报值": "100000.00"}')


async def test_a_value_that_cannot_be_kept_is_refused_in_a_draft_too(office: Office) -> None:
    for values, code, field in (
        ({"申报值": "1.001"}, "FORM_VALUE_TYPE", "申报值"),
        ({"申报值": 1.5}, "FORM_VALUES_INVALID", "values"),
        ([1], "FORM_VALUES_INVALID", "values"),
        ({"说明": "x" * 300_000}, "FORM_VALUES_INVALID", "values"),
        ({"别的": "1"}, "FORM_FIELD_UNKNOWN", "别的"),
    ):
        error = await refused(office, lambda values=values: office.start(values))
        assert (error.code, error.field) == (code, field)


async def test_a_hidden_value_is_dropped_and_the_condition_is_judged_anew_on_submitting(office: Office) -> None:
    draft = await office.start({"申报值": "100000", "说明": "两家新客户"})
    async with tenant_transaction(office.seller):
        await service.save_submission(office.seller, submission_id=draft, version=1, values={"申报值": "99999.99", "说明": "旧"})
        await service.submit(office.seller, submission_id=draft, version=2)
    kept = await row(office, draft)
    assert (kept["state"], kept["version"]) == ("SUBMITTED", 3)
    assert kept["values"] == '{"月均": "8333.33", "申报值": "99999.99"}'


async def test_what_was_submitted_never_changes_by_whatever_way(office: Office) -> None:
    submission = await office.submit({"申报值": "1"})

    async def save() -> None:
        async with tenant_transaction(office.seller):
            await service.save_submission(office.seller, submission_id=submission, version=2, values={"申报值": "2"})

    assert (await refused(office, save)).code == "SUBMISSION_FINAL"
    for sql in ("update submission set values = '{}'", "delete from submission"):
        with pytest.raises(BaseORMException):
            async with tenant_transaction(office.company.system):
                await execute(sql)


async def test_a_draft_never_moves_to_another_version(office: Office) -> None:
    draft = await office.start({"申报值": "1"})
    with pytest.raises(BaseORMException):
        async with tenant_transaction(office.company.system):
            await execute("update submission set definition_version_id = $1 where id = $2", uuid4(), draft)


async def test_a_stale_save_is_a_conflict_and_a_stranger_finds_nothing(office: Office) -> None:
    draft = await office.start({"申报值": "1"})

    async def save(actor: Actor, version: int) -> None:
        async with tenant_transaction(actor):
            await service.save_submission(actor, submission_id=draft, version=version, values={"申报值": "2"})

    error = await refused(office, lambda: save(office.seller, 7))
    assert isinstance(error, Conflict)
    assert error.current_version == 1
    # Reading is one thing: the manager may. Filling in is its person's alone.
    for stranger in (office.newcomer, office.manager, office.company.admin):
        assert isinstance(await refused(office, lambda stranger=stranger: save(stranger, 1)), NotFound)


async def test_an_account_without_an_employee_cannot_fill_in(office: Office) -> None:
    nobody = await member(office.company.tenant_id, "employee")
    assert (await refused(office, lambda: office.start({"申报值": "1"}, actor=nobody))).code == "FORM_PERSON_MISSING"


async def test_a_draft_keeps_its_version_when_the_form_goes_on_and_is_archived(office: Office) -> None:
    draft = await office.start({"申报值": "5"})
    hr = office.hr
    async with tenant_transaction(hr):
        definition = (await fetch_one("select definition_id from definition_version where id = $1", office.form) or {})[
            "definition_id"
        ]
        newer = await new_draft(hr, definition)
        fields = [*PROPOSAL["fields"], {"key": "新字段", "type": "text", "label": "新字段", "required": True}]
        changed = await update_draft(hr, newer.id, body=PROPOSAL | {"fields": fields}, version=newer.version)
        second = await publish_version(hr, changed.id, version=changed.version)
        await archive_version(hr, office.form, version=2)
    assert (await refused(office, lambda: office.start({"申报值": "5"}))).code == "VERSION_NOT_PUBLISHED"
    error = await refused(office, lambda: office.submit({"申报值": "5"}, form=second.id))
    assert (error.code, error.field) == ("FORM_FIELD_REQUIRED", "新字段")
    async with tenant_transaction(office.seller):
        await service.submit(office.seller, submission_id=draft, version=1)
    assert await office.value("select definition_version_id from submission where id = $1", draft) == office.form


async def test_a_person_whom_the_caller_may_not_see_is_answered_like_one_who_is_not_there(office: Office) -> None:
    for number in ("S2", "nobody"):
        error = await refused(office, lambda number=number: office.submit({"申报值": "1", "协作人": number}))
        assert (error.code, error.field) == ("FORM_REFERENCE_UNKNOWN", "协作人")
    await office.submit({"申报值": "1", "协作人": "S2"}, actor=office.manager)


async def test_a_draft_form_cannot_be_filled_in(office: Office) -> None:
    async with tenant_transaction(office.hr):
        draft = await create_definition(office.hr, kind="form", key="later", name="草稿", body=PROPOSAL)
    assert (await refused(office, lambda: office.start({"申报值": "1"}, form=draft.id))).code == "VERSION_NOT_PUBLISHED"
    assert isinstance(await refused(office, lambda: office.start({}, form=uuid4())), NotFound)
