"""What a reader sees of a snapshot: rows for a sheet and plain data for a page, made of its own lines alone; pure."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from plumb_platform.exports import Cell
from plumb_tenants.snapshots.deviations import Mark

Json = dict[str, Any]
PAGE_GOALS = 500
"""Goals that a printed page lists; the sheet has them all."""
COLUMNS = {
    "title": "目标 / Goal",
    "cycle_code": "周期 / Cycle",
    "unit_code": "部门编码 / Unit code",
    "unit_name": "部门 / Unit",
    "owner_number": "工号 / Number",
    "owner_name": "责任人 / Owner",
    "metric": "指标 / Metric",
    "unit_of_measure": "计量单位 / Unit of measure",
    "state": "状态 / State",
    "weight": "权重% / Weight %",
    "target": "目标值 / Target",
    "expected": "应达值 / Expected",
    "actual": "实际值 / Actual",
    "actual_as_of": "截至 / As of",
    "attainment": "达成率% / Attainment %",
    "deviation": "偏离% / Deviation %",
    "mark": "标记 / Mark",
    "version_number": "版本 / Version",
}
AMOUNTS = frozenset({"actual", "baseline", "expected", "target", "value"})
"""What is counted in a unit of measure and may be long; the rest are percentages."""
_NUMBERS = frozenset({"weight", "target", "expected", "actual", "attainment", "deviation"})


def sheet_rows(goals: Iterable[Json]) -> Iterator[list[Cell]]:
    """Return a goal a row, in the order of COLUMNS; numbers are numbers and days are days."""
    return ([_cell(name, goal.get(name)) for name in COLUMNS] for goal in goals)


def page_data(lines: Sequence[str], *, hashes: Json, locale: Literal["zh-CN", "en"], time_zone: str) -> Json:
    """Return what the printed page says: the head, its hashes, counts by unit, forecasts, signals, and goals, red ones first."""
    head, found = json.loads(lines[0]), [json.loads(line) for line in lines[1:]]
    goals = [each for each in found if "goal_id" in each]
    inputs = {each["block"]: each for each in found if "block" in each}
    order = {mark.value: place for place, mark in enumerate((Mark.RED, Mark.UNDEFINED, Mark.WITHIN, Mark.UNKNOWN))}
    listed = sorted(goals, key=lambda goal: (order.get(goal.get("mark", Mark.UNKNOWN), 9), goal["unit_code"], goal["title"]))
    return {
        "locale": locale,
        "head": head | {"taken_at": _moment(head["taken_at"], time_zone)},
        "hashes": hashes,
        "counts": inputs.get("ACTUALS", {}).get("items", []),
        "inputs": [_input(name, inputs[name]) for name in ("ACTUALS", "MARKET", "FORECAST") if name in inputs],
        "goals": [_printed({name: goal.get(name) for name in COLUMNS}) for goal in listed[:PAGE_GOALS]],
        "left_off": max(0, len(goals) - PAGE_GOALS),
    }


def _input(name: str, block: Json) -> Json:
    return {
        "name": name,
        "state": block["state"],
        "reason": block["reason"],
        "items": [_printed(item) for item in block["items"]] if name != "ACTUALS" else [],
    }


def _printed(row: Json) -> Json:
    """Return a goal, a signal or a forecast with its amounts as people read them."""
    return row | {name: grouped(str(row[name])) for name in AMOUNTS if row.get(name) not in (None, "")}


def grouped(figure: str) -> str:
    """Return a figure with its thousands set apart and every digit that it has."""
    return f"{Decimal(figure):,f}"


def _moment(text: str, time_zone: str) -> str:
    return datetime.fromisoformat(text).astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M:%S %z")


def _cell(name: str, value: Any) -> Cell:
    if value is None or value == "":
        return None
    if name in _NUMBERS:
        return Decimal(value)
    return date.fromisoformat(value) if name == "actual_as_of" else value
