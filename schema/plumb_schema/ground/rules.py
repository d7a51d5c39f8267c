"""All validation rules as one: graphql-core asks each of 30 rules at each node; here those that have something to say there."""

from collections.abc import Callable
from typing import Any

from graphql.language.visitor import EnterLeaveVisitor, Visitor
from graphql.pyutils import RefMap

from graphql import BREAK, SKIP, ValidationContext, ValidationRule, specified_rules

Check = Callable[..., Any]
Names = tuple[tuple[int, str], ...]
"""Places of rules in the list of them, each with the name of its method."""
_RULES = tuple(specified_rules)
_BY_NODE = ("_fragment_spreads", "_recursively_referenced_fragments", "_variable_usages", "_recursive_variable_usages")
_SAYING: dict[tuple[str, str], Names] = {}


class EveryRule(ValidationRule):
    """Asks the rules in their order, as `graphql.language.ParallelVisitor` asks them."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        # What rules find is kept by node, and to look up an equal one graphql-core would hash each with all below it.
        for name in _BY_NODE:
            setattr(context, name, RefMap())
        self._rules = [rule(context) for rule in _RULES]
        self._skipping: dict[int, Any] = {}

    def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
        """Return what enters and leaves nodes of a kind; None for both where no rule has anything to say."""
        found = self.enter_leave_map.get(kind)
        if found is None:
            entering, leaving = self._checks("enter", kind), self._checks("leave", kind)
            ways = (
                (_entering(entering, self._skipping), _leaving(leaving, self._skipping)) if entering or leaving else (None, None)
            )
            found = self.enter_leave_map[kind] = EnterLeaveVisitor(*ways)
        return found

    def _checks(self, way: str, kind: str) -> list[tuple[int, Check]]:
        names = _SAYING.get((way, kind))
        if names is None:
            names = _SAYING[way, kind] = _saying(way, kind)
        return [(place, getattr(self._rules[place], name)) for place, name in names]


def _saying(way: str, kind: str) -> Names:
    methods = ((place, name) for place, rule in enumerate(_RULES) if (name := _method(rule, way, kind)) is not None)
    return tuple(methods)


def _method(rule: type[Visitor], way: str, kind: str) -> str | None:
    return next((name for name in (f"{way}_{kind}", way) if getattr(rule, name, None)), None)


def _entering(checks: list[tuple[int, Check]], skipping: dict[int, Any]) -> Check:
    def enter(node: Any, *args: Any) -> Any:
        for place, check in checks:
            if place in skipping:
                continue
            said = check(node, *args)
            if said is None:
                continue
            if said is SKIP or said is False:
                skipping[place] = node
            elif said is BREAK or said is True:
                skipping[place] = BREAK
            else:
                return said
        return None

    return enter


def _leaving(checks: list[tuple[int, Check]], skipping: dict[int, Any]) -> Check:
    def leave(node: Any, *args: Any) -> Any:
        silent = tuple(skipping)
        for place, check in checks:
            if place in silent:
                continue
            said = check(node, *args)
            if said is BREAK or said is True:
                skipping[place] = BREAK
            elif said is not None and said is not SKIP and said is not False:
                return said
        for place in silent:
            if skipping[place] is node:
                del skipping[place]
        return None

    return leave
