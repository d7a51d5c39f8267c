"""Loaders of letters: what many letters of one answer ask for, read at once."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_schema.ground.context import Batch
from plumb_tenants.letters.service import LetterRow, SignatureRow, letters_by_id, signatures_of


async def load_letters(actor: Actor, keys: list[UUID]) -> Sequence[LetterRow | None]:
    """Read letters by id, as far as the caller may."""
    found = await letters_by_id(actor, keys)
    return [found.get(key) for key in keys]


async def load_signatures(actor: Actor, keys: list[UUID]) -> Sequence[list[SignatureRow]]:
    """Read the signatures of letters that the caller may read."""
    found = await signatures_of(actor, keys)
    return [found[key] for key in keys]


LOADERS: Mapping[str, Batch] = {"letters": load_letters, "letter_signatures": load_signatures}
