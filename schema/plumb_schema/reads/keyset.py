"""Order and keyset: pages that stay in place when rows come and go, and the signed cursors between them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from plumb_platform.resources import Column, reference
from plumb_schema.reads.rows import RowSource
from plumb_schema.reads.sight import Sight
from plumb_schema.reads.slots import Moment, Slots
from plumb_schema.reads.values import SQL_TYPES
from plumb_tenants.access.fields import FieldHidden


@dataclass(frozen=True, slots=True)
class Key:
    """One part of an order: an expression over the row, its SQL type, its direction, whether it may be null."""

    sql: str
    kind: str
    descending: bool
    nullable: bool

    @property
    def ordering(self) -> str:
        """Return the part as ORDER BY writes it; what has no value stands last either way."""
        return self.sql + (" desc" if self.descending else "") + (" nulls last" if self.nullable else "")

    def behind(self, value: str) -> str:
        """Return the condition for rows that stand strictly behind a value in this part."""
        sign = "<" if self.descending else ">"
        plain = f"{self.sql} {sign} {value}"
        return f"({plain} or ({self.sql} is null and {value} is not null))" if self.nullable else plain

    def same(self, value: str) -> str:
        """Return the condition for rows that are equal in this part."""
        return f"{self.sql} is not distinct from {value}" if self.nullable else f"{self.sql} = {value}"


@dataclass(frozen=True, slots=True)
class Keyset:
    """The whole order of a list, ending with the id, and the place that its cursors are bound to."""

    keys: tuple[Key, ...]
    place: str

    @property
    def ordering(self) -> str:
        """Return the order as SQL."""
        return ", ".join(key.ordering for key in self.keys)

    def behind(self, slots: Slots, place: int) -> str:
        """Return the condition for rows behind the cursor in `after` of the arguments of `place`."""
        # A count alone does not ask for what is behind a cursor, and refuses a wrong one all the same.
        slots.check(self._part(place, 0))
        values = [slots.put(self._part(place, index), f"text::{key.kind}") for index, key in enumerate(self.keys)]
        steps = []
        for index, key in enumerate(self.keys):
            same = [each.same(value) for each, value in zip(self.keys[:index], values, strict=False)]
            steps.append(" and ".join([*same, key.behind(values[index])]))
        return f"({' or '.join(f'({step})' for step in steps)})" if len(steps) > 1 else steps[0]

    def cursor(self, slots: Slots, parts: Sequence[str]) -> str:
        """Return the SQL of the cursor of a row whose key values stand in the given columns."""
        inner = slots.put(self._pad(0), "bytea", key=("inner", self.place))
        outer = slots.put(self._pad(1), "bytea", key=("outer", self.place))
        body = f"convert_to(json_build_array({', '.join(f'{part}::text' for part in parts)})::text, 'UTF8')"
        signed = f"substring(sha256({outer} || sha256({inner} || b.body)) from 1 for 16) || b.body"
        return f"(select translate(encode({signed}, 'base64'), E'+/=\\n', '-_') from (select {body} as body) b)"

    def _part(self, place: int, index: int) -> Any:
        def find(moment: Moment) -> str | None:
            bound = moment.cursors.places(moment.actor.tenant_id, self.place)
            return moment.cursors.open(bound, moment.arguments[place]["after"], parts=len(self.keys))[index]

        return find

    def _pad(self, which: int) -> Any:
        return lambda moment: moment.cursors.pads(moment.actor.tenant_id, self.place)[which]


def keyset_of(row: RowSource, sight: Sight, wanted: Sequence[Any], coordinate: str, at: str) -> Keyset:
    """Return the order that a caller wants, else the resource's own, as far as the caller may see what it goes by.

    Raises FieldHidden for an order by what the caller may not see.
    """
    usual = [(name.removeprefix("-"), name.startswith("-"), False) for name in row.resource.order]
    asked = [(each["field"].value, each["direction"].value == "DESC", True) for each in wanted]
    keys, said = [], []
    for name, descending, is_asked in _once(asked or usual):
        column = _column(row, name)
        value = row.value(column, sight)
        if value is None and is_asked:
            raise FieldHidden(field=at, name=row.coordinate(name))
        if value is not None:
            is_filled = column.core or column.filled or not is_asked
            nullable = not is_filled or (not column.core and value.startswith("(case"))
            keys.append(Key(value, SQL_TYPES[column.kind], descending, nullable))
            said.append(f"{'-' if descending else ''}{name}")
        if name == "id":
            break
    else:
        last = bool(keys) and keys[-1].descending
        keys.append(Key(row.key, "uuid", last, False))
        said.append("-id" if last else "id")
    return Keyset(tuple(keys), f"{coordinate}:{','.join(said)}")


def _once(wanted: Iterable[tuple[str, bool, bool]]) -> Iterator[tuple[str, bool, bool]]:
    """Yield what an order goes by; a field that is named again decides nothing more."""
    seen: set[str] = set()
    for name, descending, is_asked in wanted:
        if name not in seen:
            seen.add(name)
            yield name, descending, is_asked


def _column(row: RowSource, name: str) -> Column:
    if name == "id":
        return reference("id", row.resource.type_name, row.resource.key, core=True)
    return row.resource.columns_by_name[name]
