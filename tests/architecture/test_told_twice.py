"""One fact, one permission: of two fields over the same column one gives way to the other, or both are named with a reason."""

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from plumb_platform.resources import Column, Items, Made, Resource, known_resources, resource_named
from plumb_platform.resources.resource import camel
from plumb_tenants.access.doubles import TOLD_TWICE
from support.naive.world import OTHER_SCHEMAS
from support.product_schema import product_schema

NAMED = re.compile(r'\b(?:from|join)\s+"?([a-z_]+)"?\s+(?:as\s+)?([a-z]\w*|\{\w+\})')
REFERENCE = re.compile(r"(\{\w+\}|\b[a-z]\w*)\.([a-z_]+)")
PLAIN = re.compile(r"\{\w+\}\.[a-z_]+")
SILENT = {"tenant_id", "id", "created_at"}
Fact = tuple[str, str]
DERIVED = {
    "Approval.stepName": "the name of a step beside its key, as its flow gives both",
    **dict.fromkeys(
        ("Attachment.scanFinding", "Attachment.scanReason", "DefinitionVersion.scanFinding", "DefinitionVersion.scanReason"),
        "whether the file was destroyed is the core field FileScan.state",
    ),
    "DefinitionVersion.body": "without what the scan holds, as the core field FileScan.state says",
    "DefinitionVersion.scanState": "whether the scan holds a picture; what was found is scanFinding",
    "LetterRun.sealed": "how many letters have their file",
    "Proposal.confirmed": "whether it is confirmed is the core field state",
    "Revision.openBelow": "how many below are done, by the core field Propagation.state",
    "RevisionImpact.propagation": "the core field Propagation.state",
    "Revision.totalSeconds": "without the time of its approval, not that time",
}
"""Fields that go by a fact of another field and do not say it, each with the reason."""


def facts_of(resource: Resource, sql: str) -> frozenset[Fact]:
    """Return the tables' columns that an expression of a resource reads."""
    joins = " ".join(join.sql for join in resource.joins)
    tables = {"{row}": resource.table} | {alias: table for table, alias in NAMED.findall(f"{joins} {sql}")}
    found = {(tables[alias], name) for alias, name in REFERENCE.findall(sql) if alias in tables}
    return frozenset(each for each in found if each[1] not in SILENT)


def fields_of(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield the fields that a matrix may hide with each expression behind them."""
    for column in resource.columns:
        if not column.core:
            yield column.name, column.sql
    for made in resource.made:
        yield from ((made.name, sql) for _, sql in made.uses)
    for relation in resource.relations:
        if isinstance(relation, Items) and not relation.core:
            yield relation.name, relation.source


def gives_way(name: str, other: str) -> bool:
    """Return whether a field is hidden wherever another one is that says the same."""
    type_name, _, own = name.partition(".")
    resource = resource_named(type_name)
    known: tuple[Column | Made, ...] = (*resource.columns, *resource.made)
    column = next((each for each in known if camel(each.name) == own), None)
    repeats = column.repeats[0] if isinstance(column, Column) and column.repeats else ""
    told = {each if "." in each else f"{resource.type_name}.{each}" for each in getattr(column, "tells", ())}
    retold = isinstance(column, Column) and "{reader}" in column.sql
    return retold or other in told or other == repeats or any({name, other} <= fields for fields in TOLD_TWICE)


def doubles() -> dict[str, set[str]]:
    """Return the fields over a column that another field shows as it is, with those."""
    assert product_schema().type_map, "making the schema makes all resources known"
    shown, read = defaultdict[Fact, set[str]](set), defaultdict[Fact, set[str]](set)
    for resource in (each for name, each in known_resources().items() if name not in OTHER_SCHEMAS):
        for name, sql in fields_of(resource):
            for fact in facts_of(resource, sql):
                coordinate = f"{resource.type_name}.{camel(name)}"
                read[fact].add(coordinate)
                # An id leads to another row, and says nothing of it.
                if PLAIN.fullmatch(sql) and not name.endswith("_id"):
                    shown[fact].add(coordinate)
    found = defaultdict[str, set[str]](set)
    for fact, sources in shown.items():
        for source in sources:
            for each in read[fact] - {source}:
                found[each].add(source)
    return found


def test_no_field_says_what_another_hides_but_those_that_are_named_with_a_reason() -> None:
    found = doubles()
    # The walk sees something.
    assert {"Goal.target", "Goal.confirmedAt"} & found["Proposal.confirmedAt"] == {"Goal.confirmedAt"}
    assert "Order.customer" in found["Credit.customer"]
    loose = {each: {other for other in others if not gives_way(each, other)} for each, others in found.items()}
    assert {each for each, others in loose.items() if others} == set(DERIVED), loose


@pytest.mark.parametrize("fields", TOLD_TWICE, ids=lambda each: "+".join(sorted(each)))
def test_what_a_matrix_is_told_of_exists_and_is_hidden_one_by_one(fields: frozenset[str]) -> None:
    resources = {resource_named(each.partition(".")[0]) for each in fields}
    assert fields <= frozenset[str]().union(*(each.fields for each in resources))
    assert len({each.read for each in resources}) > 1
