"""A submitted form starts an approval flow, and goes the way of its approval (C40, A1, A15, A16, C71, C92)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import BaseORMException

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.errors import Conflict, DomainError
from plumb_tenants.approvals.service import Decision, decide, withdraw_approval
from plumb_tenants.definitions.service import archive_version, new_draft, publish_version, update_draft
from plumb_tenants.forms import service
from plumb_tenants.forms.attachments import remove_attachment
from support.approvals_made import MANAGER, Bureau, lines, make_bureau, step, sweep
from support.companies import add_person
from support.form_approvals_made import FLOW, FORM, PLAIN, Desk, seen
from support.forms_made import publish_form
from support.matrices import less, published

_ALL = """select (select md5(string_agg(s::text, '' order by id)) from submission s) s,
  (select md5(string_agg(s::text, '' order by id)) from approval s) a, (select count(*) from approval_task) t,
  (select count(*) from submission_version) v, (select count(*) from message) m, (select max(number) from audit_entry) e"""


async def refused(desk: Desk, act: Any) -> tuple[str, str | None]:
    """Return code and field of a refusal that changed nothing at all."""
    before = await desk.bureau.rows(_ALL)
    with pytest.raises(DomainError) as caught:
        await act
    assert await desk.bureau.rows(_ALL) == before
    return caught.value.code, caught.value.field


async def test_without_a_published_flow_a_form_that_names_it_is_not_published(bureau: Bureau) -> None:
    with pytest.raises(DomainError) as caught:
        await publish_form(bureau.company.hr, "special_price", FORM)
    assert (caught.value.code, caught.value.field) == ("FLOW_MISSING", "flow")
    assert "spend" in caught.value.text("zh-CN")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ([], "FORM_FLOW_FIELD_MISSING"),
        ([{"key": "会签人", "type": "person", "label": "会签人"}], "FORM_FLOW_FIELD_MISSING"),
        (
            [
                {"key": "会签人", "type": "text", "label": "会签人"},
                {"key": "折扣", "type": "decimal", "label": "折扣"},
            ],
            "FORM_FLOW_APPROVER_NOT_PERSON",
        ),
    ],
)
async def test_a_flow_finds_in_its_form_whatever_it_decides_by(bureau: Bureau, fields: list[dict[str, Any]], code: str) -> None:
    await bureau.flow(FLOW, "spend")
    body = FORM | {"fields": [FORM["fields"][0], *fields]}
    with pytest.raises(DomainError) as caught:
        await publish_form(bureau.company.hr, "special_price", body)
    assert (caught.value.code, caught.value.field) == (code, "flow")


async def test_where_the_field_that_names_an_approver_is_empty_nothing_is_sent(desk: Desk) -> None:
    draft = await desk.start({"金额": "500"})
    assert await refused(desk, desk.submit(draft)) == ("FORM_APPROVER_MISSING", "会签人")
    assert await desk.state(draft) == "DRAFT 0 1"
    await desk.save(draft, 1, PLAIN)
    await desk.submit(draft, 2)
    assert await desk.state(draft) == "IN_APPROVAL 1 3"


async def test_when_both_have_countersigned_it_is_approved_and_its_people_are_told(desk: Desk) -> None:
    bureau = desk.bureau
    submission, approval = await desk.sent()
    assert await desk.state(submission) == "IN_APPROVAL 1 2"
    assert await bureau.tasks(approval) == ["D1 OPEN", "S2 OPEN"]
    await desk.vote(approval, bureau.colleague)
    assert await desk.state(submission) == "IN_APPROVAL 1 2"
    await desk.vote(approval, bureau.director)
    assert await desk.state(submission) == "APPROVED 1 3"
    told = await bureau.rows(
        "select p.number || ' ' || m.zh || ' / ' || m.en as s from message m join person p on p.id = m.person_id order by m.id"
    )
    assert sorted(row["s"] for row in told) == [
        "D1 表单“特价申请”：待您审批 / The form Special price waits for your decision",
        "M1 表单“特价申请”：已通过 / The form Special price is APPROVED",
        "S2 表单“特价申请”：待您审批 / The form Special price waits for your decision",
    ]


async def test_one_rejection_ends_it_and_nobody_acts_twice_or_afterwards(desk: Desk) -> None:
    bureau = desk.bureau
    submission, approval = await desk.sent()
    mine = await bureau.task(approval, bureau.colleague)
    await desk.vote(approval, bureau.colleague)
    assert await refused(desk, _decide(bureau.colleague, mine)) == ("APPROVAL_TASK_CLOSED", "taskId")
    await desk.vote(approval, bureau.director, "REJECT")
    assert await desk.state(submission) == "REJECTED 1 3"
    assert await refused(desk, _decide(bureau.colleague, mine)) == ("APPROVAL_OVER", "taskId")
    assert await refused(desk, desk.save(submission, 3, PLAIN)) == ("SUBMISSION_FINAL", "submissionId")
    assert await refused(desk, desk.submit(submission, 3)) == ("SUBMISSION_FINAL", "submissionId")


async def test_what_came_back_is_edited_and_sent_as_a_new_version_and_a_vote_on_the_old_one_is_refused(desk: Desk) -> None:
    bureau = desk.bureau
    submission, approval = await desk.sent()
    assert await refused(desk, desk.save(submission, 2, PLAIN)) == ("SUBMISSION_FINAL", "submissionId")
    await desk.send_back(approval, bureau.director)
    assert await desk.state(submission) == "RETURNED 1 3"
    await desk.save(submission, 3, PLAIN | {"金额": "1500", "折扣": "12"})
    await desk.submit(submission, 4)
    assert await desk.state(submission) == "IN_APPROVAL 2 5"
    assert await refused(desk, desk.vote(approval, bureau.director, number=1)) == ("APPROVAL_VERSION_STALE", "objectVersion")
    for actor in (bureau.director, bureau.colleague, bureau.chief):
        await desk.vote(approval, actor, number=2)
    assert await desk.state(submission) == "APPROVED 2 6"
    rows = await bureau.rows("select number, values::text as v from submission_version order by number")
    assert [(row["number"], row["v"]) for row in rows] == [
        (1, '{"金额": "500.00", "会签人": "S2"}'),
        (2, '{"折扣": "12.00", "金额": "1500.00", "会签人": "S2"}'),
    ]
    acts = await bureau.rows("select kind || ' ' || object_version as a from approval_act order by number")
    assert [row["a"] for row in acts] == [
        *("SUBMIT 1", "RETURN 1", "RESUBMIT 2", "APPROVE 2", "APPROVE 2", "APPROVE 2"),
    ]


async def test_sent_anew_without_its_approver_it_stays_with_its_person(desk: Desk) -> None:
    submission, approval = await desk.sent()
    await desk.send_back(approval, desk.bureau.director)
    await desk.save(submission, 3, {"金额": "1"})
    assert await refused(desk, desk.submit(submission, 4)) == ("FORM_APPROVER_MISSING", "会签人")
    assert await desk.state(submission) == "RETURNED 1 4"


async def test_a_withdrawn_submission_is_over_for_everybody(desk: Desk) -> None:
    bureau = desk.bureau
    submission, approval = await desk.sent()
    mine = await bureau.task(approval, bureau.colleague)
    async with tenant_transaction(bureau.manager):
        await withdraw_approval(bureau.manager, approval_id=approval, comment="重做")
    assert await desk.state(submission) == "WITHDRAWN 1 3"
    assert await refused(desk, _decide(bureau.colleague, mine)) == ("APPROVAL_OVER", "taskId")
    assert await refused(desk, desk.submit(submission, 3)) == ("SUBMISSION_FINAL", "submissionId")
    assert await seen(bureau.colleague) == []


async def test_a_step_that_runs_out_of_time_passes_by_the_timer(bureau: Bureau) -> None:
    term = {"clock": "CLOCK_HOURS", "amount": 48}
    await bureau.flow({"steps": [step("a", lines(MANAGER), term=term, on_timeout="PASS")]}, "spend")
    desk = Desk(bureau, await publish_form(bureau.company.hr, "special_price", FORM))
    began = datetime(2026, 6, 1, 2, tzinfo=UTC)
    submission, _ = await desk.sent()
    with clock_at(began + timedelta(hours=48)):
        await sweep(bureau)
        assert await desk.state(submission) == "IN_APPROVAL 1 2"
    with clock_at(began + timedelta(hours=48, seconds=1)):
        await sweep(bureau)
    assert await desk.state(submission) == "APPROVED 1 3"


async def test_where_no_step_holds_it_is_approved_at_once(bureau: Bureau) -> None:
    flow = {"steps": [step("a", lines(MANAGER), when="折扣 > 10")], "fields": [{"name": "折扣"}]}
    await bureau.flow(flow, "spend")
    desk = Desk(bureau, await publish_form(bureau.company.hr, "special_price", FORM))
    # A discount below the amount that shows it is dropped before the flow looks at it.
    submission, approval = await desk.sent({"金额": "999", "折扣": "50"})
    assert await desk.state(submission) == "APPROVED 1 3"
    assert await bureau.acts(approval) == ["SUBMIT M1", "SKIP"]
    submission, approval = await desk.sent({"金额": "1000", "折扣": "50"})
    assert (await desk.state(submission), await bureau.tasks(approval)) == ("IN_APPROVAL 1 2", ["D1 OPEN"])


async def test_a_flow_that_is_replaced_or_archived_meanwhile_holds_for_what_began_on_it(desk: Desk) -> None:
    bureau, hr = desk.bureau, desk.bureau.company.hr
    submission, approval = await desk.sent()
    pinned = await desk.value("select definition_version_id from approval where id = $1", approval)
    async with tenant_transaction(hr):
        definition = (await fetch("select definition_id from definition_version where id = $1", pinned))[0]["definition_id"]
        newer = await new_draft(hr, definition)
        body = {"steps": [step("c", lines({"by": "FIELD", "field": "负责人"}))], "fields": [{"name": "负责人", "type": "TEXT"}]}
        newer = await update_draft(hr, newer.id, body=body, version=newer.version)
        newer = await publish_version(hr, newer.id, version=newer.version)
    later = await desk.start()
    assert await refused(desk, desk.submit(later)) == ("FORM_FLOW_FIELD_MISSING", "flow")
    async with tenant_transaction(hr):
        await archive_version(hr, newer.id, version=newer.version)
        standing = (await fetch("select version from definition_version where id = $1", pinned))[0]["version"]
        await archive_version(hr, pinned, version=standing)
    assert await refused(desk, desk.submit(later)) == ("FLOW_MISSING", "flow")
    await desk.send_back(approval, bureau.director)
    await desk.submit(submission, 3)
    for actor in (bureau.director, bureau.colleague):
        await desk.vote(approval, actor, number=2)
    assert await desk.state(submission) == "APPROVED 2 5"


async def test_two_who_submit_at_once_begin_one_approval(desk: Desk) -> None:
    draft = await desk.start()
    outcomes = await asyncio.gather(desk.submit(draft), desk.submit(draft), return_exceptions=True)
    failed = [each for each in outcomes if each is not None]
    assert len(failed) == 1
    assert isinstance(failed[0], Conflict) or getattr(failed[0], "code", "") == "SUBMISSION_FINAL"
    assert await desk.value("select count(*) from approval") == 1
    assert await desk.state(draft) == "IN_APPROVAL 1 2"


async def test_withdrawing_and_sending_anew_at_once_leaves_one_of_both(desk: Desk) -> None:
    submission, approval = await desk.sent()
    await desk.send_back(approval, desk.bureau.director)

    async def withdraw() -> None:
        async with tenant_transaction(desk.bureau.manager):
            await withdraw_approval(desk.bureau.manager, approval_id=approval)

    outcomes = await asyncio.gather(withdraw(), desk.submit(submission, 3), return_exceptions=True)
    assert all(each is None or isinstance(each, DomainError) for each in outcomes), outcomes
    standing = await desk.state(submission)
    assert standing in ("WITHDRAWN 1 4", "WITHDRAWN 2 5")


async def test_what_is_being_decided_about_never_changes_by_whatever_way(desk: Desk) -> None:
    submission, _ = await desk.sent()
    for sql in (
        "update submission set values = '{}' where id = $1",
        "update submission set number = 2 where id = $1",
        "delete from submission where id = $1",
        "update submission_version set values = '{}' where submission_id = $1",
        "delete from submission_version where submission_id = $1",
    ):
        with pytest.raises(BaseORMException):
            async with tenant_transaction(desk.bureau.company.system):
                await execute(sql, submission)


async def test_an_employee_names_an_approver_whom_they_cannot_see_and_nobody_else_whom_they_cannot(desk: Desk) -> None:
    bureau, seller = desk.bureau, desk.bureau.sales

    async def tried(form: UUID, values: dict[str, Any]) -> list[str]:
        async with tenant_transaction(seller):
            answers = await service.validate_submission(seller, version_id=form, values=values)
        return [f"{each.code} {each.field}" for each in answers.evaluation.problems]

    other = {"key": "知会人", "type": "person", "label": "知会人"}
    wider = await publish_form(bureau.company.hr, "wider", FORM | {"fields": [*FORM["fields"], other]})
    unflowed = await publish_form(bureau.company.hr, "plain", {key: FORM[key] for key in ("title", "fields")})
    stranger = await make_bureau("别的公司")
    await add_person(stranger.company, "X7", "别家人", unit=stranger.company.units["TOP"])
    given: dict[str, Any] = {"金额": "500"}
    for number in ("nobody", "X7"):
        assert await tried(wider, given | {"会签人": number}) == ["FORM_REFERENCE_UNKNOWN 会签人"]
    assert await tried(wider, given | {"会签人": "T2", "知会人": "T2"}) == ["FORM_REFERENCE_UNKNOWN 知会人"]
    assert await tried(unflowed, given | {"会签人": "T2"}) == ["FORM_REFERENCE_UNKNOWN 会签人"]
    submission = await desk.start(given | {"会签人": "T2"}, actor=seller)
    await desk.submit(submission, actor=seller)
    approval = await desk.value("select approval_id from submission where id = $1", submission)
    assert await bureau.tasks(approval) == ["M1 OPEN", "T2 OPEN"]
    await published(bureau.company.hr, less("employee", "person:pick"))
    assert await tried(wider, given | {"会签人": "T2"}) == ["FORM_REFERENCE_UNKNOWN 会签人"]


async def test_files_are_exchanged_while_it_is_with_its_person_and_each_version_keeps_their_names(desk: Desk) -> None:
    submission = await desk.start()
    file = await desk.attach(submission)
    await desk.submit(submission)
    approval = await desk.value("select approval_id from submission where id = $1", submission)
    who = desk.bureau.manager
    assert await refused(desk, desk.attach(submission)) == ("SUBMISSION_FINAL", "submissionId")
    await desk.send_back(approval, desk.bureau.director)
    async with tenant_transaction(who):
        await remove_attachment(who, attachment_id=file)
    await desk.submit(submission, 3)
    rows = await desk.bureau.rows("select number, files->0->>'name' as n from submission_version order by number")
    assert [(row["number"], row["n"]) for row in rows] == [(1, "a.pdf"), (2, None)]


async def _decide(actor: Actor, task: UUID) -> None:
    async with tenant_transaction(actor):
        await decide(actor, task_id=task, decision=Decision.APPROVE, object_version=1)
