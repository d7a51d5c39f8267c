"""A walk over the schema: for every root field a document that asks for all it answers, and every place where an id stands."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedInputType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_leaf_type,
)
from plumb_schema.ground.limits import Limits

Steps = tuple[str, ...]
ChooseId = Callable[[str, bool], str]
"""Returns the id for a coordinate; the flag says whether it is the one in question."""

SELECTED_LEVELS = 3
PROBLEM = "... on Problem { problem: code problemText: message problemField: field }"


@dataclass(frozen=True)
class RootField:
    """One field of Query, Mutation or Subscription."""

    kind: str
    name: str
    field: GraphQLField

    @property
    def place(self) -> str:
        """Return `Query.goal`."""
        return f"{self.kind.title()}.{self.name}"

    def document(self, variables: Mapping[str, Any]) -> str:
        """Return an operation that asks this field with these variables for everything near it."""
        given = {name: argument.type for name, argument in self.field.args.items() if name in variables}
        head = f"({', '.join(f'${name}: {kind}' for name, kind in given.items())})" if given else ""
        arguments = f"({', '.join(f'{name}: ${name}' for name in given)})" if given else ""
        return f"{self.kind}{head} {{ {self.name}{arguments} {near(self.field.type)} }}"


@dataclass(frozen=True)
class IdPlace:
    """One id among a root field's arguments; `coordinate` is the argument or input field that holds it."""

    root: RootField
    steps: Steps
    coordinate: str

    def __str__(self) -> str:
        return f"{self.root.place}({'.'.join(self.steps)})"


def root_fields(schema: GraphQLSchema) -> list[RootField]:
    """Return every question and every change of the schema."""
    kinds = {"query": schema.query_type, "mutation": schema.mutation_type}
    return [RootField(kind, name, field) for kind, owner in kinds.items() if owner for name, field in owner.fields.items()]


def followed_fields(schema: GraphQLSchema) -> list[RootField]:
    """Return every subscription, which is asked as the query of its name."""
    owner = schema.subscription_type
    return [RootField("subscription", name, field) for name, field in owner.fields.items()] if owner else []


def id_places(schema: GraphQLSchema) -> list[IdPlace]:
    """Return every place in the arguments of every root field where an id stands, nested ones and lists too."""
    places = []
    for root in (*root_fields(schema), *followed_fields(schema)):
        for name, argument in root.field.args.items():
            found = _ids_below(argument.type, f"{root.place}({name}:)", (name,))
            places += [IdPlace(root, steps, coordinate) for steps, coordinate in found]
    return places


def arguments_of(
    root: RootField, choose: ChooseId, values: Mapping[str, Any], *, steps: Steps = (), missing: list[str]
) -> dict[str, Any]:
    """Return variables with all that is required, all that `values` names, and what `steps` leads to; a version is the first.

    `values` gives a value for a coordinate (`LoginInput.email`); what it lacks is added to `missing`.
    """
    maker = _Maker(choose, values, missing)
    return maker.members(root.field.args, lambda name: f"{root.place}({name}:)", steps)


def near(kind: GraphQLOutputType) -> str:
    """Return the selection of what is near a type: down to SELECTED_LEVELS, or as far as one document may go."""
    told = (selection(kind, levels) for levels in range(SELECTED_LEVELS, 0, -1))
    return next(each for each in told if len(re.findall(r"\w+", each)) <= Limits().fields)


def selection(kind: GraphQLOutputType, levels: int, *, said: dict[str, str] | None = None) -> str:
    """Return the selection set of a type down to `levels` objects, empty for a scalar.

    `said` holds the types that names have beside it in a union: a name of two types is asked of the first member alone.
    """
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    if isinstance(named, GraphQLUnionType):
        members = [member for member in named.types if not _is_problem(member)]
        beside: dict[str, str] = {}
        parts = [f"... on {member.name} {selection(member, levels, said=beside)}" for member in members]
        return f"{{ __typename {PROBLEM if len(members) < len(named.types) else ''} {' '.join(parts)} }}"
    assert isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
    said = {} if said is None else said
    askable = {
        name: field
        for name, field in named.fields.items()
        if not _requires(field.args) and said.setdefault(name, str(field.type)) == str(field.type)
    }
    leaves = [name for name, field in askable.items() if is_leaf_type(get_named_type(field.type))]
    inner = [f"{name} {selection(askable[name].type, levels - 1)}" for name in askable if levels > 1 and name not in leaves]
    return f"{{ {' '.join([*leaves, *inner]) or '__typename'} }}"


class _Maker:
    def __init__(self, choose: ChooseId, values: Mapping[str, Any], missing: list[str]) -> None:
        self.choose, self.values, self.missing = choose, values, missing

    def members(
        self,
        members: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
        coordinate: Callable[[str], str],
        steps: Steps,
    ) -> dict[str, Any]:
        wanted = steps[0] if steps else None
        return {
            name: self.value(member.type, coordinate(name), steps[1:], is_asked=name == wanted)
            for name, member in members.items()
            if name == wanted or _is_required(member) or coordinate(name) in self.values
        }

    def value(self, kind: GraphQLInputType, coordinate: str, steps: Steps, *, is_asked: bool) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return self.value(kind.of_type, coordinate, steps, is_asked=is_asked)
        if coordinate in self.values and not is_asked:
            return self.values[coordinate]
        if isinstance(kind, GraphQLList):
            return [self.value(kind.of_type, coordinate, steps, is_asked=is_asked)]
        if kind.name == "IdFilter":
            return {"eq": self.choose(coordinate, is_asked)}
        if isinstance(kind, GraphQLInputObjectType):
            below = steps if is_asked else ()
            return self.members(kind.fields, lambda name: f"{kind.name}.{name}", below)
        if isinstance(kind, GraphQLEnumType):
            return next(iter(kind.values))
        if kind.name == "ID":
            return self.choose(coordinate, is_asked)
        if kind.name == "Boolean":
            return False
        if coordinate.endswith("Input.version"):
            return 1
        self.missing.append(coordinate)
        return None


def _ids_below(kind: GraphQLInputType, coordinate: str, steps: Steps) -> Iterator[tuple[Steps, str]]:
    named = get_named_type(kind)
    if named.name == "ID":
        yield steps, coordinate
    if named.name == "IdFilter":
        # What the id names is said by the column that is filtered.
        yield (*steps, "eq"), coordinate
    elif isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            # Filters of relations are those of lists of their own, so each is walked there.
            if not (_is_filter(named) and _is_filter(get_named_type(field.type))):
                yield from _ids_below(field.type, f"{named.name}.{name}", (*steps, name))


def _is_filter(kind: GraphQLNamedInputType) -> bool:
    return isinstance(kind, GraphQLInputObjectType) and "and" in kind.fields


def _is_required(member: GraphQLArgument | GraphQLInputField) -> bool:
    return isinstance(member.type, GraphQLNonNull) and member.default_value is Undefined


def _requires(arguments: Mapping[str, GraphQLArgument]) -> bool:
    return any(_is_required(argument) for argument in arguments.values())


def _is_problem(member: GraphQLObjectType) -> bool:
    return any(interface.name == "Problem" for interface in member.interfaces)
