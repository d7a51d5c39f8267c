"""Figures that a template takes from metrics and reports: exact parts, each figure with its origin (C27, C31, C62, C82)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_schema.ground.ids import encode_id
from plumb_schema.ground.scalars import decimal_text, parse_decimal
from plumb_tenants.decomposition import run_computing
from plumb_tenants.decomposition.figures import NO_ORIGINS, STANDING_IN, complete
from plumb_tenants.decomposition.sourcing import days_of, find_figures
from plumb_tenants.decomposition.template_parts import FigureSource
from plumb_tenants.metrics.service import SubjectKind
from support.decomposition_made import work_off
from support.metrics_made import LIBRARY, observed, publish_body, publish_library, say
from support.portraits_made import ALL_PLANS, COMPLETE, GATE, RECONCILE, VALUES, Gate
from support.south import PEOPLE_BODY, UNITS_BODY, published_template

REVENUE = ("4000000", "2000000", "1500000", "1500000", "1000000")
LARGEST = "9" * 24 + ".000000000001"
STAFF = (6, 4, 4, 3, 3)
SOURCES: list[dict[str, Any]] = [
    {"figure": "potential", "metric": "revenue"},
    {"figure": "staff", "report_field": "活跃代表数"},
]
FIGURES = "figures { name value origin metric startsOn endsOn submissionId definitionVersionId asOf stale }"
EXPLAIN = f"query ($id: ID!) {{ explain(id: $id) {{ value holds {FIGURES} }} }}"
PREVIEW = f"query ($input: CreatePlanInput!) {{ previewPlan(input: $input) {{ nodes {{ suggested blocked {FIGURES} }} }} }}"


async def sourced(gate: Gate) -> dict[str, UUID]:
    """Let the gate's template take sales from the metric and heads from the report, and let the year before be known."""
    versions = await publish_library(gate.hr, "revenue")
    said = [
        observed(f"S{place}", "revenue", f"HN{place}", date(2025, 7, 1), amount, subject_kind=SubjectKind.UNIT)
        for place, amount in enumerate(REVENUE)
    ]
    other_year = observed("S9", "revenue", "HN0", date(2024, 7, 1), "999.00", subject_kind=SubjectKind.UNIT)
    await say(gate.hr, *said, other_year)
    body = UNITS_BODY | {"portrait": GATE, "figure_sources": SOURCES}
    gate.template = await published_template(gate.south.company, "sourced", body)
    return versions


async def report(gate: Gate, place: int) -> Any:
    heads = {"活跃代表数": STAFF[place], "代表": [{"工号": "R0", "评级": "A"}] * STAFF[place]}
    return await gate.report(f"HN{place}", COMPLETE | heads)


def only_priority(gate: Gate, **said: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return inputs that give the priority alone, and more for who is named by place."""
    asked: list[dict[str, Any]] = gate.input()["inputs"]
    for place, row in enumerate(asked):
        row["figures"] = [{"name": "priority", "value": "0.2"}, *said.get(f"n{place}", ())]
    return asked


async def test_a_source_that_gives_no_number_is_not_published_and_named_by_its_place(gate: Gate) -> None:
    await publish_library(gate.hr, "logins")
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"figure": "sunshine", "metric": "revenue"}, "SOURCE_WITHOUT_FIGURE", "figureSources[0].figure"),
        ({"figure": "potential"}, "SOURCE_UNCLEAR", "figureSources[0]"),
        ({"figure": "potential", "metric": "x", "reportField": "活跃代表数"}, "SOURCE_UNCLEAR", "figureSources[0]"),
        ({"figure": "potential", "metric": "nothing"}, "METRIC_UNKNOWN", "figureSources[0].metric"),
        ({"figure": "potential", "metric": "logins"}, "USAGE_NOT_SCORED", "figureSources[0].metric"),
        ({"figure": "potential", "reportField": "备注"}, "REPORT_FIELD_NOT_NUMBER", "figureSources[0].reportField"),
        ({"figure": "potential", "reportField": "没有"}, "REPORT_FIELD_NOT_NUMBER", "figureSources[0].reportField"),
    ]
    factors = [{"key": "potential", "name": "潜力", "weight": "100.00"}]
    body = {"metric": "销售额", "unitOfMeasure": "元", "level": "UNITS", "factors": factors, "portrait": GATE}
    for number, (source, code, place) in enumerate(cases):
        given: dict[str, Any] = {"key": f"x{number}", "name": "x", "body": {"decomposition": body | {"figureSources": [source]}}}
        made = await gate.does("createDefinition", "DefinitionVersion { id version }", **given)
        found = await gate.does("publishVersion", "DefinitionVersion { id }", **made)
        assert (found["code"], found["field"]) == (code, place), found
    twice = body | {"portrait": None, "figureSources": [{"figure": "potential", "reportField": "活跃代表数"}] * 2}
    made = await gate.does(
        "createDefinition", "DefinitionVersion { id version }", key="y", name="y", body={"decomposition": twice}
    )
    found = await gate.does("publishVersion", "DefinitionVersion { id }", **made)
    assert (found["code"], found["field"]) == ("SOURCE_WITHOUT_FIGURE", "figureSources[0].figure")


async def test_sales_from_the_metric_and_heads_from_the_reports_give_the_parts_of_the_main_job(gate: Gate) -> None:
    versions = await sourced(gate)
    sent = [await report(gate, place) for place in range(5)]
    asked = gate.input(inputs=only_priority(gate, n4=[{"name": "staff", "value": "3"}]))
    seen = (await gate.ask(gate.hr, PREVIEW, input=asked))["nodes"]
    assert [node["suggested"] for node in seen] == VALUES
    nodes = await gate.nodes(await gate.plan(inputs=asked["inputs"]))
    assert [node["value"] for node in nodes] == VALUES
    explained = await gate.ask(gate.hr, EXPLAIN, id=nodes[0]["id"])
    assert (explained["holds"], explained["figures"]) == (True, seen[0]["figures"])
    potential, staff, priority = explained["figures"]
    assert potential | {"definitionVersionId": None, "asOf": None} == {
        "name": "potential",
        "value": "4000000.00",
        "origin": "METRIC",
        "metric": "revenue",
        "startsOn": "2025-01-01",
        "endsOn": "2025-12-31",
        "submissionId": None,
        "definitionVersionId": None,
        "asOf": None,
        "stale": False,
    }
    assert potential["asOf"] > "2026-"
    assert potential["definitionVersionId"] == encode_id("DefinitionVersion", versions["revenue"])
    assert (staff["value"], staff["origin"], staff["submissionId"]) == ("6", "REPORT", sent[0]["id"])
    assert (priority["value"], priority["origin"]) == ("0.2", "GIVEN")
    # What somebody said goes before the report.
    assert seen[4]["figures"][1]["origin"] == "GIVEN"


async def test_a_value_corrected_later_leaves_the_plan_as_it_is_and_moves_the_next_one(gate: Gate) -> None:
    await sourced(gate)
    for place in range(5):
        await report(gate, place)
    plan = await gate.plan(inputs=only_priority(gate))
    corrected = observed("S0", "revenue", "HN0", date(2025, 7, 1), "14000000", subject_kind=SubjectKind.UNIT, revision=2)
    await say(gate.hr, corrected)
    assert (await gate.ask(gate.hr, RECONCILE, id=plan))["holds"] is True
    node = (await gate.nodes(plan))[0]
    explained = await gate.ask(gate.hr, EXPLAIN, id=node["id"])
    assert (explained["value"], explained["holds"], explained["figures"][0]["value"]) == ("9900000.00", True, "4000000.00")
    # 50 % x 14/20 + 30 % x 6/20 + 20 % x 1/5 of 30,000,000.
    assert (await gate.nodes(await gate.plan(inputs=only_priority(gate))))[0]["value"] == "14400000.00"
    for anew, value in ((False, "9900000.00"), (True, "14400000.00")):
        given: dict[str, Any] = {"planId": plan, "title": "按新数据", "total": "30000000.00", "refreshFigures": anew}
        branched = await gate.does("branchPlan", "Plan { id }", **given)
        assert (await gate.nodes(branched["id"]))[0]["value"] == value


async def test_who_has_no_report_is_kept_open_the_mean_of_the_siblings_until_a_scenario_takes_the_late_one(gate: Gate) -> None:
    await sourced(gate)
    for place in range(4):
        await report(gate, place)
    plan = await gate.plan(inputs=only_priority(gate))
    node = (await gate.nodes(plan))[4]
    assert (node["value"], node["blocked"]) == ("0.00", "NOT_SUBMITTED")
    figures = (await gate.ask(gate.hr, EXPLAIN, id=node["id"]))["figures"]
    assert [(each["value"], each["origin"]) for each in figures] == [
        ("1000000.00", "METRIC"),
        ("4.25", "SIBLINGS_MEAN"),
        ("0.2", "GIVEN"),
    ]
    await report(gate, 4)
    await gate.unblock(plan)
    # 50 % x 1/10 + 30 % x 4.25/21.25 + 20 % x 1/5 of 30,000,000: the mean, which moved nobody when the report came.
    assert (await gate.nodes(plan))[4]["value"] == "4500000.00"
    branched = await gate.does("branchPlan", "Plan { id }", planId=plan, title="按报告", total="30000000.00")
    nodes = await gate.nodes(branched["id"])
    assert [each["value"] for each in nodes] == VALUES
    figures = (await gate.ask(gate.hr, EXPLAIN, id=nodes[4]["id"]))["figures"]
    assert [(each["value"], each["origin"]) for each in figures][:2] == [("1000000.00", "METRIC"), ("3", "REPORT")]


async def test_a_figure_that_was_found_nowhere_is_missing_and_not_zero(gate: Gate) -> None:
    await sourced(gate)
    refused = await gate.does("createPlan", "Plan { id }", **gate.input(inputs=only_priority(gate)))
    # Nobody has a report, so there is no mean either.
    assert (refused["code"], refused["field"]) == ("FACTOR_INPUT_MISSING", "inputs[0].figures")
    for place in range(5):
        await report(gate, place)
    named = only_priority(gate, n1=[{"name": "potential", "value": None}])
    refused = await gate.does("createPlan", "Plan { id }", **gate.input(inputs=named))
    assert (refused["code"], refused["field"]) == ("FACTOR_INPUT_MISSING", "inputs[1].figures[1]")
    assert await gate.south.count("plan") == 0


async def test_a_run_weighs_provinces_by_their_year_before_and_people_by_their_months_before(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sourced(gate)
    for place in range(5):
        await report(gate, place)
    await publish_body(gate.hr, "metric", "sold", LIBRARY["revenue"])
    days = (date(2025, 9, 30), date(2025, 10, 1), date(2025, 12, 31), date(2026, 1, 1))
    said = [
        observed(f"P{person}{place}", "sold", f"R{person}", day, f"{(person + 1) * 100}.00")
        for person in range(3)
        for place, day in enumerate(days)
    ]
    await say(gate.hr, *said, observed("PM", "sold", "M2", date(2025, 11, 11), "1200.00"))
    factor = {"key": "sold", "name": "近三月销售", "weight": "100.00"}
    source = {"figure": "sold", "metric": "sold", "months_before": 3}
    south = gate.south
    people = await published_template(south.company, "sold", PEOPLE_BODY | {"factors": [factor], "figure_sources": [source]})
    asked: dict[str, Any] = {
        "cycleId": encode_id("Cycle", south.cycle),
        "unitId": encode_id("OrgUnit", south.unit),
        "unitsVersionId": encode_id("DefinitionVersion", gate.template),
        "peopleVersionId": encode_id("DefinitionVersion", people),
        "total": "30000000.00",
        "inputs": only_priority(gate),
    }
    run = await gate.does("startRun", "PlanRun { id }", **asked)
    looked_up: list[int] = []

    async def counting(actor: Actor, template: Any, cycle: Any, codes: Any) -> Any:
        looked_up.append(len(codes))
        return await find_figures(actor, template, cycle, codes)

    monkeypatch.setattr(run_computing, "find_figures", counting)
    await work_off(gate.hr, UUID(run["id"].partition("_")[2]))
    assert looked_up == [5, 0, 0, 4]  # each job looks for the figures of its own level, provinces first
    plans = sorted((edge["node"] for edge in (await gate.ask(gate.hr, ALL_PLANS))["edges"]), key=lambda plan: plan["depth"])
    nodes = [edge["node"] for plan in plans for edge in plan["nodes"]["edges"]]
    assert [node["value"] for node in nodes[:5]] == VALUES
    assert {node["name"]: node["value"] for node in nodes[5:]} == {
        "林经理": "4950000.00",
        "代表0": "825000.00",
        "代表1": "1650000.00",
        "代表2": "2475000.00",
    }
    figures = [(await gate.ask(gate.hr, EXPLAIN, id=node["id"]))["figures"][0] for node in (nodes[0], nodes[-1])]
    assert [(each["origin"], each["startsOn"]) for each in figures] == [("METRIC", "2025-01-01"), ("METRIC", "2025-10-01")]


@pytest.mark.parametrize(
    ("source", "days", "expected"),
    [
        ({"metric": "x"}, ((2026, 1, 1), (2026, 12, 31)), ((2025, 1, 1), (2025, 12, 31))),
        ({"metric": "x", "years_before": 3}, ((2026, 7, 1), (2026, 9, 30)), ((2023, 7, 1), (2023, 9, 30))),
        ({"metric": "x"}, ((2025, 2, 1), (2025, 2, 28)), ((2024, 2, 1), (2024, 2, 29))),
        ({"metric": "x"}, ((2024, 2, 29), (2024, 2, 29)), ((2023, 2, 28), (2023, 2, 28))),
        ({"metric": "x", "months_before": 1}, ((2026, 3, 15), (2026, 4, 14)), ((2026, 2, 1), (2026, 2, 28))),
        ({"metric": "x", "months_before": 14}, ((2026, 1, 1), (2026, 12, 31)), ((2024, 11, 1), (2025, 12, 31))),
    ],
)
def test_the_days_that_a_metric_counts_over(source: dict[str, Any], days: Any, expected: Any) -> None:
    first, last = (date(*day) for day in days)
    assert days_of(FigureSource(figure="x", **source), first, last) == tuple(date(*day) for day in expected)


def test_a_mean_stands_in_only_for_who_waits_and_was_told_nothing() -> None:
    given: list[dict[str, Decimal | None]] = [{"heads": Decimal(3)}, {"heads": None}, {}, {}]
    made = complete(given, [{}, {}, {}, {}], [False, True, True, False], ["heads"])
    assert made.figures == [{"heads": Decimal(3)}, {"heads": None}, {"heads": Decimal(3)}, {}]
    assert made.origins == [NO_ORIGINS, NO_ORIGINS, {"heads": STANDING_IN}, NO_ORIGINS]


@pytest.mark.parametrize(
    ("known", "mean"),
    [
        (("3", "3", "4"), "3.333333333333"),
        (("10", "30"), "20"),
        (("0", "0"), "0"),
        ((LARGEST, LARGEST), LARGEST),
    ],
)
def test_the_mean_that_stands_in_is_a_number_that_the_api_takes_back(known: tuple[str, ...], mean: str) -> None:
    given: list[dict[str, Decimal | None]] = [{"heads": Decimal(each)} for each in known]
    given.append({})
    made = complete(given, [{}] * len(given), [*[False] * len(known), True], ["heads"])
    found = made.figures[-1]["heads"]
    assert found is not None
    assert parse_decimal(decimal_text(found)) == Decimal(mean)
