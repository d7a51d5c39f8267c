"""A printed snapshot has its amounts as people read them, and every digit of them; percentages and what is missing stay (N6)."""

import json
from typing import Any

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
