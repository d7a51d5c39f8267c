"""Who may read a submission that is decided about: its judges while they are asked, and what they decided; nobody else (C92)."""

import pytest

from plumb_platform.clock import today
from plumb_platform.database import tenant_transaction
from plumb_platform.errors import Forbidden, NotFound
from plumb_platform.permissions import Permission
from plumb_tenants.approvals.service import delegate_approvals, revoke_approval_delegation
from plumb_tenants.forms.access import access_attachment, access_submission
from support.approvals_made import person
from support.form_approvals_made import PLAIN, Desk, seen
from support.matrices import less, published


async def test_approvers_see_what_they_are_asked_about_and_what_they_decided_and_nobody_else_gains_sight(desk: Desk) -> None:
    bureau = desk.bureau
    submission = await desk.start()
    file = await desk.attach(submission)
    assert await seen(bureau.colleague) == []
    await desk.submit(submission)
    approval = await desk.value("select approval_id from submission where id = $1", submission)
    everything = ["Submission 1", "SubmissionVersion 1", "Attachment 1"]
    assert await seen(bureau.colleague) == everything
    async with tenant_transaction(bureau.colleague):
        assert (await access_submission(bureau.colleague, submission)).id == submission
        assert (await access_attachment(bureau.colleague, file)).id == file
        with pytest.raises(NotFound):
            await access_submission(bureau.colleague, submission, Permission.SUBMISSION_WRITE)
    for stranger in (bureau.sales, bureau.analyst):
        assert await seen(stranger) == []
        async with tenant_transaction(stranger):
            with pytest.raises(NotFound):
                await access_attachment(stranger, file)
    await desk.vote(approval, bureau.colleague)
    assert await seen(bureau.colleague) == everything
    # Rewriting is its person's affair: who spoke about the first version keeps that one alone.
    await desk.send_back(approval, bureau.director)
    assert await seen(bureau.colleague) == ["SubmissionVersion 1"]
    await desk.save(submission, 3, PLAIN | {"会签人": "S1"})
    await desk.submit(submission, 4)
    assert await seen(bureau.colleague) == ["SubmissionVersion 1"]
    assert await seen(bureau.sales) == everything
    await desk.vote(approval, bureau.director, "REJECT", number=2)
    assert await seen(bureau.sales) == []


async def test_a_delegate_sees_what_they_may_decide_about_today_and_no_longer(desk: Desk) -> None:
    bureau = desk.bureau
    await desk.sent()
    async with tenant_transaction(bureau.colleague):
        day = today("Asia/Shanghai")
        made = await delegate_approvals(bureau.colleague, person_id=person(bureau.sales), starts_on=day, ends_on=day)
    assert await seen(bureau.sales) == ["Submission 1", "SubmissionVersion 1"]
    async with tenant_transaction(bureau.colleague):
        await revoke_approval_delegation(bureau.colleague, delegation_id=made)
    assert await seen(bureau.sales) == []


async def test_an_approver_whose_role_reads_no_submissions_decides_without_sight(desk: Desk) -> None:
    bureau = desk.bureau
    await published(bureau.company.hr, less("employee", "submission:read"))
    submission, approval = await desk.sent()
    async with tenant_transaction(bureau.colleague):
        with pytest.raises(Forbidden):
            await access_submission(bureau.colleague, submission)
    await desk.vote(approval, bureau.colleague, "REJECT")
    assert await desk.state(submission) == "REJECTED 1 3"
