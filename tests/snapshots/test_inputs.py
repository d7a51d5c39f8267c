"""The three inputs of a snapshot, its red marks, snapshots of units and before reviews (C68, C69, D4)."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError, Forbidden
from plumb_platform.numbers.canonical import canonical_bytes, sha256_hex
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.goals.service import Said, check_in, progress_of
from plumb_tenants.snapshots.comparing import diff_snapshots
from plumb_tenants.snapshots.models import Snapshot
from plumb_tenants.snapshots.proof import verify_snapshot
from plumb_tenants.snapshots.rules import chain_hash, chain_root
from plumb_tenants.snapshots.service import SignalKind, record_signals, snapshot_bytes, take_snapshot
from support.companies import CompanyFixture, add_person, add_unit
from support.goals_made import add_cycle, add_goals
from support.matrices import grant, more, published
from support.snapshots_made import forecast, signal

AFTER = datetime(2026, 12, 3, 4, tzinfo=UTC)


async def lines(company: CompanyFixture, snapshot: Snapshot) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    """Return head, goals and inputs of a snapshot."""
    async with tenant_transaction(company.hr):
        assert (await verify_snapshot(company.hr, snapshot.id)).valid
        head, *rows = (await snapshot_bytes(company.hr, snapshot.id)).decode().splitlines()
    found = [json.loads(row) for row in rows]
    inputs = {each["block"]: each for each in found if "block" in each}
    return json.loads(head), [each for each in found if "block" not in each], inputs


async def taken(actor: Actor, **how: Any) -> Snapshot:
    async with tenant_transaction(actor):
        return await take_snapshot(actor, **how)


async def with_actuals(company: CompanyFixture, unit: UUID, actuals: dict[str, tuple[str, str | None]]) -> None:
    """Add a goal with this target and actual for each title."""
    cycle = await add_cycle(company)
    for title, (target, actual) in actuals.items():
        owner = await add_person(company, title, title, unit=unit)
        (goal,) = await add_goals(company, cycle, [(unit, owner)], target=Decimal(target), title=title)
        if actual is not None:
            async with tenant_transaction(owner):
                await check_in(owner, goal_id=goal, said=Said(value=Decimal(actual)))


async def test_goals_beyond_fifteen_percent_are_marked_red(company: CompanyFixture) -> None:
    unit = await add_unit(company, "GD", "广东")
    facts = {"甲": ("100", "85"), "乙": ("100", "84.99"), "丙": ("100", "115.01"), "丁": ("0", "5"), "戊": ("100", None)}
    with clock_at(AFTER):
        await with_actuals(company, unit, facts)
        head, goals, inputs = await lines(company, await taken(company.hr))
    found = {goal["title"]: (goal["mark"], goal["deviation"], goal["actual"]) for goal in goals}
    assert found == {
        "甲": ("WITHIN", "15.00", "85.00"),
        "乙": ("RED", "15.01", "84.99"),
        "丙": ("RED", "15.01", "115.01"),
        "丁": ("UNDEFINED", None, "5.00"),
        "戊": ("UNKNOWN", None, None),
    }
    assert (head["goals"], head["red"], head["rules"]) == (5, 2, {"against": "TARGET", "red_percent": "15.00"})
    assert inputs["ACTUALS"]["state"] == "PRESENT"


async def test_red_marks_are_counted_for_every_unit_and_for_the_whole_company(company: CompanyFixture) -> None:
    south = await add_unit(company, "HN", "华南")
    below, beside = await add_unit(company, "GD", "广东", parent=south), await add_unit(company, "BJ", "北京")
    with clock_at(AFTER):
        await with_actuals(company, below, {"甲": ("100", "50"), "乙": ("100", "100")})
        cycle = await add_cycle(company, "B")
        others = [(each, await add_person(company, name, name, unit=each)) for each, name in ((beside, "丙"), (south, "丁"))]
        await add_goals(company, cycle, others, title="其他")
        _, _, inputs = await lines(company, await taken(company.hr))
        _, goals, inputs_of_unit = await lines(company, await taken(company.hr, unit_id=south))
    counts = [
        (each["unit_code"], each["goals"], each["reported"], each["red"], each["undefined"])
        for each in inputs["ACTUALS"]["items"]
    ]
    assert counts == [(None, 4, 2, 1, 0), ("BJ", 1, 0, 0, 0), ("GD", 2, 2, 1, 0), ("HN", 3, 2, 1, 0)]
    assert sorted(goal["title"] for goal in goals) == ["乙", "其他", "甲"]
    assert [each["unit_code"] for each in inputs_of_unit["ACTUALS"]["items"]] == [None, "GD", "HN"]


async def test_a_company_measures_against_what_is_expected_by_now_if_it_says_so(company: CompanyFixture) -> None:
    unit = await add_unit(company, "GD", "广东")
    async with tenant_transaction(company.hr):
        body = {"red_percent": "20", "against": "EXPECTED"}
        rules = await create_definition(company.hr, kind="snapshot", key="default", name="快照规则", body=body)
        await publish_version(company.hr, rules.id, version=1)
    with clock_at(datetime(2026, 12, 31, 15, 59, tzinfo=UTC)):
        await with_actuals(company, unit, {"甲": ("100", "80"), "乙": ("100", "79.99")})
        head, goals, _ = await lines(company, await taken(company.hr))
    assert head["rules"] == {"against": "EXPECTED", "red_percent": "20"}
    assert {goal["title"]: (goal["expected"], goal["mark"]) for goal in goals} == {
        "甲": ("100.00", "WITHIN"),
        "乙": ("100.00", "RED"),
    }


@pytest.mark.parametrize("curve", ["LINEAR", "MONTHLY"])
async def test_what_a_snapshot_expects_is_what_progress_says(company: CompanyFixture, curve: str) -> None:
    unit = await add_unit(company, "GD", "广东")
    shapes = (("REACH", None, "0.03", 0), ("REACH", "10.00", "9.97", 0), ("MAINTAIN", None, "88.00", 0), ("REDUCE", "7", "5", 1))
    async with tenant_transaction(company.hr):
        rules = await create_definition(company.hr, kind="goal_rules", key="default", name="目标规则", body={"curve": curve})
        await publish_version(company.hr, rules.id, version=1)
    with clock_at(datetime(2026, 6, 15, 4, tzinfo=UTC)):
        await with_actuals(company, unit, {str(place): (shape[2], "1") for place, shape in enumerate(shapes)})
        async with tenant_transaction(company.system):
            for place, (aim, baseline, _, excluded) in enumerate(shapes):
                goal = await fetch_value("update goal set aim = $2 where title = $1 returning id", str(place), aim)
                await execute(
                    "insert into goal_version (tenant_id, id, created_at, goal_id, number, target, baseline, weight, months, "
                    "derivation) select tenant_id, gen_random_uuid(), now(), goal_id, 2, target, $2::numeric, weight, $3::jsonb, "
                    "'{}' from goal_version where goal_id = $1",
                    *(goal, baseline, json.dumps([str(month * place) for month in range(12)])),
                )
                await execute("update goal set current_number = 2 where id = $1", goal)
                await execute("update goal_progress set excluded = $2 where goal_id = $1", goal, excluded)
        _, goals, _ = await lines(company, await taken(company.hr))
        async with tenant_transaction(company.system):
            found = await progress_of(company.system, [UUID(goal["goal_id"]) for goal in goals])
    said = {UUID(goal["goal_id"]): (goal["expected"], goal["actual"], goal["attainment"]) for goal in goals}
    assert said == {goal: (str(each.expected), str(each.actual), str(each.attainment)) for goal, each in found.items()}
    assert len({expected for expected, _, _ in said.values()}) == 4


async def test_a_missing_source_is_marked_with_its_reason_and_the_snapshot_completes(company: CompanyFixture) -> None:
    snapshot = await taken(company.hr)
    head, _, inputs = await lines(company, snapshot)
    missing = {
        "ACTUALS": {"state": "MISSING", "reason": "NO_ACTUAL_REPORTED"},
        "MARKET": {"state": "MISSING", "reason": "NO_SIGNAL_FOR_MONTH"},
        "FORECAST": {"state": "MISSING", "reason": "NO_FORECAST_FOR_MONTH"},
    }
    assert head["blocks"] == missing
    assert {name: {key: each[key] for key in ("state", "reason")} for name, each in inputs.items()} == missing


async def test_signals_and_forecasts_of_the_month_and_the_one_before_are_pictured_as_last_said(company: CompanyFixture) -> None:
    unit = await add_unit(company, "GD", "广东")
    facts = [
        signal(value="49.5"),
        signal("CPI", "2.1", "2026-12"),
        signal("OLD", "1", "2026-10"),
        forecast("85", "100"),
        forecast("84.99", "100", code="EBIT", unit_id=unit),
        forecast("5", "0", code="CAPEX"),
    ]
    with clock_at(AFTER):
        async with tenant_transaction(company.hr):
            assert await record_signals(company.hr, facts) == 6
            assert await record_signals(company.hr, [signal(value="50.8"), facts[1]]) == 1
        old = await taken(company.hr)
        head, _, inputs = await lines(company, old)
        async with tenant_transaction(company.hr):
            await record_signals(company.hr, [signal(value="51")])
        new = await taken(company.hr)
    assert [(each["code"], each["value"]) for each in inputs["MARKET"]["items"]] == [("CPI", "2.1000"), ("PMI", "50.8000")]
    found = [(each["code"], each["unit_code"], each["mark"], each["deviation"]) for each in inputs["FORECAST"]["items"]]
    assert found == [
        ("CAPEX", None, "UNDEFINED", None),
        ("EBIT", "GD", "RED", "15.01"),
        ("REV", None, "WITHIN", "15.00"),
    ]
    assert (inputs["FORECAST"]["red"], inputs["MARKET"]["months"]) == (1, ["2026-11", "2026-12"])
    assert head["blocks"]["MARKET"] == {"state": "PRESENT", "reason": ""}
    async with tenant_transaction(company.hr):
        (change,) = (await diff_snapshots(company.hr, old.id, new.id)).inputs
    assert (change.block, change.old_state, change.new_state) == ("MARKET", "PRESENT", "PRESENT")
    assert [(each.name, each.old and each.old["value"], each.new and each.new["value"]) for each in change.items] == [
        ("PMI", "50.8000", "51.0000")
    ]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        (signal(month="2026-13"), "SIGNAL_INVALID", "signals[1]"),
        (signal(value="NaN"), "SIGNAL_INVALID", "signals[1]"),
        (signal(value="1e16"), "SIGNAL_INVALID", "signals[1]"),
        (signal(value="0.00001"), "SIGNAL_INVALID", "signals[1]"),
        (signal(code=" "), "SIGNAL_INVALID", "signals[1]"),
        (signal(source=""), "SIGNAL_INVALID", "signals[1]"),
        (signal(unit_id=uuid4()), "NOT_FOUND", "signals[1].unitId"),
        (signal(kind=SignalKind.FORECAST), "FORECAST_WITHOUT_BASELINE", "signals[1].baseline"),
    ],
)
async def test_facts_that_say_too_little_are_refused_all_together(
    company: CompanyFixture, given: Any, code: str, field: str
) -> None:
    error = await refusal(company.hr, partial(record_signals, company.hr, [signal(), given]))
    assert (error.code, error.field) == (code, field)
    async with tenant_transaction(company.hr):
        assert await fetch_value("select count(*) from signal") == 0


async def refusal(actor: Actor, act: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        async with tenant_transaction(actor):
            await act()
    return caught.value


async def test_too_many_facts_none_and_facts_of_anybody_are_refused(company: CompanyFixture) -> None:
    for facts in ([], [signal()] * 1001):
        assert (await refusal(company.hr, partial(record_signals, company.hr, facts))).code == "SIGNALS_TOO_MANY"
    assert isinstance(await refusal(company.auditor, partial(record_signals, company.auditor, [signal()])), Forbidden)


@pytest.mark.parametrize("label", [None, " ", "长" * 121])
async def test_a_snapshot_before_a_review_names_the_review(company: CompanyFixture, label: str | None) -> None:
    error = await refusal(company.hr, partial(take_snapshot, company.hr, kind="BEFORE_REVIEW", label=label))
    assert (error.code, error.field) == ("SNAPSHOT_LABEL_INVALID", "label")
    error = await refusal(company.hr, partial(take_snapshot, company.hr, label="三季度考核"))
    assert error.code == "SNAPSHOT_LABEL_INVALID"
    made = await taken(company.hr, kind="BEFORE_REVIEW", label=" 三季度考核 ")
    head, _, _ = await lines(company, made)
    assert (head["kind"], head["label"]) == ("BEFORE_REVIEW", "三季度考核")


async def test_a_manager_takes_and_reads_snapshots_of_what_is_below_them_only(company: CompanyFixture) -> None:
    mine, other = await add_unit(company, "GD", "广东"), await add_unit(company, "BJ", "北京")
    grants = [grant(f"snapshot:{each}", "SUBTREE") for each in ("read", "take")]
    await published(company.admin, more("manager", *grants))
    manager = await add_person(company, "M", "陈经理", unit=mine, roles=("manager",))
    for unit in (None, other, uuid4()):
        error = await refusal(manager, partial(take_snapshot, manager, unit_id=unit))
        assert error.code == ("FORBIDDEN" if unit is None else "NOT_FOUND")
    own, whole = await taken(manager, unit_id=mine), await taken(company.hr)
    async with tenant_transaction(manager):
        assert (await verify_snapshot(manager, own.id)).valid
    assert (await refusal(manager, partial(verify_snapshot, manager, whole.id))).code == "NOT_FOUND"


async def test_a_chain_that_began_with_heads_of_the_first_form_goes_on(company: CompanyFixture) -> None:
    content, empty = sha256_hex(b""), datetime(2026, 1, 1, tzinfo=UTC)
    named = {"id": str(company.tenant_id), "key": "k", "name": company.name}
    facts = {"number": 1, "kind": "ON_DEMAND", "period": None, "taken_at": empty, "goals": 0}
    header = canonical_bytes({"schema": "plumb.snapshot/1", "company": named, **facts}).decode()
    root = chain_root(company.tenant_id)
    async with tenant_transaction(company.hr):
        await execute(
            "insert into snapshot (tenant_id, id, created_at, number, kind, taken_at, goal_count, header, content_hash, "
            "previous_hash, chain_hash) values ($1, $2, $3, 1, 'ON_DEMAND', $3, 0, $4, $5, $6, $7)",
            *(company.tenant_id, first := uuid4(), empty, header, content, root, chain_hash(root, header, content)),
        )
    second = await taken(company.hr)
    async with tenant_transaction(company.hr):
        for snapshot_id, rows in ((first, 0), (second.id, 3)):
            report = await verify_snapshot(company.hr, snapshot_id)
            assert (report.valid, report.rows) == (True, rows)
        assert len((await diff_snapshots(company.hr, first, second.id)).inputs) == 3
