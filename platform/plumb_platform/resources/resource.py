"""A resource: a type of object, its table, its fields and relations, and where row scope starts from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from plumb_platform.permissions.catalogue import Permission
from plumb_platform.resources.columns import Column, Made
from plumb_platform.resources.relations import Relation


@dataclass(frozen=True, slots=True)
class Join:
    """A table beside the resource's own that always has exactly one row for it; joined only where it is used.

    `sql` stands behind the table: `join goal_version {v} on {v}.tenant_id = {row}.tenant_id and ...`.
    """

    alias: str
    sql: str


@dataclass(frozen=True, slots=True)
class While:
    """Somebody whom a row belongs to while a condition over `{row}` and `{today}`, the company's day, holds."""

    person: str
    holds: str


@dataclass(frozen=True, slots=True)
class Veil:
    """What hides some rows from all but those whom they are for, whatever a matrix grants.

    `shows` is a condition over `{row}` and `{unit}`, the caller's own unit; it is not asked of who holds one of `lifted_by`.
    """

    shows: str
    lifted_by: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class Retells:
    """Whose values the kept texts of a row say: `rows`, an expression of JSON (`telling.told_by`), and which fields may be there.

    Texts that may be `refusals` say whatever these tell of besides. `{reader}` in an expression of the resource is then the
    condition that whoever reads may see all of them now. A text that says any other field is told whole to those alone whose
    matrix limits them in none of the fields and types that may be there.
    """

    rows: str
    fields: tuple[str, ...] = ()
    refusals: bool = False


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What stands behind one type of the API.

    `own` are expressions of the people whom a row belongs to, always or While something holds, `shared` those of arrays of
    people, which may name `{today}`, `mine` those of the memberships, `unit` that of its unit; a resource without any is
    reached by COMPANY alone. `order` names the columns of its usual order, none of which is ever null, `-` in front for
    descending; the id is always the last. `reads` lists the tables behind it, which decide when a kept answer is stale; empty
    means that answers which hold it are never kept. `closure` names the table of pairs (ancestor_id, descendant_id) of a tree.
    """

    type_name: str
    doc: str
    table: str
    read: Permission
    columns: tuple[Column, ...]
    relations: tuple[Relation, ...] = ()
    made: tuple[Made, ...] = ()
    own: tuple[str | While, ...] = ()
    shared: tuple[str, ...] = ()
    mine: tuple[str, ...] = ()
    unit: str | None = None
    joins: tuple[Join, ...] = ()
    order: tuple[str, ...] = ("id",)
    key: str = "{row}.id"
    reads: tuple[str, ...] = ()
    closure: str | None = None
    veil: Veil | None = None
    retells: Retells | None = None

    @property
    def name(self) -> str:
        """Return the resource's word in permissions (`goal` of `goal:read`)."""
        return self.read.value.partition(":")[0]

    @cached_property
    def columns_by_name(self) -> Mapping[str, Column]:
        """Return the columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def relations_by_name(self) -> Mapping[str, Relation]:
        """Return the relations by name."""
        return {relation.name: relation for relation in self.relations}

    @cached_property
    def members(self) -> Mapping[str, Column | Relation]:
        """Return the columns and relations by the names that the API gives them."""
        return {camel(each.name): each for each in (*self.columns, *self.relations)}

    @cached_property
    def made_by_name(self) -> Mapping[str, Made]:
        """Return the fields that Python makes by the names that the API gives them."""
        return {camel(each.name): each for each in self.made}

    @cached_property
    def fields(self) -> frozenset[str]:
        """Return the coordinates (`Goal.target`) of the fields that a matrix may hide."""
        names = [column.name for column in self.columns if not column.core]
        names += [relation.name for relation in self.relations if not getattr(relation, "core", False)]
        names += [made.name for made in self.made]
        return frozenset(f"{self.type_name}.{camel(name)}" for name in names)

    @cached_property
    def told_by(self) -> Mapping[str, tuple[str, ...]]:
        """Return the fields that some would give away, and which do not show without them, by coordinates."""
        telling = [(each.name, each.tells) for each in self.columns] + [(each.name, each.tells) for each in self.made]
        return {f"{self.type_name}.{camel(name)}": tells for name, tells in telling if tells}

    @cached_property
    def repeated(self) -> Mapping[str, tuple[str, str]]:
        """Return the fields that repeat one of another row, by coordinates: that field's, and the expression of that row's id."""
        return {f"{self.type_name}.{camel(each.name)}": each.repeats for each in self.columns if each.repeats}


@cache
def camel(name: str) -> str:
    """Return a field's name as the API writes it."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
