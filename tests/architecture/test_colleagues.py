"""One company, two colleagues: an id of what is out of one's reach is answered as a random one wherever one is taken (C56).

The caller may do every act, each over no more than their own; what no matrix can narrow, they reach like everybody who may.
"""

from dataclasses import dataclass, replace
from uuid import uuid4

import orjson
import pytest

from graphql import get_named_type
from plumb_platform.actor import Actor
from plumb_platform.database import Database, tenant_transaction
from plumb_platform.permissions import Grants, Pair, Permission, Scope, grants_of, hold_grants
from plumb_platform.permissions.pairs import EVERYTHING
from plumb_platform.resources import known_resources
from plumb_schema.ground.answers import Answer
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.following import Following
from plumb_schema.ground.ids import encode_id
from plumb_schema.ground.permission import need_of
from plumb_tenants.access.words import scopes_of
from support.companies import add_person, add_unit
from support.filled_company import FilledCompany, fill_company, fingerprint
from support.minimal_inputs import minimal_arguments, type_named
from support.schema_walk import IdPlace, RootField, id_places, root_fields
from support.trying import tried


@dataclass(frozen=True)
class Stranger:
    """Somebody of the filled company, in a unit where nothing is."""

    filled: FilledCompany
    actor: Actor
    known: Grants

    def grants(self, *lacking: Permission, scope: Scope) -> Grants:
        """Return all permissions but some, each over `scope` or the narrowest that there is above it."""
        pairs = {
            each.value: (EVERYTHING,) if scope is Scope.COMPANY else (Pair(min(s for s in scopes_of(each) if s >= scope)),)
            for each in Permission
            if each not in lacking
        }
        known = self.known
        return Grants(pairs, known.person_id, known.unit_id, known.membership_id, known.roles, known.version)

    def context(self, ground: Ground, grants: Grants) -> Context:
        async def known(actor: Actor) -> Grants:
            hold_grants(actor, grants)
            return grants

        asking = replace(ground, grants_of=known)
        return Context(ground=asking, actor=self.actor, grants=grants, request_id="test-request", locale="en")


@pytest.fixture(scope="module")
async def stranger(database: Database) -> Stranger:
    filled = await fill_company("同事医疗器械有限公司")
    far = await add_unit(filled.company, "FAR", "远方")
    actor = await add_person(filled.company, "FAR1", "远方同事", unit=far)
    async with tenant_transaction(actor):
        return Stranger(filled, actor, await grants_of(actor))


async def ask(engine: Engine, context: Context, root: RootField, variables: dict[str, object]) -> Answer:
    operation = Operation(root.document(variables), variables)
    followed = engine.following(operation, context)
    return await engine.answer(Operation(followed.query, variables) if isinstance(followed, Following) else operation, context)


WIDE: dict[str, str] = {
    **dict.fromkeys(
        ("Query.erasurePreview(personId)", "Mutation.requestErasure(input.personId)", "Mutation.placeHold(input.objectId)"),
        "what is kept, held and erased is judged for the whole company",
    ),
    **dict.fromkeys(
        ("Mutation.startPilot(input.unitIds)", "Mutation.addWave(input.unitIds)", "Mutation.recordSignals(input.signals.unitId)"),
        "definitions and signals are of the whole company",
    ),
    **dict.fromkeys(
        (
            *("Mutation.inviteMember(input.personId)", "Mutation.deactivatePerson(input.personId)"),
            *("Mutation.deactivatePerson(input.successorId)", "Mutation.completeHandover(input.handoverId)"),
            *("Mutation.completeHandover(input.successorId)", "Mutation.closeRootCause(input.rootCauseId)"),
            "Mutation.unmarkPriority(input.goalId)",
        ),
        "the act is over the whole company; where its answer is out of reach, it is undone",
    ),
    **dict.fromkeys(
        ("Mutation.moveProposalValue(input.sourceId)", "Mutation.moveProposalValue(input.targetId)"),
        "both ids are the same here, which is refused before either is looked for",
    ),
}
"""Where an id out of reach is told from a random one, with the reason: the act itself is one that no matrix can narrow."""


def narrowed(grants: Grants, kind: str) -> bool:
    """Return whether somebody reads less of a type than all of it."""
    resource = known_resources().get(kind)
    return resource is not None and grants.scopes[resource.read.value] < Scope.COMPANY


def is_asked(grants: Grants, place: IdPlace) -> bool:
    """Return whether an id is out of reach here: not where a list of what is all within reach is filtered by it."""
    listed = get_named_type(place.root.field.type)
    is_filter = place.root.kind == "query" and place.steps[0] == "where"
    own = is_filter and not narrowed(grants, listed.name.removesuffix("Connection"))
    return narrowed(grants, (type_named(place.coordinate) or "").partition(".")[0]) and not own


@pytest.mark.parametrize("scope", [Scope.OWN, Scope.UNIT])
async def test_a_colleagues_id_is_answered_as_a_random_one_everywhere(
    stranger: Stranger, product_engine: Engine, ground: Ground, scope: Scope
) -> None:
    filled, grants, trying = stranger.filled, stranger.grants(scope=scope), replace(ground, transaction=tried)
    own = {kind: encode_id(kind.partition(".")[0], value) for kind, value in filled.ids.items()}
    before, different = await fingerprint(filled.company), dict[str, list[tuple[int, str]]]()
    asked: set[str] = set()
    for place in id_places(product_engine.schema):
        if not is_asked(grants, place):
            continue
        asked.add(str(place))
        kind, said = type_named(place.coordinate) or "", []
        for each in (own[kind], encode_id(kind.partition(".")[0], uuid4())):
            variables = minimal_arguments(place.root, own, asked=each, place=place)
            answer = await ask(product_engine, stranger.context(trying, grants), place.root, variables)
            said.append((answer.status, orjson.dumps(answer.body).decode().replace(each, "<id>")))
        if said[0] != said[1]:
            different[str(place)] = said
    assert {place: each for place, each in different.items() if place not in WIDE} == {}
    assert set(WIDE) & asked - set(different) == set()
    assert len(asked) > 150
    assert await fingerprint(filled.company) == before


async def test_no_other_permission_stands_in_for_the_one_that_a_field_needs(
    stranger: Stranger, product_engine: Engine, ground: Ground
) -> None:
    """Whoever may do everything else, over the whole company, is refused before anything of what they ask is looked at."""
    trying, told, asked = replace(ground, transaction=tried), {}, 0
    own = {kind: encode_id(kind.partition(".")[0], value) for kind, value in stranger.filled.ids.items()}
    for root in root_fields(product_engine.schema):
        need = need_of(root.field)
        if not isinstance(need, Permission):
            continue
        asked += 1
        context = stranger.context(trying, stranger.grants(need, scope=Scope.COMPANY))
        body = (await ask(product_engine, context, root, minimal_arguments(root, own))).body
        found = (body.get("data") or {}).get(root.name)
        said = found["problem"] if isinstance(found, dict) and "problem" in found else None
        codes = [each["extensions"]["code"] for each in body.get("errors", ())]
        if (said or codes) not in ("FORBIDDEN", ["FORBIDDEN"]):
            told[root.place] = body
    assert told == {}
    assert asked > 250
