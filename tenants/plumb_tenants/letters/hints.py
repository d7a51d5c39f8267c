"""Hints about a file that is not the newest of a letter: an earlier revision that was genuine, or a marked copy (A27, A57)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from plumb_platform.documents.copy_proof import is_proven
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.settings import Keys
from plumb_platform.storage import FileChanged, FileMissing, Storage

KeptFile = tuple[str, str]
"""Key and SHA-256 of a file that the company keeps of a letter."""


class Hint(StrEnum):
    """What a file is besides its verdict."""

    EARLIER_REVISION = "EARLIER_REVISION"
    MARKED_COPY = "MARKED_COPY"


@dataclass(frozen=True, slots=True)
class Hinted:
    """A hint, and the SHA-256 of the file to look at in its place: the newest, or the one that the copy was made of."""

    hint: Hint
    sha256: str


async def hint_of(content: bytes, kept: Sequence[KeptFile], storage: Storage | None, copy_keys: Keys) -> Hinted | None:
    """Return what can be proven of an uploaded file besides its verdict; `kept` are the files of the letter, the newest first.

    A file is an earlier revision when its digest is that of one, or when a file that is kept begins with it and goes on after
    an end of file: it was taken back to before a stamp or the seal. Without a key no copy is known.
    """
    digest, (_, newest) = sha256_hex(content), kept[0]
    if digest in {sha256 for _, sha256 in kept}:
        return None if digest == newest else Hinted(Hint.EARLIER_REVISION, newest)
    for file_key, sha256 in kept:
        if is_proven(content, copy_keys, file_key):
            return Hinted(Hint.MARKED_COPY, sha256)
    if storage is not None and content.rstrip().endswith(b"%%EOF"):
        for file_key, _ in kept:
            if _goes_on_after(content, await own_copy(storage, file_key)):
                return Hinted(Hint.EARLIER_REVISION, newest)
    return None


async def own_copy(storage: Storage, file_key: str) -> bytes | None:
    """Return a file of ours; None when the store lost or changed it."""
    try:
        return await storage.get(file_key)
    except (FileChanged, FileMissing):
        return None


def _goes_on_after(start: bytes, whole: bytes | None) -> bool:
    # A file that lacks no more than the end of its last line is no revision of its own.
    return whole is not None and whole.startswith(start) and bool(whole[len(start) :].strip())
