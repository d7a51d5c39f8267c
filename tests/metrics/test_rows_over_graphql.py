"""Rows C20, C27, C30, C48, C62 and N18 as a front end meets them: each aggregation, age and version of figures, each refusal."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from plumb_platform.clock import clock_at
from plumb_schema.ground.ids import encode_id
from support.asking import Ask, first_code
from support.companies import add_unit
from support.filled_company import fingerprint
from support.metrics_made import publish_library
from support.team import Team

PROBLEM = "... on Problem { code message field }"
RECORD = f"""mutation ($input: RecordObservationsInput!) {{ recordObservations(input: $input) {{
  ... on RecordedObservations {{ recorded standing unchanged }} {PROBLEM} }} }}"""
VALUE = """query ($metric: String!, $last: Date!) {
  metricValue(metric: $metric, subject: {kind: PERSON, code: "E1"}, startsOn: "2026-03-01", endsOn: $last) {
  value reason asOf stale definitionNumber definitionVersionId parts { name value } } }"""
GRAPH = '{ metricDependants(key: "visit") { key distance } }'
LINT = "query ($id: ID!) { definitionVersion(id: $id) { lint { severity code path message } } }"
NOON = datetime(2026, 3, 31, 4, 0, tzinfo=UTC)
COUNT: dict[str, Any] = {"type": "COUNT", "unitOfMeasure": "次", "indicator": "LEADING", "places": 0}


def computed(formula: str, **inputs: str) -> dict[str, Any]:
    named = [{"name": name, "metric": metric} for name, metric in inputs.items()]
    return {"type": "NUMBER", "unitOfMeasure": "分", "indicator": "LEADING", "formula": formula, "inputs": named}


def said(external_id: str, metric: str, day: int, value: str | None = None, **more: Any) -> dict[str, Any]:
    place = {"subject": {"kind": "PERSON", "code": "E1"}, "day": f"2026-03-{day:02}", "value": value}
    return {"externalId": external_id, "metric": metric} | place | more


class Desk:
    """HR of a team, asked over the API at noon of 31 March 2026 unless said."""

    def __init__(self, team: Team, ask: Ask) -> None:
        self.team, self.hr, self.ask = team, team.company.hr, replace(ask, at=NOON)

    async def does(self, name: str, shown: str, /, **given: Any) -> Any:
        document = (
            f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ ... on {shown} {PROBLEM} }} }}"
        )
        return await self.ask(self.hr, document, input=given)

    async def says(self, *rows: dict[str, Any], source: str = "crm", **more: Any) -> Any:
        return await self.ask(self.hr, RECORD, input={"source": source, "observations": list(rows), **more})

    async def value(self, metric: str, last: str = "2026-03-31", at: datetime = NOON) -> Any:
        return await replace(self.ask, at=at)(self.hr, VALUE, metric=metric, last=last)

    async def publish(self, kind: str, key: str, body: dict[str, Any]) -> Any:
        made = await self.does("createDefinition", "DefinitionVersion { id version }", key=key, name=key, body={kind: body})
        return await self.does("publishVersion", "DefinitionVersion { id }", **made) | {"draft": made["id"]}

    async def refused(self, name: str, shown: str, /, **given: Any) -> tuple[str, str | None]:
        """Return why something is refused, after which nothing at all is otherwise."""
        before = await fingerprint(self.team.company)
        answer = await self.does(name, shown, **given)
        assert await fingerprint(self.team.company) == before
        return answer["code"], answer["field"]


@pytest.fixture
async def desk(team: Team, ask: Ask) -> Desk:
    with clock_at(datetime(2026, 1, 1, 4, 0, tzinfo=UTC)):
        await publish_library(team.company.hr)
    return Desk(team, ask)


async def test_a_cycle_is_refused_over_the_api_by_the_names_of_its_metrics_and_the_graph_stays(desk: Desk) -> None:
    graph = await desk.ask(desk.hr, GRAPH)
    (visit,) = [
        each["id"]
        for each in await desk.ask.nodes(
            desk.hr, '{ definitions(first: 100, where: {kind: {eq: "metric"}}) { edges { node { id key } } } }'
        )
        if each["key"] == "visit"
    ]
    draft = await desk.does("newDraft", "DefinitionVersion { id version }", definitionId=visit)
    body = {"metric": COUNT | computed("活跃 / 2", 活跃="activity") | {"type": "COUNT"}}
    changed = await desk.does("updateDraft", "DefinitionVersion { id version }", **draft, body=body)
    before = await fingerprint(desk.team.company)
    for locale, text in (
        ("zh-CN", "指标之间形成循环：visit → activity → effective_visit → visit"),
        ("en", "visit → activity → "),
    ):
        answer = await Desk(desk.team, desk.ask.in_language(locale)).does("publishVersion", "DefinitionVersion { id }", **changed)  # type: ignore[arg-type] # both are locales
        assert (answer["code"], answer["field"]) == ("METRIC_CYCLE", "inputs[0].metric")
        assert text in answer["message"]
    assert await fingerprint(desk.team.company) == before
    assert await desk.ask(desk.hr, GRAPH) == graph


async def test_each_aggregation_gives_its_value_with_its_age_and_the_version_that_defines_it(desk: Desk) -> None:
    """Sum 300, average 20, last 45, a ratio of sums of 2 orders over 4 visits, 2 of 4 hospitals, and a formula over them."""
    rows = [said(f"R{n}", "revenue", n, value) for n, value in ((1, "100.00"), (2, "200.00"))]
    rows += [said(f"B{n}", "price_band", n, value) for n, value in ((1, "10.00"), (2, "30.00"))]
    rows += [said(f"P{n}", "payment_cycle", n, value) for n, value in ((5, "60"), (9, "45"), (7, "90"))]
    rows += [said(f"V{n}", "visit", n, objectCode=f"H{n}") for n in range(1, 5)]
    rows += [said(f"F{n}", "follow_up", n + 9, objectCode=f"H{n}") for n in range(1, 5)]
    rows += [said(f"O{n}", "order_count", n) for n in (20, 21)]
    rows += [said(f"H{n}", "hospital", n, objectCode=f"H{n % 2}") for n in range(4, 8)]
    assert await desk.says(*rows) == {"recorded": 21, "standing": 21, "unchanged": 0}
    found = {
        metric: await desk.value(metric)
        for metric in ("revenue", "price_band", "payment_cycle", "conversion", "hospital", "activity")
    }
    assert {metric: each["value"] for metric, each in found.items()} == {
        "revenue": "300.00",
        "price_band": "20.00",
        "payment_cycle": "45.00",
        "conversion": "50.00",
        "hospital": "2",
        "activity": "10.00",
    }
    assert found["activity"]["parts"] == [{"name": "有效拜访", "value": "4"}, {"name": "医院数", "value": "2"}]
    library = {each["key"]: each for each in await desk.ask(desk.hr, "{ metrics { key versionId number } }")}
    for metric, each in found.items():
        assert (each["definitionVersionId"], each["definitionNumber"]) == (library[metric]["versionId"], 1)
        assert (datetime.fromisoformat(each["asOf"]), each["stale"]) == (NOON, False)


async def test_a_late_row_counts_a_correction_replaces_it_an_older_one_does_not_and_a_day_later_all_is_stale(desk: Desk) -> None:
    await desk.says(said("R1", "revenue", 2, "100.00"))
    assert (await desk.value("revenue"))["value"] == "100.00"
    assert (await desk.says(said("R0", "revenue", 1, "50.00")))["standing"] == 1, "a row of an earlier day that comes late"
    assert (await desk.says(said("R1", "revenue", 2, "110.00", revision=3)))["standing"] == 1
    assert (await desk.says(said("R1", "revenue", 2, "999.00", revision=2)))["standing"] == 0
    assert (await desk.value("revenue"))["value"] == "160.00"
    assert (await desk.value("revenue", last="2026-03-01"))["value"] == "50.00"
    ages = [
        (await desk.value("revenue", "2026-12-31", at=NOON.replace(month=4, day=1, hour=hour)))["stale"] for hour in (3, 4, 5)
    ]
    assert ages == [False, False, True], "older than one day"


async def test_a_template_of_lagging_metrics_alone_is_warned_about_and_published(desk: Desk) -> None:
    factor = {"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}
    body = {"metric": "revenue", "unitOfMeasure": "元", "level": "PEOPLE", "factors": [factor]}
    made = await desk.publish("decomposition", "lagging", body)
    assert "code" not in made
    assert (await desk.ask(desk.hr, LINT, id=made["draft"]))["lint"] == [
        {
            "severity": "WARNING",
            "code": "NO_LEADING_METRIC",
            "path": "",
            "message": "This template uses lagging metrics alone (revenue); add a leading one at least.",
        }
    ]
    assert (
        await desk.ask(desk.hr, LINT, id=(await desk.publish("decomposition", "leading", body | {"metric": "visit"}))["draft"])
    )["lint"] == []


async def test_usage_data_is_refused_by_every_mutation_that_could_score_it(desk: Desk) -> None:
    drafts = {
        ("FORMULA_USAGE", "formula"): {"metric": computed("登录 * 2", 登录="logins")},
        ("USAGE_NOT_SCORED", "inputs[0].metric"): {"metric": computed("1", 登录="logins")},
        ("USAGE_NOT_SCORED", "event.followedBy"): {"metric": COUNT | {"event": {"of": "visit", "followedBy": "logins"}}},
        ("USAGE_NOT_SCORED", "metrics[0]"): {
            "form": {"title": "表", "fields": [{"key": "a", "label": "说明", "type": "LONG_TEXT"}], "metrics": ["logins"]}
        },
    }
    for place, (expected, body) in enumerate(drafts.items()):
        made = await desk.does("createDefinition", "DefinitionVersion { id version }", key=f"u{place}", name="u", body=body)
        assert await desk.refused("publishVersion", "DefinitionVersion { id }", **made) == expected
    owner = desk.team.owner.person_id
    assert owner is not None
    goal = {
        "cycleId": encode_id("Cycle", desk.team.cycle),
        "unitId": encode_id("OrgUnit", desk.team.unit),
        "ownerId": encode_id("Person", owner),
        "kind": "KPI",
        "title": "活跃",
        "metric": "活跃",
        "metricKey": "logins",
        "unitOfMeasure": "次",
        "target": "20",
    }
    assert await desk.refused("createGoal", "Goal { id }", **goal) == ("USAGE_NOT_SCORED", "metricKey")
    base = {"metric": "logins", "subject": {"kind": "COMPANY"}, "startsOn": "2025-01-01", "endsOn": "2025-12-31"}
    refused = await desk.refused("recordGrowthBase", "GrowthBase { number }", **base, reason="审计", value="5")
    assert refused == ("USAGE_NOT_SCORED", "metric")


async def test_growth_on_a_missing_or_a_negative_base_is_refused_and_a_quarter_grows_by_eighteen_percent(desk: Desk) -> None:
    year = {"metric": "revenue", "subject": {"kind": "COMPANY"}, "startsOn": "2025-01-01", "endsOn": "2025-12-31"}
    target, base = "GrowthTarget { base baseNumber target }", "GrowthBase { number value }"
    assert await desk.refused("setGrowthTarget", target, **year, percent="15") == ("GROWTH_BASE_MISSING", "base")
    for value, code, field in (("-0.01", "GROWTH_BASE_NEGATIVE", "value"), (None, "GROWTH_BASE_MISSING", "base")):
        refused = await desk.refused("recordGrowthBase", base, **year, reason="审计", value=value)
        assert refused == (code, field)
    quarter = year | {"startsOn": "2025-10-01"}
    for asked, value, percent, grown in (
        (year, "720000000.00", "15", "828000000.00"),
        (quarter, "180000000.00", "18", "212400000.00"),
    ):
        assert (await desk.does("recordGrowthBase", base, **asked, reason="审计", value=value))["number"] == 1
        found = await desk.does("setGrowthTarget", target, **asked, percent=percent)
        assert (found["baseNumber"], found["target"]) == (1, grown)


async def test_a_metric_by_unit_comes_in_pages_by_code_and_no_page_holds_more_than_a_hundred(desk: Desk) -> None:
    for code in ("XA", "XB", "XC"):
        await add_unit(desk.team.company, code, code)
    await desk.says(said("R1", "revenue", 2, "7.25"))
    query = """query ($skip: Int, $first: Int) { metricByUnit(metric: "revenue", startsOn: "2026-03-01", endsOn: "2026-03-31",
      skip: $skip, first: $first) { code value { value } } }"""
    every = await desk.ask(desk.hr, query, skip=0, first=100)
    assert [each["code"] for each in every] == sorted(each["code"] for each in every)
    assert {each["code"]: each["value"]["value"] for each in every}["HN"] == "7.25"
    pages = [await desk.ask(desk.hr, query, skip=skip, first=2) for skip in range(0, len(every) + 2, 2)]
    assert [each for page in pages for each in page] == every
    for skip, first, code in ((0, 101, "PAGE_SIZE_INVALID"), (-1, 5, "SKIP_INVALID")):
        assert await replace(desk.ask, otherwise=first_code)(desk.hr, query, skip=skip, first=first) == code
