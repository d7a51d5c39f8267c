"""Taking marks off goals is one statement: it takes one round trip, or does nothing."""

from uuid import UUID

from plumb_platform.database import fetch_value, tenant_transaction
from plumb_schema.ground.answers import Answer
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from plumb_tenants.revisions.models import ChangeMark
from support.remembered import remembered
from support.revisions_made import Reset
from support.wire import Wire, listened

READ = """mutation ($input: MarkChangesReadInput!) { markChangesRead(input: $input) {
  __typename ... on ReadChanges { count } ... on Problem { code field } } }"""
UNREAD = "select count(*) from change_mark where read_at is null"


async def test_marks_are_taken_off_in_one_round_trip_or_none_of_them(
    reset: Reset, ground: Ground, product_engine: Engine
) -> None:
    bureau = reset.bureau
    revision_id = await reset.open()
    async with tenant_transaction(bureau.company.system):
        for goal in (reset.goal, reset.other):
            await ChangeMark.create(revision_id=revision_id, goal_id=goal, person_id=bureau.sales.person_id, changed=["target"])

    async def read(*goals: UUID) -> tuple[Answer, Wire]:
        given = {"goalIds": [encode_id("Goal", goal) for goal in goals]}
        context = await remembered(bureau.sales, ground)
        async with listened() as wire:
            answer = await product_engine.answer(Operation(READ, {"input": given}), context)
        async with tenant_transaction(bureau.company.system):
            left.append(int(await fetch_value(UNREAD)))
        return answer, wire

    left: list[int] = []
    refused, _ = await read(reset.goal, revision_id)
    assert refused.body["data"]["markChangesRead"] == {"__typename": "NotFoundProblem", "code": "NOT_FOUND", "field": "goalIds"}
    marked, wire = await read(reset.goal, reset.other)
    assert marked.body == {"data": {"markChangesRead": {"__typename": "ReadChanges", "count": 2}}}
    assert len(wire.sent) == 1, wire.sent
    again, _ = await read(reset.goal)
    assert again.body["data"]["markChangesRead"]["count"] == 0
    assert left == [2, 0, 0]
