"""Submissions of a leaver at the end of their term: emptied with the versions that approvers decided about, and never before."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import BaseORMException

from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.telling import Sentence
from plumb_tenants.approvals.service import Request, return_approval, start_approval
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.forms.models import Submission, SubmissionVersion
from plumb_tenants.retention.service import HoldScope, lift_hold
from support.approvals_made import lines, step
from support.forms_made import PROPOSAL, publish_form
from support.retention_made import Ended, hold, publish_rules

SENT = datetime(2020, 5, 6, 4, tzinfo=UTC)
STATES = ("SUBMITTED", "APPROVED", "REJECTED", "WITHDRAWN")


async def sent_in_2020(ended: Ended) -> None:
    """Leave one submission of each state that ends one, each with the version that was sent."""
    office = ended.office
    form = await publish_form(office.company.hr, "proposal", PROPOSAL)
    async with tenant_transaction(office.company.system):
        (of,) = await fetch("select definition_id as id from definition_version where id = $1", form)
        for state in STATES:
            made = await Submission.create(
                definition_id=of["id"],
                definition_version_id=form,
                person_id=office.employee.person_id,
                unit_id=office.unit,
                state=state,
                values={"说明": "张伟"},
                fed={},
                suggested={},
                submitted_at=SENT,
                number=1,
            )
            file = {"field": "说明", "name": "张伟.pdf", "size": 1, "sha256": "0" * 64}
            await SubmissionVersion.create(submission_id=made.id, number=1, values={"说明": "张伟"}, fed={}, files=[file])


async def standing(ended: Ended) -> list[tuple[Any, ...]]:
    async with tenant_transaction(ended.office.company.system):
        rows = await fetch(
            "select s.state, s.values = '{}' as empty, v.values = '{}' and v.files = '[]' as version_empty, s.shredded_at "
            "is not null as shredded, v.number from submission s join submission_version v on v.tenant_id = s.tenant_id "
            "and v.submission_id = s.id order by s.state"
        )
    return [tuple(row.values()) for row in rows]


@pytest.mark.parametrize(
    "attack",
    [
        "update submission_version set values = '{}', fed = '{}', files = '[]'",
        "update submission_version set number = 2",
        "update submission set values = '{}', fed = '{}', suggested = '{}'",
        "delete from submission_version",
    ],
)
async def test_what_was_sent_is_emptied_by_no_other_way(ended: Ended, attack: str) -> None:
    await sent_in_2020(ended)
    with pytest.raises(BaseORMException):
        async with tenant_transaction(ended.office.company.system):
            await execute(attack)
    assert await standing(ended) == [(state, False, False, False, 1) for state in sorted(STATES)]


async def test_at_the_end_of_the_term_every_ended_submission_is_emptied_with_its_versions(ended: Ended) -> None:
    await sent_in_2020(ended)
    await publish_rules(ended.office.company.admin, ("SUBMISSION", "SHRED", 24))
    run_id = await ended.start()
    assert run_id is not None
    assert (await ended.to_the_end(run_id)).state == "DONE"
    assert await standing(ended) == [(state, True, True, True, 1) for state in sorted(STATES)]
    assert await ended.start() is None


async def asked_in_2020(ended: Ended, form: UUID, state: str) -> UUID:
    """Leave a submission that the manager is asked about or has returned; return its approval."""
    office, system = ended.office, ended.office.company.system
    async with tenant_transaction(system):
        (of,) = await fetch("select definition_id as id from definition_version where id = $1", form)
        made = await Submission.create(
            definition_id=of["id"],
            definition_version_id=form,
            person_id=office.employee.person_id,
            unit_id=office.unit,
            state="IN_APPROVAL",
            values={"说明": "张伟"},
            fed={},
            suggested={},
            submitted_at=SENT,
            number=1,
        )
        await SubmissionVersion.create(submission_id=made.id, number=1, values={"说明": "张伟"}, fed={}, files=[])
        request = Request(
            object_type="Submission",
            object_id=made.id,
            object_version=1,
            applicant_id=office.employee.person_id or made.id,
            name=Sentence(zh="表单", en="form"),
            fields={"说明": "张伟"},
        )
        approval = await start_approval(system, flow_key="ask", request=request)
        await execute("update submission set approval_id = $2 where id = $1", made.id, approval)
    if state == "RETURNED":
        async with tenant_transaction(office.manager):
            task = await fetch_value("select id from approval_task where approval_id = $1 and state = 'OPEN'", approval)
            await return_approval(office.manager, task_id=task, to_step=None, object_version=1, comment="请补充")
    return approval


async def test_what_nobody_decided_about_is_withdrawn_at_the_end_of_its_term_and_emptied(ended: Ended) -> None:
    office, company = ended.office, ended.office.company
    form = await publish_form(company.hr, "proposal", PROPOSAL)
    flow = {"steps": [step("a", lines({"by": "MANAGER"}))], "fields": [{"name": "说明", "type": "TEXT"}]}
    async with tenant_transaction(company.hr):
        draft = await create_definition(company.hr, kind="flow", key="ask", name="审批", body=flow)
        await publish_version(company.hr, draft.id, version=1)
    approvals = [await asked_in_2020(ended, form, state) for state in ("IN_APPROVAL", "RETURNED")]
    assert await ended.start() is None
    await publish_rules(company.admin, ("SUBMISSION", "SHRED", 24))
    held = await hold(company.admin, HoldScope.PERSON, office.employee.person_id)
    assert await ended.start() is None
    assert await standing(ended) == [("IN_APPROVAL", False, False, False, 1), ("RETURNED", False, False, False, 1)]
    async with tenant_transaction(company.admin):
        await lift_hold(company.admin, hold_id=held, version=1, reason="结案")
    run_id = await ended.start()
    assert run_id is not None
    await ended.to_the_end(run_id)
    assert await standing(ended) == [("WITHDRAWN", True, True, True, 1)] * 2
    async with tenant_transaction(company.system):
        rows = await fetch("select state, request_fields from approval where id = any($1)", approvals)
        acts = await fetch("select person_id from approval_act where approval_id = any($1) and kind = 'WITHDRAW'", approvals)
        assert await fetch_value("select count(*) from approval_task where state in ('OPEN', 'WAITING')") == 0
    assert rows == [{"state": "WITHDRAWN", "request_fields": "{}"}] * 2
    assert acts == [{"person_id": None}] * 2
    assert await ended.start() is None
