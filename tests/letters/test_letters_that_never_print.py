"""A letter whose child never answers: how often it is tried, what is told of it, and that it holds up no other (N5)."""

from dataclasses import replace

from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.documents.render_process import RenderLimits
from plumb_platform.documents.renderer import Renderer
from plumb_platform.queue.worker_side import ATTEMPTS
from plumb_platform.settings import Settings
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from plumb_schema.ground.ids import encode_id
from plumb_tenants.letters.service import SealTools, requeue_unsealed
from support.asking import Ask
from support.goals_made import add_goals
from support.letters_made import Office, issued, sign
from support.working import work

SHOWN = "query ($id: ID!) { letter(id: $id) { state sealJob { state errorCode failures } } }"
OLDER = "update outbox set created_at = created_at - interval '25 hours', queued_again_at = queued_again_at - interval '25 hours'"
FAILURES = "select failures from outbox where topic = 'letters.seal' order by id"


async def failures(office: Office) -> list[int]:
    async with tenant_transaction(office.company.system):
        return [row["failures"] for row in await fetch(FAILURES)]


async def requeued(office: Office, after: str = "0 hours") -> int:
    system = office.company.system
    async with tenant_transaction(system):
        await execute(f"update outbox set failed_at = failed_at - interval '{after}' where failed_at is not null")
        return await requeue_unsealed(system)


async def test_a_child_that_never_answers_is_an_outage_for_a_day_then_a_failure_that_is_told_and_comes_back(
    office: Office, tools: SealTools, settings: Settings, product_engine: Engine, ground: Ground
) -> None:
    letter, ask = await office.signed(), Ask(product_engine, ground)
    shown = {"id": encode_id("Letter", letter.id)}
    async with Renderer(limits=RenderLimits(clock_seconds=0)) as impatient:
        hanging = replace(tools, renderer=impatient)
        # Within a day of its beginning no attempt counts, however many there are.
        for _ in range(ATTEMPTS + 1):
            assert await work(office, hanging, settings, "letters.seal") == [(False, None)]
        assert (await failures(office), await requeued(office)) == ([0], 0)
        for turn in range(2):
            async with tenant_transaction(office.company.system):
                await execute(OLDER)
            for _ in range(ATTEMPTS - 1):
                assert await work(office, hanging, settings, "letters.seal") == [(False, None)]
            assert await work(office, hanging, settings, "letters.seal") == [(False, "RENDERER_SLOW")]
            found = await ask(office.company.hr, SHOWN, **shown)
            assert found == {
                "state": "SIGNED",
                "sealJob": {"state": "FAILED", "errorCode": "RENDERER_SLOW", "failures": ATTEMPTS},
            }, turn
            # The reconciler comes back after an hour, and gives it another day.
            assert (await requeued(office), await requeued(office, "2 hours"), await requeued(office)) == (0, 1, 0)
            assert await work(office, hanging, settings, "letters.seal") == [(False, None)]
            assert await failures(office) == [0]
    # What another letter needs is made meanwhile, and this one as soon as its child answers.
    (goal,) = await add_goals(office.company, office.cycle, [(office.unit, office.employee)])
    second = await issued(office.company.hr, goal, office.template)
    await sign(office.employee, second.id, 1)
    await sign(office.manager, second.id, 2)
    assert await work(office, tools, settings, "letters.seal") == [(True, None), (True, None)]
    assert (await ask(office.company.hr, SHOWN, **shown))["state"] == "SEALED"
