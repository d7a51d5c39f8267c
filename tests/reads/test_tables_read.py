"""What a statement really reads is what its answer is kept by: no table is forgotten, and each of them is counted."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from graphql import OperationDefinitionNode, get_named_type, get_variable_values, is_leaf_type, parse
from plumb_platform.database import fetch, tenant_transaction
from plumb_platform.permissions import Grants, Pair, Permission, Scope
from plumb_schema.reads.plan import Plan, Planner
from plumb_schema.reads.slots import Moment
from support.naive.documents import is_python
from support.naive.execution import Oracle
from support.naive.matrices import resources_of
from support.naive.world import Asked

COUNTED = """select c.relname, substr(p.proname, 7) as counted from pg_trigger t join pg_class c on c.oid = t.tgrelid
join pg_proc p on p.oid = t.tgfoid where p.proname like 'count%' and t.tgname = c.relname || '_version'"""
ZERO, NOW = UUID(int=0), datetime(2026, 6, 1, tzinfo=UTC)
SCOPES = (Scope.COMPANY, Scope.SUBTREE, Scope.UNIT, Scope.OWN)


def whole(oracle: Oracle, type_name: str, levels: int = 2) -> str:
    """Return a selection of everything that a statement can answer of a type."""
    kind: Any = oracle.schema.type_map[type_name]
    parts = []
    for name, field in kind.fields.items():
        of = get_named_type(field.type)
        if is_python(type_name, name):
            continue
        if is_leaf_type(of):
            parts.append(name)
        elif levels > 0 and of.name.endswith("Connection"):
            parts.append(
                f"{name} {{ totalCount edges {{ cursor node {whole(oracle, of.name.removesuffix('Connection'), levels - 1)} }} }}"
            )
        elif levels > 0 and of.name == "PlanChild":
            parts.append("child { ... on Person { personName: name } ... on OrgUnit { unitName: name } }")
        elif levels > 0 and of.name == "ApprovalSubject":
            parts.append("subject { ... on Revision { revisionCause: cause } ... on Submission { submissionState: state } }")
        elif levels > 0:
            parts.append(f"{name} {whole(oracle, of.name, levels - 1)}")
    return f"{{ {' '.join(parts) or '__typename'} }}"


def plan_of(asked: Asked, text: str, grants: Grants) -> Plan:
    schema = asked.world.oracle.schema
    document = parse(text)
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    variables = get_variable_values(schema, (), {})
    assert not isinstance(variables, list)
    plan = Planner(schema, first=1).plan(text, document, operation, variables, grants)
    assert plan is not None
    return plan


async def tables_read(asked: Asked, plan: Plan, grants: Grants) -> set[str]:
    """Return the tables that PostgreSQL means to look at."""
    actor, _ = asked.callers["owner"]
    world = asked.world
    variables = get_variable_values(world.oracle.schema, (), {})
    assert not isinstance(variables, list)
    moment = Moment(actor, grants, world.ground.cursors, plan.arguments(variables), "en", NOW)
    async with tenant_transaction(world.system):
        (row,) = await fetch(f"explain (format json) select {plan.sql}", *plan.bound(moment))
    (explained,) = row.values()
    return set(_relations(json.loads(explained) if isinstance(explained, str) else explained))


def _relations(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "Relation Name" in node:
            yield node["Relation Name"]
        for each in node.values():
            yield from _relations(each)
    elif isinstance(node, list):
        for each in node:
            yield from _relations(each)


def grants_of(asked: Asked, scope: Scope) -> Grants:
    """Return every permission at one scope."""
    _, held = asked.callers["owner"]
    pairs = {permission.value: (Pair(scope),) for permission in Permission}
    return Grants(pairs, held.person_id, held.unit_id, held.membership_id, version=asked.world.version)


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.name)
async def test_every_table_behind_a_type_decides_how_long_an_answer_holds(asked: Asked, scope: Scope) -> None:
    grants, forgotten = grants_of(asked, scope), {}
    for resource in resources_of(asked.world.facts):
        name = resource.type_name
        plan = plan_of(asked, f'{{ node(id: "{name}_{ZERO}") {{ ... on {name} {whole(asked.world.oracle, name)} }} }}', grants)
        if plan.tables is not None and (missing := await tables_read(asked, plan, grants) - set(plan.tables)):
            forgotten[name] = missing
    assert forgotten == {}


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.name)
async def test_every_table_behind_a_filter_decides_how_long_an_answer_holds(asked: Asked, scope: Scope) -> None:
    grants, forgotten = grants_of(asked, scope), {}
    for text in filtered_lists(asked.world.oracle):
        plan = plan_of(asked, text, grants)
        if plan.tables is not None and (missing := await tables_read(asked, plan, grants) - set(plan.tables)):
            forgotten[text] = missing
    assert forgotten == {}


def filtered_lists(oracle: Oracle) -> Iterator[str]:
    """Yield every list with every member of its filter in turn."""
    query = oracle.schema.query_type
    assert query is not None
    for name, field in query.fields.items():
        if "where" in field.args:
            kind: Any = get_named_type(field.args["where"].type)
            for member, of in kind.fields.items():
                wanted = (
                    f'"OrgUnit_{ZERO}"'
                    if member == "under"
                    else "[{}]"
                    if member in ("and", "or")
                    else _empty(get_named_type(of.type))
                )
                yield f"{{ {name}(where: {{{member}: {wanted}}}) {{ totalCount }} }}"


def _empty(kind: Any) -> str:
    return "{isNull: false}" if "isNull" in kind.fields else "{}"


async def test_every_table_that_decides_is_counted_by_a_trigger(asked: Asked) -> None:
    async with tenant_transaction(asked.world.system):
        rows = await fetch(COUNTED)
    counted = {row["relname"] for row in rows if row["counted"].removesuffix("\\000") == row["relname"]}
    needed = {table for resource in resources_of(asked.world.facts) for table in resource.reads}
    assert needed - counted == set()


async def test_answers_about_what_changes_all_the_time_or_goes_by_the_clock_are_not_kept(asked: Asked) -> None:
    grants = grants_of(asked, Scope.COMPANY)
    for text in (
        "{ jobs { totalCount } }",
        "{ members { totalCount } }",
        "{ definitions { edges { node { current { id } } } } }",
    ):
        assert plan_of(asked, text, grants).tables is None
