"""Two companies, everything filled: no table and no id argument lets one see, change or even guess what is the other's (N8)."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import orjson
import pytest
from tortoise.exceptions import OperationalError

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, fetch, fetch_value, tenant_transaction
from plumb_schema.ground.answers import Answer
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.following import Following
from plumb_schema.ground.ids import encode_id
from plumb_schema.reads.classes import declared
from support.filled_company import TENANT_TABLES, FilledCompany, fill_company, fingerprint
from support.minimal_inputs import minimal_arguments, type_named
from support.schema_walk import IdPlace, id_places
from support.trying import tried

COPY = """
insert into "{table}" select (jsonb_populate_record(null::"{table}", to_jsonb(t) || jsonb_build_object('tenant_id', $1::uuid)
  || case when to_jsonb(t) ? 'id' then jsonb_build_object('id', $2::uuid) else '{{}}' end)).* from "{table}" t limit 1
"""


@dataclass(frozen=True)
class Pair:
    """Our company and theirs, filled alike."""

    ours: FilledCompany
    theirs: FilledCompany


@pytest.fixture(scope="module")
async def pair(database: Database) -> Pair:
    """Fill two companies."""
    return Pair(await fill_company("甲方医疗器械有限公司"), await fill_company("乙方医疗器械有限公司"))


async def tables(company: FilledCompany) -> list[dict[str, Any]]:
    async with tenant_transaction(company.company.system):
        return await fetch(TENANT_TABLES)


async def refusal(actor: Actor, sql: str, *values: object) -> str:
    """Return PostgreSQL's word against a statement; empty when it ran."""
    try:
        async with tried(actor):
            await execute(sql, *values)
    except OperationalError as error:
        return str(error)
    return ""


async def ask(engine: Engine, ground: Ground, caller: Actor, place: IdPlace, variables: dict[str, Any]) -> Answer:
    context = Context(ground=ground, actor=caller, request_id="test-request", locale="en")
    operation = Operation(place.root.document(variables), variables)
    followed = engine.following(operation, context)
    if not isinstance(followed, Following):
        return await engine.answer(operation, context)
    answer = await engine.answer(Operation(followed.query, variables), context)
    ended = await engine.answer(Operation(followed.end_query, followed.end_variables), context)
    # Whoever is shown nothing is not kept waiting for it either.
    assert answer.body["data"][place.root.name] is not None or followed.is_over(ended.body), str(place)
    return answer


def masked(answer: Answer, asked: str) -> tuple[int, str]:
    """Return status and body of an answer, the id that was asked for replaced."""
    return answer.status, orjson.dumps(answer.body).decode().replace(asked, "<id>")


def says_not_found(place: IdPlace, answer: Answer) -> bool:
    """Return whether an answer says that there is no such thing: a problem for a change, null or an empty page for a question."""
    found = (answer.body.get("data") or {}).get(place.root.name)
    if place.root.kind == "mutation":
        return isinstance(found, dict) and found.get("problem") == "NOT_FOUND"
    return answer.body == {"data": {place.root.name: None}} or (isinstance(found, dict) and found.get("edges") == [])


async def test_the_filled_company_leaves_no_table_of_the_catalogue_empty(pair: Pair) -> None:
    for company in (pair.ours, pair.theirs):
        prints = await fingerprint(company.company)
        assert {"audit_head", "company", "matrix_rule", "outbox", "snapshot_bundle", "snapshot_row"} <= set(prints)
        assert {name for name, value in prints.items() if value.startswith("0:")} == set()


async def test_no_table_lets_a_company_write_rows_of_another(pair: Pair) -> None:
    us, them = pair.ours.company, pair.theirs.company.tenant_id
    allowed, answers = {}, {}
    for table in await tables(pair.ours):
        name = table["name"]
        allowed[name] = "row-level security" if table["insertable"] else "permission denied"
        said = await refusal(us.system, COPY.format(table=name), them, uuid4())
        answers[name] = next((word for word in ("row-level security", "permission denied") if word in said), said or "written")
    assert answers == allowed


async def test_no_table_lets_a_company_change_or_delete_rows_of_another(pair: Pair) -> None:
    us, them = pair.ours.company, pair.theirs.company.tenant_id
    wrong = []
    for table in await tables(pair.ours):
        name = table["name"]
        changes = {
            "updatable": f'update "{name}" set tenant_id = tenant_id where tenant_id = $1 returning 1',
            "deletable": f'delete from "{name}" where tenant_id = $1 returning 1',
        }
        for right, sql in changes.items():
            if table[right]:
                async with tried(us.system):
                    changed = await execute(sql, them)
                wrong += [f"{name}: {len(changed)} rows by {sql}"] if changed else []
            elif "permission denied" not in await refusal(us.system, sql, them):
                wrong.append(f"{name}: not granted, yet not refused: {sql}")
    assert wrong == []


async def test_no_table_lets_a_company_move_its_rows_to_another(pair: Pair) -> None:
    us, them = pair.ours.company, pair.theirs.company.tenant_id
    movable = [table["name"] for table in await tables(pair.ours) if table["updatable"]]
    answers = {name: await refusal(us.system, f'update "{name}" set tenant_id = $1', them) for name in movable}
    assert {name for name, said in answers.items() if not said} == set()


async def test_no_table_shows_rows_of_another_company(pair: Pair) -> None:
    us, them = pair.ours.company, pair.theirs.company.tenant_id
    async with tenant_transaction(us.system):
        seen = {
            table["name"]: await fetch_value(f'select count(*) from "{table["name"]}" where tenant_id = $1', them)
            for table in await fetch(TENANT_TABLES)
        }
        others = await fetch_value("select count(*) from company where tenant_id <> $1", us.tenant_id)
    assert (set(seen.values()), others) == ({0}, 0)


async def test_every_id_argument_is_known_by_its_type(pair: Pair, product_engine: Engine) -> None:
    followed = product_engine.schema.subscription_type
    assert followed is not None
    assert {f"Subscription.{name}(id)" for name in followed.fields} <= {str(each) for each in id_places(product_engine.schema)}
    unknown = {str(place) for place in id_places(product_engine.schema) if type_named(place.coordinate) not in pair.ours.ids}
    assert unknown == set()


async def test_a_foreign_id_is_answered_as_a_random_one_everywhere(pair: Pair, product_engine: Engine, ground: Ground) -> None:
    before = await fingerprint(pair.theirs.company)
    different, elsewhere = {}, {}
    for place in id_places(product_engine.schema):
        caller, foreign, unknown = pair.ours.caller, *chosen_pair(place, pair)
        answers = {
            asked: await ask(product_engine, ground, caller, place, arguments(place, pair.ours, asked))
            for asked in (foreign, unknown)
        }
        if masked(answers[foreign], foreign) != masked(answers[unknown], unknown):
            different[str(place)] = [answers[foreign].body, answers[unknown].body]
        if not says_not_found(place, answers[foreign]):
            elsewhere[str(place)] = answers[foreign].body
    assert different == {}
    assert elsewhere == {}
    assert await fingerprint(pair.theirs.company) == before


async def test_ones_own_id_is_found_at_the_same_places(pair: Pair, product_engine: Engine, ground: Ground) -> None:
    # Without this the test above would pass for an argument that is never looked at.
    trying = replace(ground, transaction=tried)
    unfound = {}
    for place in id_places(product_engine.schema):
        kind = type_named(place.coordinate) or ""
        own = encode_id(kind.partition(".")[0], pair.ours.ids[kind])
        answer = await ask(product_engine, trying, pair.ours.caller, place, arguments(place, pair.ours, own))
        if says_not_found(place, answer) or ("errors" in answer.body and "NOT_FOUND" in str(answer.body)):
            unfound[str(place)] = answer.body
    assert unfound == {}


async def test_node_answers_a_foreign_id_of_every_type_as_a_random_one(
    pair: Pair, product_engine: Engine, ground: Ground
) -> None:
    (place,) = [each for each in id_places(product_engine.schema) if str(each) == "Query.node(id)"]
    kinds = [kind for kind in pair.ours.ids if "." not in kind and declared(kind)]
    assert len(kinds) >= 9
    for kind in kinds:
        own, foreign = (encode_id(kind, company.ids[kind]) for company in (pair.ours, pair.theirs))
        found = await ask(product_engine, ground, pair.ours.caller, place, {"id": own})
        assert found.body == {"data": {"node": {"id": own}}}
        for asked in (foreign, encode_id(kind, uuid4())):
            nothing = await ask(product_engine, ground, pair.ours.caller, place, {"id": asked})
            assert nothing.body == {"data": {"node": None}}, kind


async def test_a_page_is_not_continued_by_the_cursor_of_another_company(
    pair: Pair, product_engine: Engine, ground: Ground
) -> None:
    async def page(caller: Actor, field: str, after: str) -> Any:
        query = f"{{ {field}(first: 1{after}) {{ pageInfo {{ endCursor }} }} }}"
        context = Context(ground=ground, actor=caller, request_id="test-request", locale="en")
        return (await product_engine.answer(Operation(query), context)).body

    query = product_engine.schema.query_type
    assert query is not None
    lists = [name for name, field in query.fields.items() if "after" in field.args]
    assert {"goals", "people", "letters", "auditEntries"} <= set(lists)
    for field in lists:
        cursor = (await page(pair.theirs.caller, field, ""))["data"][field]["pageInfo"]["endCursor"]
        refused = await page(pair.ours.caller, field, f', after: "{cursor}"')
        assert refused["errors"][0]["extensions"]["code"] == "CURSOR_INVALID", field


def chosen_pair(place: IdPlace, pair: Pair) -> tuple[str, str]:
    """Return their id and a random one, both of the type that the place asks for."""
    kind = type_named(place.coordinate) or ""
    return encode_id(kind.partition(".")[0], pair.theirs.ids[kind]), encode_id(kind.partition(".")[0], uuid4())


def arguments(place: IdPlace, company: FilledCompany, asked: str) -> dict[str, Any]:
    own = {kind: encode_id(kind.partition(".")[0], value) for kind, value in company.ids.items()}
    return minimal_arguments(place.root, own, asked=asked, place=place)
