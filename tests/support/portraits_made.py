"""The company of the main job with the shipped portrait report as the gate of its template, asked over the API (C82)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.south import UNITS_BODY, South, published_template

PROBLEM = "... on Problem { code message field }"
NODES = "nodes { edges { node { id name value suggested blocked missing version goal { target } } } }"
PLAN = f"query ($id: ID!) {{ plan(id: $id) {{ version state {NODES} }} }}"
PREVIEW = "query ($input: CreatePlanInput!) { previewPlan(input: $input) { gap nodes { name suggested blocked missing } } }"
RECONCILE = "query ($id: ID!) { reconcile(planId: $id) { holds levels { total assigned gap residual } } }"
EXPLAIN = "query ($id: ID!) { explain(id: $id) { value holds adjustments { kind amount } } }"
RUN = "query ($id: ID!) { planRun(id: $id) { state version nodes weeks } }"
ALL_PLANS = f"query {{ plans(first: 100) {{ edges {{ node {{ id depth unit {{ name }} {NODES} }} }} }} }}"
GATE = {"form": "market-portrait"}
SALES = ("去年同期销售额", "两年前同期销售额", "三年前同期销售额")
COMPLETE: dict[str, Any] = {
    "周期": "2026",
    "同期_一年前": "12000000.00",
    "同期_两年前": "10000000.00",
    "同期_三年前": "9000000.00",
    "重点客户": [
        {"客户": "省人民医院", "阶段": "已进院", "预计金额": "3000000.00"},
        {"客户": "市一院", "阶段": "待招标"},
        {"客户": "中医院", "阶段": "合同审批"},
    ],
    "活跃代表数": 3,
    "代表": [{"工号": f"R{number}", "评级": grade} for number, grade in enumerate("ABC")],
}
VALUES = ["9900000.00", "6000000.00", "5250000.00", "4800000.00", "4050000.00"]


def change(name: str, shown: str) -> str:
    """Return the document of a mutation."""
    typed = (
        "CreatePlanInput"
        if name == "createPlan"
        else "StartRunInput"
        if name == "startRun"
        else f"{name[0].upper()}{name[1:]}Input"
    )
    return f"mutation ($input: {typed}!) {{ {name}(input: $input) {{ ... on {shown} {PROBLEM} }} }}"


@dataclass
class Gate:
    """The company of the main job with the shipped report as the gate of its template."""

    south: South
    ask: Ask
    template: UUID
    form: str

    @property
    def hr(self) -> Actor:
        return self.south.company.hr

    async def does(self, name: str, shown: str, /, *, by: Actor | None = None, **given: Any) -> Any:
        return await self.ask(by or self.hr, change(name, shown), input=given)

    async def draft(self, code: str, values: Mapping[str, Any] = COMPLETE, *, by: Actor | None = None) -> Any:
        """Begin a report about a unit, as the manager above it unless said."""
        given = {"versionId": self.form, "values": {"省区": code, **values}}
        return await self.does("startSubmission", "Submission { id version state }", by=by or self.south.manager, **given)

    async def report(self, code: str, values: Mapping[str, Any] = COMPLETE, *, by: Actor | None = None) -> Any:
        """Hand a report in and return its state."""
        made = await self.draft(code, values, by=by)
        sent = {"submissionId": made["id"], "version": made["version"]}
        return await self.does("submitSubmission", "Submission { id state version }", by=by or self.south.manager, **sent)

    def input(self, **changes: Any) -> dict[str, Any]:
        """Return the split of 30,000,000 over the five provinces."""
        asked = {
            "cycleId": encode_id("Cycle", self.south.cycle),
            "templateVersionId": encode_id("DefinitionVersion", self.template),
            "unitId": encode_id("OrgUnit", self.south.unit),
            "total": "30000000.00",
            "inputs": [
                {
                    "childId": encode_id("OrgUnit", unit),
                    "figures": [{"name": name, "value": str(value)} for name, value in figures.items()],
                }
                for unit, figures in self.south.inputs.items()
            ],
        }
        return asked | changes

    async def plan(self, **changes: Any) -> str:
        made = await self.does("createPlan", "Plan { id version }", **self.input(**changes))
        return str(made["id"])

    async def nodes(self, plan: str, *, by: Actor | None = None) -> list[dict[str, Any]]:
        found = await self.ask(by or self.hr, PLAN, id=plan)
        return [edge["node"] for edge in found["nodes"]["edges"]]

    async def version(self, plan: str) -> int:
        return int((await self.ask(self.hr, PLAN, id=plan))["version"])

    async def unblock(self, plan: str, *, by: Actor | None = None) -> Any:
        given = {"planId": plan, "version": await self.version(plan)}
        return await self.does("unblockPlan", "Plan { id version state }", by=by, **given)


async def make_gate(south: South, ask: Ask, body: Mapping[str, Any] = UNITS_BODY) -> Gate:
    """Adopt the shipped report and publish a template that waits for it."""
    adopted = await ask(
        south.company.hr, change("adoptFormPack", "AdoptedFormPack { versionIds }"), input={"pack": "MARKET_PORTRAIT"}
    )
    template = await published_template(south.company, "gated", dict(body) | {"portrait": GATE})
    return Gate(south, ask, template, adopted["versionIds"][0])
