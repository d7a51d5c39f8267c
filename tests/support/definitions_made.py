"""A definition of a company on its way: reviewed, in pilot in one unit, its first milestone reached."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import tenant_transaction
from plumb_tenants.definitions.service import create_definition, record_milestone, start_pilot, submit_for_review

BODY = {"type": "CUSTOM", "roles": [{"key": "sales", "name": "销售", "percent": "60"}], "maximum_percent": "120"}


MINIMAL: dict[str, Any] = {
    "RecordMilestoneInput.day": 0,
    "RejectVersionInput.comment": "请补充依据。",
    "StartPilotInput.version": 1,
    "SubmitForReviewInput.version": 1,
    "WithdrawReviewInput.version": 1,
}
"""Minimal values for what the API requires of the life of definitions."""


async def fill_definitions(actor: Actor, unit: UUID) -> None:
    """Leave a template in pilot, with a review and a milestone behind it, and one that is a draft."""
    async with tenant_transaction(actor):
        made = await create_definition(actor, kind="split", key="pilot", name="试点拆分", body=BODY)
        await submit_for_review(actor, made.id, version=1)
        await start_pilot(actor, made.id, version=2, unit_ids=[unit])
        await record_milestone(actor, made.id, day=0)
        await create_definition(actor, kind="split", key="next", name="下一版拆分", body=BODY)
