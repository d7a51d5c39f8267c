"""Mutations by their plan answer what graphql-core answers, whatever they are asked for and whoever asks (A51, A52)."""

import re
from collections.abc import Collection, Iterator
from typing import Any
from uuid import uuid4

import orjson
import pytest
from graphql.execution.values import VariableValues

from graphql import (
    GraphQLObjectType,
    GraphQLUnionType,
    OperationDefinitionNode,
    VariableDefinitionNode,
    get_named_type,
    get_variable_values,
    is_leaf_type,
    parse,
)
from plumb_platform.actor import Actor
from plumb_platform.database import Database, fetch_value, tenant_transaction
from plumb_schema.changes.changer import Changer
from plumb_schema.changes.plans import change_plan
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from plumb_schema.reads.classes import declared
from support.filled_company import FilledCompany, fill_company
from support.minimal_inputs import minimal_arguments
from support.schema_walk import RootField, root_fields
from support.trying import tried

BY_CORE = {"login", "acceptInvitation", "inviteMember", "createApiToken"}
"""Public ones belong to no company; the others answer a row within a payload."""
BESIDE = {"logout", "changePassword", "endSession", "enrolTotp", "confirmTotp", "removeTotp"} | BY_CORE
"""What belongs to an account is changed outside of the company's transaction, so that it cannot be only tried."""
_MADE_ANEW = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?<=\"verifyCode\":\")[\w-]+|(?<=Seconds\":)\d+|\d{4}-\d\d-\d\dT[^\"]+|[0-9a-f]{64}|p[a-z]+_[\w-]{20,}|otpauth://[^\"]+|\b[A-Z2-7]{32}\b"
)


@pytest.fixture(scope="module")
async def filled(database: Database) -> FilledCompany:
    return await fill_company("编译变更公司")


def leaves(member: GraphQLObjectType, levels: int) -> Iterator[str]:
    resource = declared(member.name)
    for name, field in member.fields.items():
        kind = get_named_type(field.type)
        if field.args or (resource is not None and name in resource.made_by_name):
            continue
        if is_leaf_type(kind):
            yield name
        elif levels > 1 and isinstance(kind, GraphQLObjectType):
            below = " ".join(leaves(kind, levels - 1))
            if below:
                yield f"{name} {{ {below} }}"


def document(root: RootField, *, levels: int = 2) -> str:
    """Return a mutation that asks for what needs no Python of our own."""
    answer = get_named_type(root.field.type)
    assert isinstance(answer, GraphQLUnionType)
    parts = ["__typename", "... on Problem { why: code said: message at: field }", "...Stale"]
    members = [member for member in answer.types if not member.name.endswith("Problem")]
    parts += [f"... on {member.name} {{ {' '.join(leaves(member, levels))} }}" for member in members]
    head, given = (f"($input: {root.field.args['input'].type})", "(input: $input)") if root.field.args else ("", "")
    stale = "fragment Stale on ConflictProblem { type: __typename currentVersion }"
    return f"mutation Changed{head} {{ it: {root.name}{given} {{ {' '.join(parts)} }} }} {stale}"


def changes(engine: Engine, *, without: Collection[str] = ()) -> list[RootField]:
    return [root for root in root_fields(engine.schema) if root.kind == "mutation" and root.name not in without]


class Both:
    """Asks twice of the same state, by the plan and by graphql-core, and leaves nothing changed."""

    def __init__(self, engine: Engine, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
        self.engine, self.ground, self.monkeypatch = engine, ground, monkeypatch

    async def once(self, actor: Actor, text: str, variables: dict[str, Any], key: str = "") -> tuple[int, str]:
        context = Context(ground=self.ground, actor=actor, request_id="test-request", locale="en", idempotency_key=key)
        answer = await self.engine.answer(Operation(text, variables), context)
        return answer.status, _MADE_ANEW.sub("<new>", orjson.dumps(answer.body).decode())

    async def __call__(self, actor: Actor, text: str, variables: dict[str, Any]) -> tuple[tuple[int, str], tuple[int, str]]:
        async with tried(actor):
            compiled = await self.once(actor, text, variables)

        async def nothing(*_: object) -> None:
            return None

        with self.monkeypatch.context() as patched:
            patched.setattr(Changer, "execute", nothing)
            async with tried(actor):
                return compiled, await self.once(actor, text, variables)


@pytest.fixture
def both(product_engine: Engine, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Both:
    return Both(product_engine, ground, monkeypatch)


def test_every_mutation_is_compiled_but_those_named(product_engine: Engine) -> None:
    by_core = set()
    for root in changes(product_engine):
        parsed = parse(document(root))
        operation = parsed.definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        if change_plan(product_engine.schema, parsed, operation, VariableValues({}, {})) is None:
            by_core.add(root.name)
    assert by_core == BY_CORE


async def test_every_mutation_answers_what_graphql_core_answers(
    filled: FilledCompany, product_engine: Engine, both: Both
) -> None:
    chosen = {kind: encode_id(kind.partition(".")[0], each) for kind, each in filled.ids.items()}
    unknown = {kind: encode_id(kind.partition(".")[0], uuid4()) for kind in filled.ids}
    kinds: dict[str, int] = {}
    for root in changes(product_engine, without=BESIDE):
        for ids in (chosen, unknown):
            compiled, by_core = await both(filled.caller, document(root), minimal_arguments(root, ids))
            assert compiled == by_core, root.name
            found = re.search(r'"it":{"__typename":"(\w+)"', compiled[1])
            name = found[1] if found else "none"
            kinds[name] = kinds.get(name, 0) + 1
    problems = {name: count for name, count in kinds.items() if name.endswith("Problem")}
    # What was compared is not refusals alone.
    assert len(kinds) - len(problems) > 25, kinds
    assert {"NotFoundProblem", "RefusedProblem", "ConflictProblem", "InvalidInputProblem"} <= problems.keys()


async def test_who_may_not_is_refused_as_by_graphql_core(filled: FilledCompany, product_engine: Engine, both: Both) -> None:
    nobody = filled.south.representatives[1]
    chosen = {kind: encode_id(kind.partition(".")[0], each) for kind, each in filled.ids.items()}
    for root in changes(product_engine, without=BESIDE):
        compiled, by_core = await both(nobody, document(root, levels=1), minimal_arguments(root, chosen))
        assert compiled == by_core, root.name


REVISE = "reviseGoal(input: $input) { __typename ... on Goal { version } ... on Problem { code field } }"
PAGED = "reviseGoal(input: $input) { ... on Goal { children(first: 999999) { edges { cursor } } } ... on Problem { code field } }"
BY_PYTHON = "reviseGoal(input: $input) { ... on Goal { id explanation { __typename } } }"
ELSE = "reviseGoal(input: $input) { ... on RateLimitedProblem { retryAfter } }"
DOCUMENTS = {
    "several in their order": f"mutation ($input: ReviseGoalInput!) {{ first: {REVISE} second: {REVISE} __typename }}",
    "left out": f"mutation ($input: ReviseGoalInput!, $no: Boolean!) {{ a: {REVISE} ... @skip(if: $no) {{ b: {REVISE} }} }}",
    "wrong arguments below": f"mutation ($input: ReviseGoalInput!) {{ it: {PAGED} }}",
    "a resolver of ours": f"mutation ($input: ReviseGoalInput!) {{ it: {BY_PYTHON} }}",
    "no variable": "mutation { it: markMessagesRead(input: {ids: []}) { ... on MarkedMessages { count again: count } } }",
    "nothing of what it answers": f"mutation ($input: ReviseGoalInput!) {{ it: {ELSE} }}",
}


async def revision(filled: FilledCompany) -> dict[str, Any]:
    """Return the input that revises a goal of the company."""
    goal_id = filled.ids["Goal.unbound"]
    async with tenant_transaction(filled.caller):
        version = await fetch_value("select version from goal where id = $1", goal_id)
    return {"goalId": encode_id("Goal", goal_id), "version": version, "target": "5.00", "reason": "调整"}


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_every_form_of_a_document_is_answered_as_by_graphql_core(filled: FilledCompany, both: Both, name: str) -> None:
    goal = await revision(filled)
    for given in (goal, goal | {"version": 900}, goal | {"target": "five"}, goal | {"more": 1}, {"goalId": goal["goalId"]}):
        for variables in ({"input": given, "no": True}, {"input": given, "no": False}, {"no": True}):
            text = DOCUMENTS[name]
            compiled, by_core = await both(filled.caller, text, variables)
            assert compiled == by_core, (given, variables)


async def test_a_repeated_change_answers_as_it_did_and_happens_once(filled: FilledCompany, both: Both) -> None:
    goal = await revision(filled)
    text = f"mutation ($input: ReviseGoalInput!) {{ it: {REVISE} }}"
    async with tried(filled.caller):
        answers = [await both.once(filled.caller, text, {"input": goal}, key="again") for _ in range(3)]
        other = await both.once(filled.caller, text, {"input": goal | {"target": "6.00"}}, key="again")
    # What is kept is kept as JSON that has no order (jsonb).
    assert [orjson.loads(answer) for _, answer in answers] == [orjson.loads(answers[0][1])] * 3
    assert orjson.loads(answers[0][1])["data"]["it"] == {"__typename": "Goal", "version": goal["version"] + 1}
    assert orjson.loads(other[1])["data"]["it"]["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_variables_of_every_input_are_read_as_graphql_core_reads_them(product_engine: Engine, filled: FilledCompany) -> None:
    schema = product_engine.schema
    chosen = {kind: encode_id(kind.partition(".")[0], each) for kind, each in filled.ids.items()}
    for root in changes(product_engine):
        operation = parse(document(root)).definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        whole = minimal_arguments(root, chosen)
        for given in (whole, *broken(whole.get("input", {}))):
            expected = get_variable_values(schema, definitions_of(operation), given, 3)
            prepared = product_engine._documents.prepare(document(root), given, anonymous=False)
            found = product_engine._reader.variables(prepared, operation, given)
            if isinstance(expected, list):
                assert isinstance(found, list), (root.name, given)
                assert [each.message for each in found] == [each.message for each in expected]
            else:
                assert not isinstance(found, list), (root.name, given)
                assert found.coerced == expected.coerced


WRONG: tuple[Any, ...] = (None, 1, 1.0, 2**40, True, "", "x", [], [None], {}, {"x": {}})


def definitions_of(operation: OperationDefinitionNode) -> tuple[VariableDefinitionNode, ...]:
    return tuple(operation.variable_definitions or ())


def broken(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an input without each of its members, with each of them wrong, and with one too many."""
    yield {"input": None}
    yield {"input": [whole]}
    yield {"input": whole | {"surely": "not there"}}
    for name in whole:
        yield {"input": {key: value for key, value in whole.items() if key != name}}
        for wrong in WRONG:
            yield {"input": whole | {name: wrong}}
