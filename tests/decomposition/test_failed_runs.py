"""A level that is refused after its run was started: the run says so and why, and goes on once that is mended (C34)."""

from decimal import Decimal

from plumb_platform.database import tenant_transaction
from plumb_platform.queue.worker_side import Outcome
from plumb_schema.ground.ids import encode_id
from plumb_tenants.decomposition.service import continue_run, start_run
from support.asking import Ask
from support.companies import add_unit
from support.country import Country
from support.decomposition_made import work_as_worker, work_off

RUN = "query ($id: ID!) { planRun(id: $id) { state levelsDone version refusedCode refusedZh refusedEn } }"
FAILED = "query { planRuns(first: 9, where: {state: {eq: FAILED}}) { edges { node { id } } } }"
MESSAGES = "{ messages { edges { node { kind objectId zh en } } } }"


async def test_a_run_whose_level_is_refused_says_why_and_goes_on_once_that_is_mended(country: Country, ask: Ask) -> None:
    south, hr = country.south, country.south.company.hr
    asked = country.request(units_version_id=south.template, inputs=south.inputs)
    async with tenant_transaction(hr):
        run = await start_run(hr, asked)
    late = await add_unit(south.company, "HN9", "江西", parent=south.unit)
    assert await work_as_worker(south.company.system) == Outcome("decomposition.level", "failed")
    shown = await ask(hr, RUN, id=encode_id("PlanRun", run.id))
    assert shown == {
        "state": "FAILED",
        "levelsDone": 0,
        "version": 1,
        "refusedCode": "FACTOR_INPUT_MISSING",
        "refusedZh": "“江西”缺少因子“市场潜力系数”的数据，请填写，或补录其数据来源（指标、画像报告）。",
        "refusedEn": "江西 has no value of the factor 市场潜力系数; give it, or record what it is taken from (metric, report).",
    }
    assert [edge["node"]["id"] for edge in (await ask(hr, FAILED))["edges"]] == [encode_id("PlanRun", run.id)]
    (told,) = [edge["node"] for edge in (await ask(hr, MESSAGES))["edges"]]
    assert told == {
        "kind": "plan_run.failed",
        "objectId": encode_id("PlanRun", run.id),
        "zh": f"全层级拆解“{run.title}”第 1 层未能完成：{shown['refusedZh']}修正后请继续拆解。",
        "en": f"Level 1 of the run {run.title} failed: {shown['refusedEn']} Mend it, then continue the run.",
    }
    assert (await ask(south.company.admin, MESSAGES))["edges"] == []
    async with tenant_transaction(hr):
        await continue_run(hr, run_id=run.id, version=1, level=0)
    again = await ask(hr, RUN, id=encode_id("PlanRun", run.id))
    assert (again["state"], again["refusedCode"]) == ("RUNNING", None)
    assert await work_as_worker(south.company.system) == Outcome("decomposition.level", "failed")
    figures = {key: Decimal(0) for key in ("potential", "staff", "priority")}
    async with tenant_transaction(hr):
        same = await start_run(hr, country.request(units_version_id=south.template, inputs={**south.inputs, late: figures}))
    await work_off(hr, run.id)
    done = await ask(hr, RUN, id=encode_id("PlanRun", run.id))
    assert (same.id, done["state"], done["refusedZh"]) == (run.id, "DONE", None)
    assert await south.count("goal") == 0
