"""A printed snapshot has its amounts as people read them, and every digit of them; percentages and what is missing stay (N6)."""

import json
import re
from typing import Any, Literal

import pytest

from plumb_platform.documents.snapshot_html import snapshot_page
from plumb_tenants.snapshots.reporting import page_data

HEAD = {"number": 12, "taken_at": "2026-12-04T18:00:00+00:00"}
GOAL: dict[str, Any] = {
    "goal_id": "g",
    "title": "回款",
    "unit_code": "GD",
    "mark": "RED",
    "weight": "100.00",
    "deviation": "-1209.09",
}
GOAL |= {"target": "98765432109876.55", "expected": None, "actual": "-1200.00"}
FORECAST: dict[str, Any] = {"block": "FORECAST", "state": "PRESENT", "reason": None}
FORECAST |= {"items": [{"code": "rev", "value": "80000.1250", "baseline": "100.0000", "deviation": "20.00"}]}


def test_amounts_of_goals_and_forecasts_are_grouped_and_nothing_is_rounded() -> None:
    lines = [json.dumps(each) for each in (HEAD, FORECAST, GOAL)]
    page = page_data(lines, hashes={}, locale="zh-CN", time_zone="Asia/Shanghai")
    (goal,), ((item,),) = page["goals"], [each["items"] for each in page["inputs"]]
    assert [goal[name] for name in ("target", "expected", "actual")] == ["98,765,432,109,876.55", None, "-1,200.00"]
    assert (goal["weight"], goal["deviation"]) == ("100.00", "-1209.09")
    assert (item["value"], item["baseline"], item["deviation"]) == ("80,000.1250", "100.0000", "20.00")


@pytest.mark.parametrize(
    ("locale", "red", "missing"),
    [
        ("zh-CN", "标红（&gt; 15%）", "缺失：当月及上月没有财务预测"),
        ("en", "red (&gt; 15%)", "MISSING: no forecast for this month or the last"),
    ],
)
def test_each_language_has_its_own_marks_around_what_is_red_or_missing(
    locale: Literal["zh-CN", "en"], red: str, missing: str
) -> None:
    head = HEAD | {
        "company": {"name": "甲公司"},
        "unit": None,
        "kind": "MONTHLY",
        "period": None,
        "label": "",
        "goals": 1,
        "red": 1,
        "rules": {"red_percent": "15"},
    }
    absent = {"block": "FORECAST", "state": "MISSING", "reason": "NO_FORECAST_FOR_MONTH", "items": []}
    lines = [json.dumps(each) for each in (head, absent)]
    hashes = dict.fromkeys(("content", "previous", "chain"), "0")
    html = snapshot_page(page_data(lines, hashes=hashes, locale=locale, time_zone="Asia/Shanghai")).html
    text = re.sub(r"<[^>]*>", "", html)
    assert red in text
    assert missing in text
