"""Who may ask for what: every root field refuses those who lack its permission, and every permission is asked for somewhere."""

import ast
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, fetch, tenant_transaction
from plumb_platform.permissions import DEFAULT_ROLES, Pair, Permission, Scope
from plumb_platform.permissions.reading import matrix_in_force, rules_of
from plumb_schema.ground.answers import Answer
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from plumb_schema.ground.permission import PUBLIC, SIGNED_IN, need_of
from support.companies import CompanyFixture, make_company, member
from support.filled_company import IDS
from support.minimal_inputs import minimal_arguments
from support.product_schema import product_schema
from support.schema_walk import RootField, root_fields

ROOT = Path(__file__).parents[2]
FIELDS = {field.place: field for field in root_fields(product_schema())}
NEEDS = {place: need_of(field.field) for place, field in FIELDS.items()}
NEED_A_GRANT = sorted(place for place, need in NEEDS.items() if isinstance(need, Permission))
FOR_ANYBODY = {"Mutation.acceptInvitation", "Mutation.login", "Query.verifyLetter"}
FACTOR = {"Mutation.confirmTotp", "Mutation.enrolTotp", "Mutation.removeTotp"}
OWN_ACCOUNT = {"Mutation.changePassword", "Mutation.endSession", "Query.sessions"}
FOR_ALL_SIGNED_IN = {"Mutation.logout", "Query.node", "Query.viewer"} | FACTOR | OWN_ACCOUNT


@pytest.fixture(scope="module")
async def company(database: Database) -> CompanyFixture:
    return await make_company()


@pytest.fixture(scope="module")
async def roleless(company: CompanyFixture) -> Actor:
    """Return a member whom no role grants anything."""
    return await member(company.tenant_id)


async def ask(engine: Engine, ground: Ground, actor: Actor | None, field: RootField) -> Answer:
    unknown = {kind: encode_id(kind.partition(".")[0], uuid4()) for kind in IDS}
    variables = minimal_arguments(field, unknown)
    context = Context(ground=ground, actor=actor, request_id="test-request", locale="en")
    return await engine.answer(Operation(field.document(variables), variables), context)


def refusal(answer: Answer, field: RootField) -> tuple[str, str]:
    """Return code and text of the refusal that an answer is, whether a problem of a change or an error of a question."""
    found = (answer.body.get("data") or {}).get(field.name)
    if field.kind == "mutation" and found:
        return found["problem"], found["problemText"]
    assert found is None
    (error,) = answer.body["errors"]
    return error["extensions"]["code"], error["message"]


def test_what_needs_no_permission_is_named_here() -> None:
    assert {place for place, need in NEEDS.items() if need is PUBLIC} == FOR_ANYBODY
    assert {place for place, need in NEEDS.items() if need is SIGNED_IN} == FOR_ALL_SIGNED_IN
    assert len(NEED_A_GRANT) + len(FOR_ANYBODY) + len(FOR_ALL_SIGNED_IN) == len(FIELDS)


@pytest.mark.parametrize("place", NEED_A_GRANT)
async def test_a_member_without_a_role_is_refused(place: str, product_engine: Engine, ground: Ground, roleless: Actor) -> None:
    answer = await ask(product_engine, ground, roleless, FIELDS[place])
    need = NEEDS[place]
    assert isinstance(need, Permission)
    assert refusal(answer, FIELDS[place]) == (
        "FORBIDDEN",
        f"You have no permission for this ({need.value}); an administrator of your company can grant it.",
    )


@pytest.mark.parametrize("place", NEED_A_GRANT)
async def test_a_token_without_scopes_is_refused_whatever_its_owner_may(
    place: str, product_engine: Engine, ground: Ground, company: CompanyFixture
) -> None:
    token = replace(company.admin, channel="token", session_id=None, scopes=frozenset())
    answer = await ask(product_engine, ground, token, FIELDS[place])
    need = NEEDS[place]
    assert isinstance(need, Permission)
    assert refusal(answer, FIELDS[place]) == (
        "FORBIDDEN",
        f"You have no permission for this ({need.value}); an administrator of your company can grant it.",
    )


@pytest.mark.parametrize("place", sorted(set(FIELDS) - FOR_ANYBODY))
async def test_nobody_signed_in_is_told_so_and_no_more(place: str, product_engine: Engine, ground: Ground) -> None:
    answer = await ask(product_engine, ground, None, FIELDS[place])
    extensions = {"code": "UNAUTHENTICATED", "requestId": "test-request"}
    assert answer.body == {
        "errors": [{"message": "Please sign in (login), or send a token that still holds.", "extensions": extensions}]
    }
    assert answer.status == 401


@pytest.mark.parametrize("place", sorted(FOR_ANYBODY))
async def test_what_is_for_anybody_is_answered_to_nobody_in_particular(
    place: str, product_engine: Engine, ground: Ground
) -> None:
    answer = await ask(product_engine, ground, None, FIELDS[place])
    assert answer.status == 200
    assert "UNAUTHENTICATED" not in str(answer.body)


async def test_a_refused_member_changed_nothing(company: CompanyFixture, roleless: Actor) -> None:
    async with tenant_transaction(company.system):
        actions = {row["action"] for row in await fetch("select distinct action from audit_entry")}
    assert actions == {"company.create", "signing_key.create", "definition.draft", "definition.publish"}


def test_every_permission_is_asked_for_somewhere() -> None:
    rooms = ("tenants", "platform", "schema")
    asked = {name for room in rooms for path in (ROOT / room).rglob("*.py") for name in permissions_in(path)}
    assert {permission.name for permission in Permission} - asked == set()


async def test_a_new_company_starts_with_exactly_the_default_roles(company: CompanyFixture) -> None:
    async with tenant_transaction(company.system):
        matrix = await matrix_in_force()
        rules = await rules_of(matrix)
    granted = {(rule.role, rule.permission): rule.pair for rule in rules}
    default = {
        (role.value, permission.value): Pair(scope)
        for role, grants in DEFAULT_ROLES.items()
        for permission, scope in grants.items()
        if scope is not Scope.NONE
    }
    assert matrix is not None
    assert (granted, len(rules)) == (default, len(default))


def permissions_in(path: Path) -> set[str]:
    """Return the members of Permission that a module names; the catalogue itself asks for nothing."""
    if path.name == "catalogue.py":
        return set()
    text = path.read_text(encoding="utf-8")
    nodes = ast.walk(ast.parse(text)) if "Permission." in text else ()
    return {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Permission"
    }
