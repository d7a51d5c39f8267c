"""Answers of all variants brought to one form, so that they can be held against each other before anything is timed."""

from base64 import urlsafe_b64decode
from typing import Any

UUID_LENGTH = 36


class AnswersDiffer(RuntimeError):
    """Two variants did not give the same goals: their times would not mean anything."""


def page(answer: Any) -> Any:
    """Return the nodes of a page and whether more follow."""
    goals = _data(answer)["goals"]
    return [_plain(node) for node in _nodes(goals)], goals["pageInfo"]["hasNextPage"]


def small(answer: Any) -> Any:
    """Return the one goal."""
    return _plain(_data(answer)["goal"])


def postgraphile_page(answer: Any) -> Any:
    """Return the same of PostGraphile's answer."""
    goals = _data(answer)["allGoals"]
    return [_goal(node) for node in _nodes(goals)], goals["pageInfo"]["hasNextPage"]


def postgraphile_small(answer: Any) -> Any:
    """Return the one goal of PostGraphile's answer."""
    goal = _data(answer)["goalByTenantIdAndRowId"]
    return {"id": goal["id"], "title": goal["title"], "owner": goal["personByTenantIdAndOwnerId"]}


def compare(kind: str, found: dict[str, Any]) -> None:
    """Raise AnswersDiffer unless all variants gave the same."""
    (first, expected), *others = found.items()
    for name, given in others:
        if given != expected:
            raise AnswersDiffer(f"{kind}: {name} differs from {first}:\n{str(given)[:600]}\n{str(expected)[:600]}")


def _data(answer: Any) -> Any:
    if answer.get("errors"):
        raise AnswersDiffer(str(answer["errors"])[:600])
    return answer["data"]


def _nodes(connection: Any) -> list[Any]:
    return [edge["node"] for edge in connection["edges"]]


def _plain(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "edges" in value:
        return [_plain(node) for node in _nodes(value)]
    return {name: _uuid(part) if name == "id" else _plain(part) for name, part in value.items()}


def _uuid(global_id: str) -> str:
    if global_id[-UUID_LENGTH:].count("-") == 4:
        return global_id[-UUID_LENGTH:]
    return urlsafe_b64decode(global_id + "=" * (-len(global_id) % 4)).decode()[-UUID_LENGTH:]


def _goal(node: Any) -> Any:
    (numbers,) = node["goalVersionsByTenantIdAndGoalId"]["nodes"]
    return {
        **{name: node[name] for name in ("id", "title", "state")},
        **numbers,
        "owner": node["personByTenantIdAndOwnerId"],
        "unit": node["orgUnitByTenantIdAndUnitId"],
        "parent": node["goalByTenantIdAndParentId"],
        "children": [_key_result(each) for each in _nodes(node["goalsByTenantIdAndParentId"])],
    }


def _key_result(node: Any) -> Any:
    (numbers,) = node["goalVersionsByTenantIdAndGoalId"]["nodes"]
    return {"id": node["id"], "title": node["title"], **numbers}
