"""Telling: texts of refusals and messages name values of rows to those alone who may see them (one meaning everywhere)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.outages import causes, state_of
from plumb_platform.resources import resource_named
from plumb_platform.telling import Row, Said, Telling
from plumb_tenants.access.fields import shown_on
from plumb_tenants.access.holders import actor_of, find_subject

_ENDED = "25P02"
"""in_failed_sql_transaction (PostgreSQL, appendix A)."""
Shown = Mapping[UUID, frozenset[str]] | None


async def let_tell(actor: Actor | None, *texts: Telling) -> None:
    """Let texts say those values of rows that the actor may see; nobody in particular sees none.

    Texts within texts are asked for too. Where PostgreSQL has ended the transaction already nothing can be asked any more, and
    nothing is told.
    """
    texts = _with_inner(texts)
    for text in texts:
        text.shown = ()
    wanted: dict[str, tuple[set[UUID], set[str]]] = defaultdict(lambda: (set(), set()))
    for text in texts:
        for word, row in text.rows.items():
            for type_name, name in chain(*_fields(text, word)) if _ids(row) else ():
                wanted[type_name][0].update(_ids(row))
                wanted[type_name][1].add(name)
    if actor is None or not wanted:
        return
    try:
        shown = {each: await _shown(actor, each, *of) for each, of in wanted.items()}
    except Exception as failure:
        if any(state_of(each) == _ENDED for each in causes(failure)):
            return
        raise
    for text in texts:
        text.shown = frozenset(word for word in text.rows if _shows(text, word, shown))


async def let_reader_tell(
    actor: Actor, *texts: Telling, membership_id: UUID | None = None, person_id: UUID | None = None
) -> None:
    """Let texts that are kept or sent say what their reader, a member or a person, may see now."""
    reader = None
    if any(text.tells for text in _with_inner(texts)) and (membership_id or person_id):
        reader = await find_subject(membership_id=membership_id, person_id=person_id)
    await let_tell(actor_of(actor, reader) if reader else None, *texts)


def _with_inner(texts: tuple[Telling, ...]) -> tuple[Telling, ...]:
    """Return texts with those that stand within them."""
    return (*texts, *(value for text in texts for value in text.values.values() if isinstance(value, Telling)))


async def _shown(actor: Actor, type_name: str, ids: set[UUID], names: set[str]) -> Shown:
    resource = resource_named(type_name)
    # What no matrix hides shows wherever the row is read.
    kept = [name for name in sorted(names) if f"{type_name}.{name}" in resource.fields]
    found = await shown_on(actor, resource, ids, kept)
    return None if found is None else {row: seen | (names - set(kept)) for row, seen in found.items()}


def _shows(text: Telling, word: str, shown: Mapping[str, Shown]) -> bool:
    ids, fields = _ids(text.rows[word]), _fields(text, word)
    return bool(ids) and all(
        any(_shows_on(shown[type_name], each, name) for type_name, name in one_of) for one_of in fields for each in ids
    )


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
