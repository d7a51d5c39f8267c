"""How long a revision takes, in all and in its approval (C80)."""

from datetime import datetime, timedelta
from typing import Any

from plumb_platform.clock import clock_at
from plumb_platform.database import tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.approvals.service import return_approval
from support.asking import Ask
from support.revisions_made import OCTOBER_18, Reset


async def test_the_whole_takes_62_hours_and_its_approval_12_without_the_pauses_which_are_listed(reset: Reset, ask: Ask) -> None:
    """C80: the split of case 003, 62 hours in all and 12 of approval, with a day and an hour in which it lay with its person."""
    bureau, at = reset.bureau, [OCTOBER_18 + timedelta(hours=n) for n in (10, 14, 38, 40, 41, 47, 87)]
    query = """query ($id: ID!) { revision(id: $id) { totalSeconds approvalSeconds approval { pauses { startsAt endsAt } } } }"""

    async def shown() -> Any:
        return await ask(bureau.company.hr, query, id=encode_id("Revision", revision_id))

    with clock_at(OCTOBER_18):
        revision_id = await reset.open()
    with clock_at(at[0]):
        approval = await reset.submit(revision_id)
    for number, (back, again) in enumerate(((at[1], at[2]), (at[3], at[4])), start=1):
        with clock_at(back):
            task = await bureau.task(approval, bureau.strategist)
            async with tenant_transaction(bureau.strategist):
                returned = {"task_id": task, "to_step": None, "object_version": number, "comment": "请补充"}
                await return_approval(bureau.strategist, **returned)  # type: ignore[arg-type]  # mixed
        assert (await shown())["approval"]["pauses"][number - 1]["endsAt"] is None
        with clock_at(again):
            await reset.submit(revision_id, version=2 * number + 1)
    with clock_at(at[5]):
        await reset.approve(approval, number=3)
    assert (await shown())["totalSeconds"] is None
    with clock_at(at[6]):
        await reset.propagate(revision_id)
        await reset.publish(revision_id)
    found = await shown()
    assert (found["totalSeconds"], found["approvalSeconds"]) == (62 * 3600, 12 * 3600)
    listed = [
        (datetime.fromisoformat(each["startsAt"]), datetime.fromisoformat(each["endsAt"])) for each in found["approval"]["pauses"]
    ]
    assert listed == [(at[1], at[2]), (at[3], at[4])]
    assert sum(((last - first) for first, last in listed), timedelta()) == timedelta(hours=25)
