"""Columns of a resource: the SQL behind one field, how its value travels, whether it may be hidden, and what Python makes."""

from dataclasses import dataclass
from enum import Enum, StrEnum


class Kind(StrEnum):
    """How the value of a column travels; it decides filters, order and the GraphQL type."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    ENUM = "enum"
    ID = "id"
    TEXTS = "texts"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One field of a resource.

    `sql` is an expression over `{row}`, the resource's own table, and the aliases of its joins; `core` is a field that is
    never null and that no matrix hides, `filled` one that is never null where it shows; `target` is the type whose global id
    an ID holds. The word in braces is the only thing that is filled in: no value of a caller ever becomes part of the text.
    With any of the fields that `tells` names, of this type or of one that is read by the same permission, it is hidden too:
    those that it would give away. One that `repeats` a field of a row of another type, named by the field and an expression of
    that row's id, shows where that row is read and the field shows on it.
    """

    name: str
    kind: Kind
    sql: str
    core: bool = False
    filled: bool = False
    target: str = ""
    enum: type[Enum] | None = None
    tells: tuple[str, ...] = ()
    repeats: tuple[str, str] | None = None
    doc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A field that Python makes of a row, from the expressions over `{row}` that `uses` names: pairs of a name and its SQL.

    A matrix hides it like any other, and with any of the fields that `tells` names, as a column. No filter and no order goes
    by it.
    """

    name: str
    uses: tuple[tuple[str, str], ...] = ()
    tells: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """Return the name under which an answer says beside a row whether the field shows on it."""
        return f"${self.name}?"


def text(
    name: str, sql: str = "", *, core: bool = False, filled: bool = False, tells: tuple[str, ...] = (), doc: str = ""
) -> Column:
    """Return a column of text."""
    return Column(name=name, kind=Kind.TEXT, sql=sql or _own(name), core=core, filled=filled, tells=tells, doc=doc)


def integer(name: str, sql: str = "", *, core: bool = False, tells: tuple[str, ...] = (), doc: str = "") -> Column:
    """Return a column of whole numbers of at most 32 bits."""
    return Column(name=name, kind=Kind.INTEGER, sql=sql or _own(name), core=core, tells=tells, doc=doc)


def decimal(
    name: str,
    sql: str = "",
    *,
    core: bool = False,
    filled: bool = False,
    tells: tuple[str, ...] = (),
    repeats: tuple[str, str] | None = None,
    doc: str = "",
) -> Column:
    """Return a column of exact decimals, travelling as plain digits."""
    kind, expression = Kind.DECIMAL, sql or _own(name)
    return Column(name=name, kind=kind, sql=expression, core=core, filled=filled, tells=tells, repeats=repeats, doc=doc)


def boolean(name: str, sql: str = "", *, core: bool = False, doc: str = "") -> Column:
    """Return a column of truth values."""
    return Column(name=name, kind=Kind.BOOLEAN, sql=sql or _own(name), core=core, doc=doc)


def day(name: str, sql: str = "", *, core: bool = False, doc: str = "") -> Column:
    """Return a column of dates."""
    return Column(name=name, kind=Kind.DATE, sql=sql or _own(name), core=core, doc=doc)


def instant(
    name: str,
    sql: str = "",
    *,
    core: bool = False,
    tells: tuple[str, ...] = (),
    repeats: tuple[str, str] | None = None,
    doc: str = "",
) -> Column:
    """Return a column of instants, travelling in UTC."""
    return Column(name=name, kind=Kind.INSTANT, sql=sql or _own(name), core=core, tells=tells, repeats=repeats, doc=doc)


def enumerated(name: str, enum: type[Enum], sql: str = "", *, core: bool = False, doc: str = "") -> Column:
    """Return a column that holds a member of an enumeration by its value; values and names are the same words."""
    return Column(name=name, kind=Kind.ENUM, sql=sql or _own(name), core=core, enum=enum, doc=doc)


def reference(name: str, target: str, sql: str = "", *, core: bool = False, doc: str = "") -> Column:
    """Return a column that holds the id of an object of type `target`, travelling as a global id."""
    return Column(name=name, kind=Kind.ID, sql=sql or _own(name), core=core, target=target, doc=doc)


def texts(name: str, sql: str = "", *, core: bool = False, doc: str = "") -> Column:
    """Return a column that holds a JSON list of texts."""
    return Column(name=name, kind=Kind.TEXTS, sql=sql or _own(name), core=core, doc=doc)


def json(name: str, sql: str = "", *, core: bool = False, doc: str = "") -> Column:
    """Return a column that holds any JSON."""
    return Column(name=name, kind=Kind.JSON, sql=sql or _own(name), core=core, doc=doc)


def _own(name: str) -> str:
    return f"{{row}}.{name}"
