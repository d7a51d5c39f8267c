"""Submissions of a leaver at the end of their term: emptied with the versions that approvers decided about, and never before."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tortoise.exceptions import BaseORMException

from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_tenants.forms.models import Submission, SubmissionVersion
from support.forms_made import PROPOSAL, publish_form
from support.retention_made import Ended, publish_rules

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
