"""Pairs of a matrix as SQL: which rows they reach and on which of those a field shows; the one place where that is said."""

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from plumb_platform.permissions import Grants, Pair, Permission, Scope
from plumb_platform.permissions.grants import NOBODY
from plumb_platform.resources import Resource, While, resource_named
from plumb_tenants.access.beside import JoinsUsed, joined
from plumb_tenants.access.filters import Bound, Start, filter_sql
from plumb_tenants.formulas.service import FormulaError

TRUE, FALSE = "true", "false"
"""Conditions that are known without a row; compare with `is` or `==`, they are never written in another way."""

Bind = Callable[[Bound], str]
"""Allots a placeholder (`$3`) or any other expression to what a condition needs; asked once for each place."""

_NOTHING = Grants({}, NOBODY, NOBODY)
_MARK = re.compile("\0([0-9]+)\0")
_BELOW = "(select descendant_id from org_unit_closure where ancestor_id = {unit}::uuid)"


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of some pairs over one row of a resource.

    `row` tells whether the row is reached; `field(coordinate)` whether the field shows on a row that is reached. Both are
    TRUE or FALSE where no row has to be asked; null means no, so that an index can serve them: put them behind `where` or
    `case when`, and never behind `not`. Placeholders are allotted only for what stands in the text that is returned.
    """

    pairs: Sequence[Pair]
    resource: Resource
    aliases: Mapping[str, str]
    bind: Bind
    veiled: bool = False
    """Whether the resource's veil is before the eyes of who asks (`is_veiled`)."""
    grants: Grants = _NOTHING
    """What is granted beside the pairs, for fields that repeat one of a row of another type."""
    _marked: list[Bound] = dataclasses.field(default_factory=list)

    @property
    def row(self) -> str:
        """Return the condition on which the row is reached."""
        allowing = [pair for pair in self.pairs if not pair.denies]
        denying = [pair for pair in self.pairs if pair.denies and pair.fields is None]
        return self._bound(self._unveiled(self._decided(allowing, denying)))

    def field(self, coordinate: str) -> str:
        """Return the condition on which a field (`Goal.target`), and all that it tells, shows on a row that is reached."""
        repeated = self.resource.repeated.get(coordinate)
        return self._bound(_all([*self._told(coordinate), *([self._there(*repeated)] if repeated else [])]))

    def own_field(self, coordinate: str) -> str:
        """Return the same as far as this type's own fields say, whatever row of another type the field repeats."""
        return self._bound(_all(self._told(coordinate)))

    def _told(self, coordinate: str) -> list[str]:
        return [self._shown(each) for each in (coordinate, *self.resource.told_by.get(coordinate, ()))]

    def _there(self, coordinate: str, by: str) -> str:
        """Return the condition on which the row that an expression names is read, and a field of it shows."""
        there = resource_named(coordinate.partition(".")[0])
        aliases = JoinsUsed(f"{self.aliases['row']}_{there.table}", there)
        made = conditions_of(self.grants, there.read, there, aliases, self._mark)
        seen = _all([made.row, made.field(coordinate)])
        if seen in (TRUE, FALSE):
            return seen
        alias, here = aliases["row"], self.aliases["row"]
        of_row = f"{alias}.tenant_id = {here}.tenant_id and {there.key.format_map(aliases)} = {self._said(by)}"
        # With `offset 0` each is looked up by its id.
        return f'exists (select from "{there.table}" {alias} where {of_row} and {joined(seen, there, aliases)} offset 0)'

    def _shown(self, coordinate: str) -> str:
        naming = [pair for pair in self.pairs if pair.fields is None or coordinate in pair.fields]
        allowing = [pair for pair in naming if not pair.denies]
        if allowing and allowing == [pair for pair in self.pairs if not pair.denies]:
            # Whatever reached the row shows this field of it: only denials of the field are left to ask.
            allowing, naming = [Pair(Scope.COMPANY)], [pair for pair in naming if pair.fields is not None]
        return self._decided(allowing, [pair for pair in naming if pair.denies])

    def reach(self, pair: Pair) -> str:
        """Return the condition on which one pair, allowing or denying, meets the row."""
        return self._bound(self._reach(pair))

    def _reach(self, pair: Pair) -> str:
        scope = self._scope(pair.scope)
        if not pair.filter or scope == FALSE:
            return scope
        try:
            held = filter_sql(pair.filter, self.resource, self.aliases, self._mark)
        except FormulaError:
            # A field that a newer product no longer has: such a rule shows nothing and denies all that it may have meant.
            return scope if pair.denies else FALSE
        return held if scope == TRUE else f"({scope} and {held})"

    def _decided(self, allowing: Iterable[Pair], denying: Iterable[Pair]) -> str:
        allowed = _any(self._reach(pair) for pair in allowing)
        if allowed == FALSE:
            return FALSE
        denied = _any(self._reach(pair) for pair in denying)
        if denied in (TRUE, FALSE):
            return FALSE if denied == TRUE else allowed
        kept = f"{denied} is not true"
        return f"({kept})" if allowed == TRUE else f"({allowed} and {kept})"

    def _unveiled(self, decided: str) -> str:
        """Return what was decided, without the rows that the veil hides."""
        veil = self.resource.veil if self.veiled else None
        if veil is None or decided == FALSE:
            return decided
        shows = veil.shows.format_map(_With(self.aliases, unit=f"{self._mark(Start.UNIT)}::uuid"))
        return shows if decided == TRUE else f"({decided} and {shows})"

    def _scope(self, scope: Scope) -> str:
        """Return the condition of a row scope; a wider one includes the narrower, so that one's own stays one's own."""
        if scope is Scope.COMPANY:
            return TRUE
        if scope is Scope.NONE:
            return FALSE
        parts = [self._owned(own) for own in self.resource.own]
        parts += [f"{self._mark(Start.PERSON)}::uuid = any({self._said(shared)})" for shared in self.resource.shared]
        parts += [f"{self._said(mine)} = {self._mark(Start.MEMBERSHIP)}::uuid" for mine in self.resource.mine]
        if self.resource.unit is not None and scope >= Scope.UNIT:
            unit, start = self._said(self.resource.unit), self._mark(Start.UNIT)
            parts.append(f"{unit} = {start}::uuid" if scope is Scope.UNIT else f"{unit} in {_BELOW.format(unit=start)}")
        return f"({' or '.join(parts)})" if parts else FALSE

    def _owned(self, own: str | While) -> str:
        person = own.person if isinstance(own, While) else own
        owned = f"{self._said(person)} = {self._mark(Start.PERSON)}::uuid"
        return f"({owned} and {self._said(own.holds)})" if isinstance(own, While) else owned

    def _mark(self, bound: Bound) -> str:
        """Return a mark for a placeholder, which is allotted when the whole text is known."""
        if bound not in self._marked:
            self._marked.append(bound)
        return f"\0{self._marked.index(bound)}\0"

    def _bound(self, sql: str) -> str:
        return _MARK.sub(lambda mark: self.bind(self._marked[int(mark[1])]), sql)

    def _said(self, expression: str) -> str:
        return expression.format_map(_With(self.aliases, today=f"{self._mark(Start.TODAY)}::date"))


class _With(dict[str, str]):
    """Names of an expression: those of a caller's mapping, which notes what is looked up, and some more."""

    def __init__(self, aliases: Mapping[str, str], **more: str) -> None:
        super().__init__(more)
        self._aliases = aliases

    def __missing__(self, name: str) -> str:
        return self._aliases[name]


def is_veiled(resource: Resource, grants: Grants) -> bool:
    """Return whether a resource hides rows from somebody with these grants."""
    return resource.veil is not None and not any(grants.allows(permission) for permission in resource.veil.lifted_by)


def conditions_of(
    grants: Grants, permission: Permission, resource: Resource, aliases: Mapping[str, str], bind: Bind
) -> Conditions:
    """Return the conditions of what is granted for a permission over a row.

    `aliases` maps `row` to the alias of the resource's table and each join's name to that join's alias; a mapping that
    notes what is looked up learns which joins the conditions need.
    """
    return Conditions(grants.of(permission), resource, aliases, bind, is_veiled(resource, grants), grants)


def _all(parts: Iterable[str]) -> str:
    """Return what holds where all of some conditions do, TRUE and FALSE kept plain."""
    found = dict.fromkeys(part for part in parts if part != TRUE)
    if FALSE in found:
        return FALSE
    return f"({' and '.join(found)})" if len(found) > 1 else next(iter(found), TRUE)


def _any(parts: Iterable[str]) -> str:
    """Return the union of conditions, TRUE and FALSE kept plain; the widest one ends the search."""
    found: dict[str, None] = {}
    for part in parts:
        if part == TRUE:
            return TRUE
        if part != FALSE:
            found[part] = None
    if not found:
        return FALSE
    return next(iter(found)) if len(found) == 1 else f"({' or '.join(found)})"
