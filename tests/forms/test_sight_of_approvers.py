"""Who may read a submission that is decided about: its judges while they are asked, and what they decided; nobody else (C92)."""

from pathlib import Path
from uuid import UUID

import pytest
from tortoise.exceptions import BaseORMException

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import execute, tenant_transaction
from plumb_platform.errors import Forbidden, NotFound
from plumb_platform.permissions import Permission
from plumb_platform.storage import open_storage
from plumb_tenants.approvals.service import delegate_approvals, revoke_approval_delegation
from plumb_tenants.forms import service
from plumb_tenants.forms.access import access_attachment, access_submission
from support.approvals_made import person, refused
from support.form_approvals_made import PLAIN, Desk, seen
from support.forms_made import PDF
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
    # Rewriting is its person's affair: who spoke about the first version keeps that one alone, with its files.
    await desk.send_back(approval, bureau.director)
    assert await seen(bureau.colleague) == ["SubmissionVersion 1", "Attachment 1"]
    await desk.save(submission, 3, PLAIN | {"会签人": "S1"})
    await desk.submit(submission, 4)
    assert await seen(bureau.colleague) == ["SubmissionVersion 1", "Attachment 1"]
    assert await seen(bureau.sales) == everything
    await desk.vote(approval, bureau.director, "REJECT", number=2)
    assert await seen(bureau.sales) == []


async def test_a_file_that_was_taken_out_stays_with_the_version_that_was_sent_with_it(desk: Desk, tmp_path: Path) -> None:
    bureau, storage = desk.bureau, open_storage("", home=tmp_path)
    submission = await desk.start()
    first = await desk.attach(submission, kept=storage)
    await desk.submit(submission)
    approval = await desk.value("select approval_id from submission where id = $1", submission)
    await desk.vote(approval, bureau.colleague)
    await desk.send_back(approval, bureau.director)
    await desk.remove(first)
    assert await refused(bureau, desk.remove(first)) == ("NOT_FOUND", "attachmentId")
    unsent = await desk.attach(submission, PDF + b"unsent", kept=storage)
    await desk.remove(unsent)
    second = await desk.attach(submission, PDF + b"second", kept=storage)
    assert await desk.value("select count(*) from attachment") == 2
    await desk.save(submission, 3, PLAIN | {"会签人": "S1"})
    await desk.submit(submission, 4)

    async def read(actor: Actor, file: UUID) -> bytes:
        async with tenant_transaction(actor):
            return (await service.download_attachment(actor, file, storage)).content

    # Who decided about the first version keeps its file, who is asked about the second sees the second's alone.
    for actor, readable, hidden in ((bureau.colleague, first, second), (bureau.sales, second, first)):
        assert await read(actor, readable) == {first: PDF, second: PDF + b"second"}[readable]
        with pytest.raises(NotFound):
            await read(actor, hidden)
        assert [row for row in await seen(actor) if row.startswith("Attachment")] == ["Attachment 1"]
    for actor in (bureau.manager, bureau.director, bureau.company.hr):
        assert (await read(actor, first), await read(actor, second)) == (PDF, PDF + b"second")
    for file in (first, second):
        with pytest.raises(NotFound):
            await read(bureau.analyst, file)


async def test_what_was_taken_out_is_put_back_by_bringing_it_again_and_counts_only_while_it_stands(desk: Desk) -> None:
    submission = await desk.start()
    first, second = await desk.attach(submission), await desk.attach(submission, PDF + b"2")
    await desk.submit(submission)
    approval = await desk.value("select approval_id from submission where id = $1", submission)
    await desk.send_back(approval, desk.bureau.director)
    assert await refused(desk.bureau, desk.attach(submission, PDF + b"3")) == ("ATTACHMENTS_FULL", "field")
    await desk.remove(first)
    third = await desk.attach(submission, PDF + b"3")
    assert await refused(desk.bureau, desk.attach(submission)) == ("ATTACHMENTS_FULL", "field")
    await desk.remove(third)
    assert await desk.attach(submission) == first
    await desk.submit(submission, 3)
    rows = await desk.bureau.rows("select number, jsonb_array_length(files) as n from submission_version order by number")
    assert [(row["number"], row["n"]) for row in rows] == [(1, 2), (2, 2)]
    assert await desk.value("select array_agg(id::text order by id) from attachment where removed_at is null") == [
        *(str(first), str(second))
    ]
    await desk.send_back(approval, desk.bureau.director, number=2)
    for sql in (
        "delete from attachment",
        "update attachment set name = 'b'",
        "update attachment set size = 1",
    ):
        with pytest.raises(BaseORMException):
            async with tenant_transaction(desk.bureau.company.system):
                await execute(sql)


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
