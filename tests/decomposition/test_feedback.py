"""Quarterly calibration over the API: feedback, a reviewed proposal, weights for the next period alone (C44)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import Database, fetch, fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.decomposition.service import open_due_rounds
from plumb_tenants.definitions.service import create_definition
from plumb_tenants.goals.service import create_cycle
from plumb_tenants.surveys.service import close_due_surveys
from support.asking import Ask
from support.companies import member
from support.metrics_made import publish_body
from support.south import UNITS_BODY, South, make_south

PROBLEM = "... on Problem { code message field }"
ROUND = """FeedbackRound { id state version quarter effectiveFrom draftVersionId
  survey { id kind state version value respondents minimum aboutVersionId } }"""
VERSION = "DefinitionVersion { id version state effectiveFrom }"
PLAN = """query ($id: ID!) { plan(id: $id) { total state templateVersionId
  nodes { edges { node { name value goal { target weight state } } } } } }"""
EXPLAIN = "query ($id: ID!) { explain(id: $id) { value holds templateNumber factors { key weight contribution } } }"
DRAFT = "query ($id: ID!) { definitionVersion(id: $id) { id version } }"
SETTLED = "query ($id: ID!) { feedbackRound(id: $id) { state effectiveFrom } }"
NEW = [{"factor": "potential", "weight": "40.00"}, {"factor": "staff", "weight": "40.00"}]
BEFORE = ["9900000.00", "6000000.00", "5250000.00", "4800000.00", "4050000.00"]
AFTER = ["9600000.00", "6000000.00", "5400000.00", "4800000.00", "4200000.00"]


def at(month: int, day: int) -> Any:
    """Hold the clock at noon in China on a day of 2026."""
    return clock_at(datetime(2026, month, day, 4, tzinfo=UTC))


@dataclass
class Quarters:
    """The company of the main job in the first quarter, with the next one to come, and who reviews and answers."""

    south: South
    ask: Ask
    template: UUID
    cycles: dict[str, UUID]
    form: str
    reviewer: Actor

    @property
    def hr(self) -> Actor:
        return self.south.company.hr

    async def does(self, name: str, shown: str, by: Actor | None = None, /, **given: Any) -> Any:
        typed = "CreatePlanInput" if name == "createPlan" else f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation ($input: {typed}!) {{ {name}(input: $input) {{ ... on {shown} {PROBLEM} }} }}"
        return await self.ask(by or self.hr, document, input=given)

    async def plan(self, quarter: str, template: str) -> Any:
        """Split 30,000,000 of a quarter by a version of the template; return the plan's id or the Problem."""
        inputs = [
            {
                "childId": encode_id("OrgUnit", unit),
                "figures": [{"name": name, "value": str(value)} for name, value in figures.items()],
            }
            for unit, figures in self.south.inputs.items()
        ]
        given = {"templateVersionId": template, "total": "30000000.00", "inputs": inputs}
        places = {"cycleId": encode_id("Cycle", self.cycles[quarter]), "unitId": encode_id("OrgUnit", self.south.unit)}
        return await self.does("createPlan", "Plan { id version }", **given, **places)

    async def values(self, plan: str) -> list[str]:
        found = await self.ask(self.hr, PLAN, id=plan)
        return [edge["node"]["value"] for edge in found["nodes"]["edges"]]

    async def opened(self, closes: str = "2026-03-20", **changes: Any) -> Any:
        async with tenant_transaction(self.hr):
            definition = await fetch_value("select id from definition where key = 'weighted'")
        given = {"definitionId": encode_id("Definition", definition), "formVersionId": self.form, "scoreField": "权重适配度"}
        return await self.does("openFeedbackRound", ROUND, **given | {"closesOn": closes} | changes)

    async def collected(self) -> Any:
        """Open a round, let five answer and close it; return the round."""
        opened = await self.opened()
        survey = opened["survey"]
        people = [self.south.manager, self.south.guangdong_manager, *self.south.representatives]
        for person, score in zip(people, (4, 5, 6, 5, 4), strict=True):
            await self.does("answerSurvey", "Survey { id }", person, surveyId=survey["id"], values={"权重适配度": score})
        await self.does("closeSurvey", "Survey { id }", surveyId=survey["id"], version=1)
        return opened

    async def reviewed(self, draft: dict[str, Any]) -> Any:
        """Submit a draft for review and approve it; return the version as it is then."""
        given = {"id": draft["id"], "version": draft["version"]}
        submitted = await self.does("submitForReview", VERSION, **given)
        await self.does("approveVersion", VERSION, self.reviewer, id=draft["id"], comment="同意")
        return submitted


@pytest.fixture
async def quarters(database: Database, ask: Ask) -> Quarters:
    """Make the company with two quarters, a rule of review for templates, and the shipped feedback form."""
    with at(1, 5):
        south = await make_south()
        company = south.company
        reviewer = await member(company.tenant_id, "company_admin")
        cycles = {}
        async with tenant_transaction(company.hr):
            for code, first, last in (("2026-Q1", (1, 1), (3, 31)), ("2026-Q2", (4, 1), (6, 30))):
                days = {"starts_on": date(2026, *first), "ends_on": date(2026, *last)}
                cycles[code] = (await create_cycle(company.hr, code=code, name=code, **days)).id
        shown = "AdoptedFormPack { versionIds }"
        document = f"mutation ($input: AdoptFormPackInput!) {{ adoptFormPack(input: $input) {{ ... on {shown} {PROBLEM} }} }}"
        adopted = await ask(company.hr, document, input={"pack": "GOAL_SURVEYS"})
        await publish_body(company.admin, "review", "default", {"rules": [{"kind": "decomposition", "roles": ["company_admin"]}]})
    return Quarters(south, ask, south.template, cycles, adopted["versionIds"][-1], reviewer)


async def test_a_round_is_opened_once_a_quarter_within_it_by_who_holds_surveys_and_about_a_template(quarters: Quarters) -> None:
    other = await make_south("另一家公司")
    with at(3, 2):
        assert (await quarters.opened("2026-04-01"))["code"] == "FEEDBACK_OUTSIDE_QUARTER"
        assert (await quarters.opened(opensOn="2025-12-31"))["field"] == "closesOn"
        assert (await quarters.opened(scoreField="变化方向"))["code"] == "SURVEY_INVALID"
        assert (await quarters.opened(definitionId=encode_id("Definition", other.cycle)))["field"] == "definitionId"
        form = await quarters.does("openFeedbackRound", ROUND, quarters.south.manager, **await given_of(quarters))
        assert form["code"] == "FORBIDDEN"
        foreign = await quarters.does("openFeedbackRound", ROUND, other.company.hr, **await given_of(quarters))
        assert (foreign["code"], foreign["field"]) == ("NOT_FOUND", "definitionId")
        assert await quarters.south.count("survey") == 0
        opened = await quarters.opened()
        assert (opened["state"], opened["quarter"], opened["survey"]["kind"]) == ("OPEN", "2026-01-01", "WEIGHTS")
        assert opened["survey"]["aboutVersionId"] == encode_id("DefinitionVersion", quarters.template)
        assert (await quarters.opened())["code"] == "FEEDBACK_ROUND_EXISTS"
        given = {"roundId": opened["id"], "version": 1}
        assert (await quarters.does("proposeWeights", ROUND, **given, weights=NEW))["code"] == "FEEDBACK_OPEN"
    with at(4, 1):
        again = await quarters.opened("2026-04-20")
        assert (again["state"], again["quarter"]) == ("OPEN", "2026-04-01")


async def given_of(quarters: Quarters) -> dict[str, Any]:
    """Return what opens the round of the company's template."""
    async with tenant_transaction(quarters.hr):
        definition = await fetch_value("select id from definition where key = 'weighted'")
    given = {"definitionId": encode_id("Definition", definition), "formVersionId": quarters.form}
    return given | {"scoreField": "权重适配度", "closesOn": "2026-03-20"}


async def test_a_proposal_that_is_none_changes_nothing_and_a_round_may_end_without_one(quarters: Quarters) -> None:
    with at(3, 2):
        opened = await quarters.collected()
        given = {"roundId": opened["id"], "version": 1}
        cases = (
            ([{"factor": "ghost", "weight": "40.00"}], "FACTOR_UNKNOWN", "weights[0].factor"),
            ([{"factor": "staff", "weight": "40.00", "weightSet": "new"}], "FACTOR_UNKNOWN", "weights[0].factor"),
            ([*NEW, NEW[0] | {"weight": "60.00"}], "WEIGHT_TWICE", "weights[2].factor"),
            ([{"factor": "potential", "weight": "40.00"}], "WEIGHTS_NOT_100", "factors"),
            ([{"factor": "potential", "weight": "140.00"}], "DEFINITION_BODY_INVALID", "body.factors[0].weight"),
            ([{"factor": "potential", "weight": "50"}], "WEIGHTS_UNCHANGED", "weights"),
        )
        for weights, code, field in cases:
            refused = await quarters.does("proposeWeights", ROUND, **given, weights=weights)
            assert (refused["code"], refused["field"]) == (code, field)
        stale = await quarters.does("proposeWeights", ROUND, roundId=opened["id"], version=7, weights=NEW)
        assert stale["code"] == "CONFLICT"
        async with tenant_transaction(quarters.hr):
            assert await fetch_value("select count(*) from definition_version where state = 'DRAFT'") == 0
        blank = await quarters.does("declineFeedbackRound", ROUND, **given, reason=" ")
        assert (blank["code"], blank["field"]) == ("FEEDBACK_REASON_INVALID", "reason")
        declined = await quarters.does("declineFeedbackRound", ROUND, **given, reason="样本偏差大")
        assert (declined["state"], declined["version"]) == ("DECLINED", 2)
        for name, more in (("proposeWeights", {"weights": NEW}), ("declineFeedbackRound", {"reason": "再次"})):
            settled = await quarters.does(name, ROUND, roundId=opened["id"], version=2, **more)
            assert (settled["code"], settled["field"]) == ("FEEDBACK_SETTLED", "roundId")


async def test_accepted_weights_hold_from_the_next_quarter_and_the_running_one_keeps_its_numbers(quarters: Quarters) -> None:
    old = encode_id("DefinitionVersion", quarters.template)
    with at(1, 6):
        first = await quarters.plan("2026-Q1", old)
        await quarters.does("publishPlan", "Plan { id }", planId=first["id"], version=1)
    stands = (
        "select * from plan_node order by id",
        "select * from goal_version order by id",
        "select * from goal_progress order by 1",
    )
    with at(3, 2):
        async with tenant_transaction(quarters.hr):
            before = [await fetch(sql) for sql in stands]
        seen = await quarters.ask(quarters.hr, PLAN, id=first["id"])
        opened = await quarters.collected()
        found = await quarters.does("proposeWeights", ROUND, roundId=opened["id"], version=1, weights=NEW, note="一季度反馈")
        assert (found["state"], found["survey"]["state"], found["survey"]["value"]) == ("PROPOSED", "TOLD", "4.8")
        draft = await quarters.ask(quarters.hr, DRAFT, id=found["draftVersionId"])
        waiting = await quarters.does("publishVersion", VERSION, id=draft["id"], version=draft["version"])
        assert waiting["code"] == "REVIEW_REQUIRED"
        submitted = await quarters.reviewed(draft)
        given = {"id": draft["id"], "version": submitted["version"]}
        for day in ("2026-03-02", "2026-03-31"):
            early = await quarters.does(
                "publishVersion", VERSION, id=draft["id"], version=submitted["version"], effectiveFrom=day
            )
            assert (early["code"], early["field"]) == ("EFFECT_TOO_EARLY", "effectiveFrom")
        accepted = await quarters.does("publishVersion", VERSION, **given)
        assert (accepted["state"], accepted["effectiveFrom"]) == ("PUBLISHED", "2026-04-01")
        round_ = await quarters.ask(
            quarters.hr, "query ($id: ID!) { feedbackRound(id: $id) { state effectiveFrom } }", id=found["id"]
        )
        assert round_ == {"state": "ACCEPTED", "effectiveFrom": "2026-04-01"}
        assert (await quarters.plan("2026-Q1", draft["id"]))["code"] == "VERSION_NOT_EFFECTIVE"
        # Who plans ahead does it by the weights of the period that is planned.
        ahead = await quarters.plan("2026-Q2", draft["id"])
        assert await quarters.values(ahead["id"]) == AFTER
    with at(4, 2):
        late = await quarters.plan("2026-Q1", draft["id"])
        assert (late["code"], late["field"]) == ("WEIGHTS_OF_LATER_PERIOD", "templateVersionId")
        past = await quarters.plan("2026-Q2", old)
        assert (past["code"], past["field"]) == ("WEIGHTS_CALIBRATED", "templateVersionId")
        branch = {"planId": first["id"], "title": "新权重", "templateVersionId": draft["id"]}
        assert (await quarters.does("branchPlan", "Plan { id }", **branch))["code"] == "WEIGHTS_OF_LATER_PERIOD"
        second = await quarters.plan("2026-Q2", draft["id"])
        assert await quarters.values(second["id"]) == AFTER
        # The running period, its plans, goals and roll-ups: not a cent has moved, and the old weights explain them.
        async with tenant_transaction(quarters.hr):
            after = [await fetch(sql) for sql in stands]
        assert after[1:] == before[1:]
        assert [row for row in after[0] if row in before[0]] == before[0]
        assert await quarters.ask(quarters.hr, PLAN, id=first["id"]) == seen
        assert await quarters.values(first["id"]) == BEFORE
        again = await quarters.plan("2026-Q1", old)
        assert await quarters.values(again["id"]) == BEFORE


async def test_rounds_open_by_themselves_once_a_quarter_where_the_company_says_so(quarters: Quarters) -> None:
    system = quarters.south.company.system
    rule = {"rounds": [{"template": "weighted", "days": 10}, {"template": "nowhere"}]}

    async def kept_up() -> list[str]:
        async with tenant_transaction(system):
            assert await open_due_rounds(system) == {}
            await close_due_surveys(system)
            rows = await fetch(
                "select r.quarter, s.closes_on from feedback_round r join survey s on s.id = r.survey_id order by 1"
            )
            return [f"{row['quarter']} {row['closes_on']}" for row in rows]

    with at(3, 25):
        assert await kept_up() == []
        await publish_body(quarters.hr, "calibration", "default", rule)
        for _ in range(2):
            assert await kept_up() == ["2026-01-01 2026-03-31"]
    with at(4, 1):
        assert await kept_up() == ["2026-01-01 2026-03-31", "2026-04-01 2026-04-10"]


@pytest.mark.parametrize(
    ("calendar", "quarter", "last", "after"),
    [
        ({"first_month": 2}, "2026-02-01", "2026-04-30", "2026-05-01"),
        ({"pattern": "WEEKS_445"}, "2025-12-29", "2026-03-29", "2026-03-30"),
    ],
)
async def test_a_round_and_what_follows_from_it_go_by_the_fiscal_calendar_of_the_template(
    quarters: Quarters, calendar: dict[str, Any], quarter: str, last: str, after: str
) -> None:
    with at(2, 10):
        async with tenant_transaction(quarters.hr):
            body = UNITS_BODY | {"calendar": calendar}
            made = await create_definition(quarters.hr, kind="decomposition", key="fiscal", name="财年模板", body=body)
        draft = {"id": encode_id("DefinitionVersion", made.id), "version": made.version}
        submitted = await quarters.reviewed(draft)
        await quarters.does("publishVersion", VERSION, id=draft["id"], version=submitted["version"])
        about = encode_id("Definition", made.definition_id)
        outside = await quarters.opened(after, definitionId=about)
        assert (outside["code"], last in outside["message"]) == ("FEEDBACK_OUTSIDE_QUARTER", True)
        opened = await quarters.opened(last, definitionId=about)
        assert opened["quarter"] == quarter
        await quarters.does("closeSurvey", "Survey { id }", surveyId=opened["survey"]["id"], version=1)
        found = await quarters.does("proposeWeights", ROUND, roundId=opened["id"], version=1, weights=NEW, note="反馈")
        following = await quarters.ask(quarters.hr, DRAFT, id=found["draftVersionId"])
        ready = await quarters.reviewed(following)
        accepted = await quarters.does("publishVersion", VERSION, id=following["id"], version=ready["version"])
        assert (accepted["state"], accepted["effectiveFrom"]) == ("PUBLISHED", after)
