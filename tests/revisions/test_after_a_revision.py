"""After a revision: both series of its shadow run (N14), the letter that it outdates and the addendum (N3)."""

import asyncio
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import Database, fetch, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_platform.queue.service import enqueue
from plumb_platform.queue.worker_side import work_on
from plumb_tenants.approvals.service import Decision, decide
from plumb_tenants.goals.service import confirm_goal
from plumb_tenants.letters.service import ShippedLetter, addenda_owed, adopt_letter_template, issue_addendum
from plumb_tenants.revisions.service import Wanted, open_revision, shadow_run, submit_revision
from plumb_workers.jobs import Tools, work_with
from plumb_workers.schedule import follow_revisions
from support.letters_made import make_office
from support.metrics_made import observed, publish_library, say
from support.revisions_made import OCTOBER_18, Reset

_PRINTED = """
select l.canonical, v.body ->> 'design' as design
from letter l join definition_version v on v.id = l.definition_version_id where l.id = $1
"""


async def test_an_unknown_metric_is_refused_when_the_form_is_sent(reset: Reset) -> None:
    with clock_at(OCTOBER_18):
        revision_id = await reset.open()
        with pytest.raises(DomainError) as refused:
            await reset.submit(revision_id, metric_key="no_such")
    assert refused.value.field == "metricKey"


async def test_both_series_of_a_shadow_run_are_what_one_computes_by_hand(reset: Reset) -> None:
    bureau = reset.bureau
    await publish_library(bureau.company.hr, "visit", "revenue")
    async with tenant_transaction(bureau.company.system):
        await fetch("update goal set metric_key = 'visit' where id = $1 returning id", reset.goal)
    await say(
        bureau.company.hr,
        *(observed(f"V{n}", "visit", "M1", date(2025, 1, 10 + n)) for n in range(2)),
        observed("O1", "revenue", "M1", date(2025, 1, 20), "50000.00"),
        observed("O2", "revenue", "M1", date(2025, 2, 20), "100000.00"),
    )
    revision_id = await reset.open()
    await reset.approve(await reset.submit(revision_id, metric_key="revenue"))
    async with tenant_transaction(bureau.manager):
        run = await shadow_run(bureau.manager, revision_id=revision_id)
    assert [len(run.old), len(run.new)] == [12, 12]
    old, new = [
        [(str(each.actual), str(each.attainment), str(each.credit)) for each in series[:2]] for series in (run.old, run.new)
    ]
    # 40 over twelve months: 3.33 or 3.34 each; 800,000.00: 66,666.67 or 66,666.66. Weights 70 and 60.
    targets = [each.target for each in (run.old[0], run.new[0], run.new[1])]
    assert (sum(each.target for each in run.new), targets[0]) == (Decimal("800000.00"), Decimal(40) / 12)
    by_hand = [Decimal(100) * 2 / targets[0], Decimal(100) * 50000 / targets[1], Decimal(100) * 100000 / targets[2]]
    cents = Decimal("0.01")
    assert old[0][1:] == (str(by_hand[0].quantize(cents)), str((by_hand[0] * 70 / 100).quantize(cents)))
    assert new == [
        ("50000.00", str(by_hand[1].quantize(cents)), str((by_hand[1] * 60 / 100).quantize(cents))),
        ("100000.00", str(by_hand[2].quantize(cents)), str((by_hand[2] * 60 / 100).quantize(cents))),
    ]
    assert [each[1:] for each in new] == [("75.00", "45.00"), ("150.00", "90.00")]


@pytest.mark.parametrize("adopted", [False, True])
async def test_a_revised_goal_outdates_its_letter_and_the_addendum_comes_once_when_the_owner_has_confirmed(
    database: Database, caplog: pytest.LogCaptureFixture, adopted: bool
) -> None:
    office = await make_office()
    if adopted:
        async with tenant_transaction(office.company.hr):
            await adopt_letter_template(office.company.hr, template=ShippedLetter.ADDENDUM_ZH)
    employee, manager, system = office.employee, office.manager, office.company.system
    letter = await office.signed()
    at = datetime(2026, 6, 2, 2, tzinfo=UTC)
    wanted = Wanted(cause="市场变化", target=Decimal("900000.00"), resources="顾问一名")
    state = "select number, superseded_by, (select count(*) from letter) as n from letter where id = $1"
    jobs = (
        "select id, payload ->> 'goal_id' as goal, result ->> 'letter_ids' as letters, error_code "
        "from outbox where topic = 'letters.addenda' order by id"
    )
    tools: Any = Tools(settings=None, seal=None)  # type: ignore[arg-type]  # the job needs none

    async def owed() -> list[Any]:
        async with tenant_transaction(system):
            return list(await addenda_owed())

    with clock_at(at):
        async with tenant_transaction(employee):
            revision_id = await open_revision(employee, goal_id=office.goal)
            await submit_revision(employee, revision_id=revision_id, version=1, wanted=wanted)
            (task,) = await fetch("select id from approval_task where state = 'OPEN'")
        assert await owed() == []
        async with tenant_transaction(manager):
            await decide(manager, task_id=task["id"], decision=Decision.APPROVE, object_version=1)
        assert await owed() == []
        async with tenant_transaction(system):
            (goal,) = await fetch("select version, state from goal where id = $1", office.goal)
        assert goal["state"] == "PROPOSED"
        async with tenant_transaction(employee):
            assert await fetch(jobs) == []
            await confirm_goal(employee, goal_id=office.goal, version=goal["version"])
            (asked,) = await fetch(jobs)
        assert (await owed(), asked["goal"]) == ([letter.id], str(office.goal))
        # The job and the timer come at once: whichever is second finds the letter issued.
        work = work_with(tools)
        await asyncio.gather(work_on(system.tenant_id, asked["id"], work), follow_revisions(system), follow_revisions(system))
        async with tenant_transaction(system):
            assert await issue_addendum(system, letter.id) is None
            again = await enqueue(system, "letters.addenda", {"goal_id": asked["goal"]})
        await work_on(system.tenant_id, again.id, work)
        async with tenant_transaction(system):
            (row,) = await fetch(state, letter.id)
            successor = row["superseded_by"]
            first, second = await fetch(jobs)
            assert first["letters"] in ("[]", f'["{successor}"]')
            assert (second["letters"], first["error_code"], second["error_code"]) == ("[]", None, None)
            (printed,) = await fetch(_PRINTED, successor)
            (bound,) = await fetch(
                "select v.target from letter_goal b join goal_version v on v.id = b.goal_version_id where b.letter_id = $1",
                successor,
            )
    assert (row["n"], bound["target"]) == (2, Decimal("900000.00"))
    assert not [each for each in caplog.records if "addendum" in each.getMessage()]
    assert await owed() == []
    # Either names the letter that it adds to; the company's addendum is called one.
    assert json.loads(printed["canonical"])["predecessor"] == row["number"]
    assert (printed["design"] == "addendum") is adopted
