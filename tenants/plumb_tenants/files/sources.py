"""Sources of brought files: each domain that keeps some says which, what is in them, and who brought them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import DomainError
from plumb_platform.storage import Storage

MODULES = ("plumb_tenants.forms.brought", "plumb_tenants.definitions.brought")
"""The modules that register a source: one line for each (C92)."""
Files = list[tuple[str, bytes]]


class FileUnreadable(DomainError):
    """What a file is kept in cannot be read, so that nothing there can be scanned, and nothing is handed out from it either."""

    code = "FILE_UNREADABLE"
    zh = "保存该文件的内容已无法读取（{key}），因此未能复查，也不会提供。请联系管理员。"
    en = "What keeps the file can be read no more ({key}), so it was not scanned and is handed to nobody. Ask an administrator."


@dataclass(frozen=True, slots=True)
class Bearer:
    """An object that a file belongs to: what people call it, the member who brought the file, and facts for the chain.

    `named` is the row that the name is a value of.
    """

    object_id: UUID
    name: str
    named: UUID
    brought_by: UUID | None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where brought files are kept: `word` names it in the chain (`attachment.quarantine`), `type_name` in the API.

    `keys` is SQL that selects `file_key`; `owns` tells whether a key is of this source; `files` returns the fields and bytes
    behind one, and raises FILE_MISSING, FILE_CHANGED, FILE_UNREADABLE and STORAGE_UNAVAILABLE; `bearers` returns the objects
    that it belongs to.
    """

    word: str
    type_name: str
    table: str
    keys: Callable[[], str]
    owns: Callable[[str], bool]
    files: Callable[[Actor, Storage, str], Awaitable[Files]]
    bearers: Callable[[str], Awaitable[list[Bearer]]]


_SOURCES: list[Source] = []


def register(source: Source) -> Source:
    """Have the files of a source scanned again."""
    _SOURCES.append(source)
    return source


def sources() -> tuple[Source, ...]:
    """Return all sources."""
    for module in MODULES:
        import_module(module)
    return tuple(_SOURCES)


def source_of(key: str) -> Source:
    """Return the source of a key; raises LookupError for one that is nobody's."""
    for source in sources():
        if source.owns(key):
            return source
    raise LookupError(key)
