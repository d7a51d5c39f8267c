"""The documents that are asked, and HTTP requests made of them ahead of time, as bytes."""

from collections.abc import Mapping
from typing import Any

import orjson

OWNER, UNIT = "owner { id name number }", "unit { id name code }"
KEY_RESULTS = "children(first: 3) { edges { node { id title target } } }"
NODE = f"id title state target weight {OWNER} {UNIT} parent {{ id title }} {KEY_RESULTS}"
PAGE = (
    f"query Page($c: String) {{ goals(first: 100, after: $c) {{ edges {{ node {{ {NODE} }} }} "
    "pageInfo { hasNextPage endCursor } } }"
)
SMALL = "query Small($id: ID!) { goal(id: $id) { id title owner { id name } } }"
CURSORS = "query ($c: String) { goals(first: 100, after: $c) { edges { cursor node { id } } } }"
REVISE = (
    "mutation Revise($input: ReviseGoalInput!) { reviseGoal(input: $input) "
    "{ __typename ... on Goal { id state version target } ... on Problem { code message } } }"
)
MARK = (
    "mutation Mark($input: MarkMessagesReadInput!) { markMessagesRead(input: $input) "
    "{ __typename ... on MarkedMessages { count } ... on Problem { code message } } }"
)
PEER_REVISE = "mutation Revise($input: ReviseGoalInput!) { reviseGoal(input: $input) { id state version target } }"
PEER_MOVE = "mutation Move($input: MoveGoalInput!) { moveGoal(input: $input) { id state version } }"

PG_PAGE = """query Page($c: Cursor) { allGoals(first: 100, after: $c) { edges { node {
  id: rowId title state goalVersionsByTenantIdAndGoalId(first: 1, condition: {number: 1}) { nodes { target weight } }
  personByTenantIdAndOwnerId { id: rowId name number } orgUnitByTenantIdAndUnitId { id: rowId name code }
  goalByTenantIdAndParentId { id: rowId title }
  goalsByTenantIdAndParentId(first: 3) { edges { node { id: rowId title
    goalVersionsByTenantIdAndGoalId(first: 1, condition: {number: 1}) { nodes { target } } } } }
} } pageInfo { hasNextPage endCursor } } }"""
PG_SMALL = (
    "query Small($tenant: UUID!, $id: UUID!) { goalByTenantIdAndRowId(tenantId: $tenant, rowId: $id) "
    "{ id: rowId title personByTenantIdAndOwnerId { id: rowId name } } }"
)
PG_CURSOR = "{ allGoals(first: 1) { edges { cursor node { id: rowId } } } }"


def http_request(path: str, body: Any, headers: Mapping[str, str]) -> bytes:
    """Return a whole POST request as it goes over the wire."""
    content = orjson.dumps(body)
    lines = {"host": "127.0.0.1", "content-type": "application/json", "content-length": str(len(content)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + content


def operation(query: str, variables: Mapping[str, object]) -> dict[str, object]:
    """Return a GraphQL request body."""
    return {"query": query, "variables": variables}
