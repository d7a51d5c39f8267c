"""What keeps a flow from being published: codes and places, and the way to a line that may be empty (N11)."""

from typing import Any

import pytest

from plumb_tenants.approvals.body import Flow
from plumb_tenants.approvals.definition import lint
from support.approvals_made import DUAL, MANAGER, lines, step


def findings(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding.code, finding.path) for finding in lint(Flow.model_validate(body))]


def one(*approvers: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"steps": [step("a", lines(*approvers, **options))], "fields": [{"name": "对接人", "type": "TEXT"}, {"name": "金额"}]}


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        (one(MANAGER, vacancy=None), "FLOW_APPROVER_MAY_BE_EMPTY", "steps[0].lines[0].vacancy"),
        (one(MANAGER, mode="RATIO"), "FLOW_RATIO_MISMATCH", "steps[0].lines[0].ratio"),
        (one(MANAGER, ratio="50"), "FLOW_RATIO_MISMATCH", "steps[0].lines[0].ratio"),
        (one({"by": "ROLE"}), "FLOW_APPROVER_INCOMPLETE", "steps[0].lines[0].approvers[0].role"),
        (one({"by": "MANAGER", "levels": 0}), "FLOW_APPROVER_INCOMPLETE", "steps[0].lines[0].approvers[0].levels"),
        (one({"by": "FIELD", "field": "金额"}), "FLOW_APPROVER_INCOMPLETE", "steps[0].lines[0].approvers[0].field"),
        (one({"by": "FORMULA", "formula": "金额"}), "FLOW_CONDITION_INVALID", "steps[0].lines[0].approvers[0].formula"),
        ({"steps": [step("a", lines(MANAGER), when="金额 > 1")]}, "FLOW_CONDITION_INVALID", "steps[0].when"),
        ({"steps": [step("a", lines(MANAGER), on_timeout="PASS")]}, "FLOW_TERM_MISSING", "steps[0].term"),
        ({"steps": [step("a", lines(MANAGER))] * 2}, "FLOW_KEY_TWICE", "steps[1].key"),
        ({"steps": [step("a", lines(MANAGER), next=[{"to": "b"}])]}, "FLOW_STEP_UNKNOWN", "steps[0].next[0].to"),
    ],
)
def test_an_unsound_flow_is_refused_by_code_and_place(body: dict[str, Any], code: str, path: str) -> None:
    assert findings(body) == [(code, path)]


def test_the_line_that_may_be_empty_is_named_with_the_way_to_it() -> None:
    body = {"steps": [step("a", lines(MANAGER)), step("b", lines(MANAGER, name="财务线", vacancy=None))]}
    (finding,) = lint(Flow.model_validate(body))
    assert finding.zh == "路径 步骤 a → 步骤 b 上“财务线”可能没有审批人，请填写空缺规则（通过或驳回）。"


def test_a_condition_that_gives_something_else_is_told_what_it_must_give() -> None:
    (finding,) = lint(Flow.model_validate({"steps": [step("a", lines(MANAGER), when="金额")], "fields": [{"name": "金额"}]}))
    assert (finding.zh, finding.en) == ("公式无效：结果须为真假值", "The formula is not valid: it must give true or false")


def test_sound_flows_pass() -> None:
    assert findings(DUAL) == []
    assert findings(one({"by": "FIELD", "field": "对接人"}, mode="RATIO", ratio="66.67")) == []
