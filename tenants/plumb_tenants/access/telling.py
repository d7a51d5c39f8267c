"""Telling: texts of refusals and messages name values of rows to those alone who may see them (one meaning everywhere)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor, system_actor
from plumb_platform.outages import causes, state_of
from plumb_platform.resources import resource_named
from plumb_platform.telling import Row, Said, Telling, Told, in_languages, told_by, with_inner
from plumb_tenants.access.fields import shown_on

_ENDED = "25P02"
"""in_failed_sql_transaction (PostgreSQL, appendix A)."""
Shown = Mapping[UUID, frozenset[str]] | None


@dataclass(slots=True)
class _Wanted:
    """What is asked of the rows of a type; they must be `there` where a row may as well be of another type."""

    ids: set[UUID] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    there: bool = False

    def add(self, ids: Collection[UUID], name: str, *, there: bool) -> None:
        """Ask for a field of rows."""
        self.ids.update(ids)
        self.names.add(name)
        self.there = self.there or there


async def let_tell(actor: Actor | None, *texts: Telling) -> None:
    """Let texts say those values of rows that the actor may see; nobody in particular sees none.

    Texts within texts are asked for too. Where PostgreSQL has ended the transaction already nothing can be asked any more, and
    nothing is told; nor does a text say any more what somebody saw for whom it was asked before.
    """
    texts = with_inner(texts)
    wanted: dict[str, _Wanted] = defaultdict(_Wanted)
    for text in texts:
        text.shown = text.told = ()
        for word, row in text.rows.items():
            for one_of in _fields(text, word) if _ids(row) else ():
                for type_name, name in one_of:
                    wanted[type_name].add(_ids(row), name, there=len(one_of) > 1)
    if actor is None or not wanted:
        return
    try:
        shown = {each: await _shown(actor, each, of) for each, of in wanted.items()}
    except Exception as failure:
        if any(state_of(each) == _ENDED for each in causes(failure)):
            return
        raise
    for text in texts:
        seen = {word: found for word in text.rows if (found := _seen(text, word, shown))}
        text.shown, text.told = frozenset(seen), frozenset(chain.from_iterable(seen.values()))


async def told_to_all(actor: Actor, text: Telling) -> tuple[dict[str, str], dict[str, Any] | None]:
    """Return a text whole, and what is kept beside it (`told_by`): whoever reads it is told then what they may see."""
    await let_tell(None, text)
    others = in_languages(text)
    # The system sees all: a row is asked for only where it may be of one of several types.
    await let_tell(system_actor(actor.tenant_id), text)
    return in_languages(text), told_by(text, others)


async def kept_text(actor: Actor, text: Telling) -> dict[str, Any]:
    """Return the same as JSON of one column (`retold_from`, `rows_of`)."""
    said, told = await told_to_all(actor, text)
    return said | (told or {})


async def _shown(actor: Actor, type_name: str, wanted: _Wanted) -> Shown:
    resource = resource_named(type_name)
    # What no matrix hides shows wherever the row is read.
    kept = [name for name in sorted(wanted.names) if f"{type_name}.{name}" in resource.fields]
    found = await shown_on(actor, resource, wanted.ids, kept, there=wanted.there)
    return None if found is None else {row: seen | (wanted.names - set(kept)) for row, seen in found.items()}


def _seen(text: Telling, word: str, shown: Mapping[str, Shown]) -> list[Told]:
    """Return the values that a word says; none unless all of them show."""
    found: list[Told] = []
    for one_of in _fields(text, word):
        for row in _ids(text.rows[word]):
            seen = [(kind, row, name) for kind, name in one_of if _shows_on(shown[kind], row, name)]
            if not seen:
                return []
            found.append(seen[0])
    return found


def _shows_on(shown: Shown, row: UUID, name: str) -> bool:
    return shown is None or name in shown.get(row, ())


def _fields(text: Telling, word: str) -> Sequence[Sequence[tuple[str, str]]]:
    """Return the fields that must all show, each by its type and name; of those that stand beside each other one must."""
    parted = [[coordinate.split(".") for coordinate in one_of.split("|")] for one_of in text.tells[word].split()]
    return [[(type_name, name) for type_name, name in one_of] for one_of in parted]


def _ids(row: Row) -> Collection[UUID]:
    if isinstance(row, Said):
        return ()
    return (row,) if isinstance(row, UUID) else row
