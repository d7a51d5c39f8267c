"""A run through all levels whose workers are killed in its middle (C34, N5): the next resumes, same ids, nothing doubled."""

import signal
from decimal import Decimal

from plumb_platform.database import Database, fetch, fetch_value, tenant_transaction
from plumb_platform.settings import Settings
from plumb_tenants.decomposition.service import start_run
from support.country import TOTAL, make_country
from support.dying_worker import RUN_STEPS
from support.dying_worker_run import DyingWorker

JOBS = "select id from outbox where topic = 'decomposition.level' and done_at is null"


async def test_a_run_killed_at_any_step_of_a_level_resumes_with_the_same_ids_and_doubles_nothing(
    database: Database, settings: Settings, dying: DyingWorker
) -> None:
    country = await make_country()
    company = country.south.company
    async with tenant_transaction(company.hr):
        run = await start_run(company.hr, country.request())
    for level in (0, 1):
        async with tenant_transaction(company.system):
            job = str(await fetch_value(JOBS))
        ended = await dying.run(settings, str(company.tenant_id), [f"{step}={job}" for step in RUN_STEPS])
        assert ended == [f"{step} {-signal.SIGKILL}" for step in RUN_STEPS]
        assert (await country.read(run.id)).levels_done == level
        assert {node["depth"] for node in await country.nodes(run.id)} == set(range(level))
        # Twice: the second finds nothing to do.
        assert await dying.run(settings, str(company.tenant_id), [f"healthy={job}+{job}"]) == ["healthy 0"]
    nodes, resumed = await country.nodes(run.id), await country.read(run.id)
    assert (resumed.state, resumed.levels_done, resumed.nodes, resumed.weeks) == ("DONE", 2, len(nodes), 8 * 53)
    async with tenant_transaction(company.hr):
        weeks = await fetch("select count(*) as weeks, sum(target) as total from plan_week")
        assert await fetch_value("select count(*) from outbox where topic = 'decomposition.level'") == 2
    assert (weeks[0]["weeks"], weeks[0]["total"]) == (8 * 53, Decimal("30000000.00"))
    assert len({node["id"] for node in nodes}) == len(nodes) == 9
    assert sum(node["value"] for node in nodes if node["depth"] == 0) == TOTAL
    # A run that nobody disturbed has the very same nodes.
    undisturbed = await country.run()
    assert (undisturbed.id, await country.nodes(run.id)) == (run.id, nodes)
