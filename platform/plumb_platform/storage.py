"""Files under keys made of ids only: a local folder by default, S3 by URL; the one module that knows obstore."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import unquote, urlsplit
from uuid import UUID

from plumb_platform.errors import DomainError, NotFound, Unavailable
from plumb_platform.ids import unguessable
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.settings import SettingUnfit

if TYPE_CHECKING:
    # 5 MB that only acts with files need; a process holds a storage from its start.
    from obstore.store import LocalStore, RetryConfig, S3Store

Result = TypeVar("Result")
Kind = Literal["anchors", "annexes", "attachments", "exports", "letters", "reports", "snapshots"]
SUFFIX = re.compile(r"[a-z0-9]{1,8}")
PATIENCE = timedelta(seconds=20)
RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": PATIENCE}
"""Whoever waits for a store holds a transaction: jobs are tried again later, people are told."""
KEY = re.compile(r"[0-9a-f-]{36}/[a-z]{1,20}/[0-9a-f]{64}\.[a-z0-9]{1,8}")
LEFTOVER = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,8}\.[A-Za-z0-9_-]{11}\.tmp(#[0-9]+)?")
"""What `_put_durably` writes under before it renames, and, with a number behind it, what obstore writes that under."""


class FileMissing(NotFound):
    """The store holds no file under that key."""

    code = "FILE_MISSING"
    zh = "文件不存在。"
    en = "The file is not there."


class StorageUnavailable(Unavailable):
    """The store cannot be reached or refuses the act; an operator has to look."""

    code = "STORAGE_UNAVAILABLE"
    zh = "文件存储暂不可用（{reason}）。"
    en = "The file store is not available ({reason})."


class FileChanged(DomainError):
    """The bytes under a content address no longer have its hash."""

    code = "FILE_CHANGED"
    zh = "文件内容与其摘要不符：{key}"
    en = "The stored file does not match its digest: {key}"


def content_key(tenant_id: UUID, kind: Kind, content: bytes, *, suffix: str = "pdf") -> str:
    """Return `{tenant_id}/{kind}/{sha256}.{suffix}`: equal bytes of one company share one address."""
    if not SUFFIX.fullmatch(suffix):
        raise ValueError(f"not a file suffix: {suffix!r}")
    return f"{tenant_id}/{kind}/{sha256_hex(content)}.{suffix}"


class Storage:
    """Puts and gets whole files. A key that `content_key` could not have made is refused before any I/O."""

    def __init__(self, place: "Path | S3Store") -> None:
        """Take what `open_storage` found: a local folder, or a bucket."""
        self._place = place
        self._folder = place if isinstance(place, Path) else None

    @cached_property
    def _store(self) -> "LocalStore | S3Store":
        from obstore.store import LocalStore

        return LocalStore(prefix=self._place) if isinstance(self._place, Path) else self._place

    async def put(self, tenant_id: UUID, kind: Kind, content: bytes, *, suffix: str = "pdf") -> str:
        """Store `content` whole or not at all and return its key; on a local disk it is durable on return."""
        key = content_key(tenant_id, kind, content, suffix=suffix)
        if self._folder is None:
            # In one request: of one in parts, which a process that is killed leaves unfinished, a bucket keeps the parts unseen.
            await self._try(self._store.put_async(key, content, use_multipart=False))
        else:
            await self._put_durably(self._folder, key, content)
        return key

    async def get(self, key: str) -> bytes:
        """Return the file; raises FILE_MISSING, and FILE_CHANGED when it lost its hash on the disk."""
        found = await self._try(self._store.get_async(_checked(key)))
        content = bytes(await self._try(found.bytes_async()))
        if sha256_hex(content) not in key:
            raise FileChanged(key=key)
        return content

    async def delete(self, key: str) -> None:
        """Destroy a file for good; on a local disk its name is gone durably on return. Raises FILE_MISSING where the store tells.

        S3 does not tell whether there was one. Versions that a bucket keeps are its owner's to end.
        """
        await self._try(self._store.delete_async(_checked(key)))
        if self._folder is not None:
            await asyncio.to_thread(_sync, (self._folder / key).parent)

    async def link(self, key: str, *, seconds: int) -> str | None:
        """Return an address by which anybody may fetch the file from the store itself for some seconds; None for a folder."""
        if isinstance(self._place, Path):
            return None
        import obstore

        return str(await self._try(obstore.sign_async(self._place, "GET", _checked(key), timedelta(seconds=seconds))))

    async def keys(self, tenant_id: UUID, kind: Kind) -> list[str]:
        """Return the keys of a company's files of one kind, sorted."""
        pages = self._store.list(prefix=f"{tenant_id}/{kind}")
        found = await self._try(pages.collect_async())
        return sorted(each["path"] for each in found if KEY.fullmatch(each["path"]))

    async def sweep(self, tenant_id: UUID, *, before: datetime) -> int:
        """Delete what processes that were killed while they wrote a company's files left in the folder; return how many.

        Only names that the store itself makes, last written `before` a moment. In a bucket nothing is left: see `put`.
        """
        if self._folder is None:
            return 0
        return await self._try(asyncio.to_thread(_swept, self._folder / str(tenant_id), before.timestamp()))

    async def pages(self, tenant_id: UUID) -> AsyncIterator[list[str]]:
        """Yield the keys of all files of a company, of every kind, a bounded number at a time and in no order."""
        async for page in self.listed(tenant_id):
            yield [path for path in page if KEY.fullmatch(path)]

    async def listed(self, tenant_id: UUID) -> AsyncIterator[list[str]]:
        """Yield whatever the store holds under a company's prefix, also what no key names."""
        from obstore.exceptions import BaseError

        try:
            async for page in self._store.list(prefix=str(tenant_id)):
                yield [each["path"] for each in page]
        except (BaseError, OSError) as problem:
            raise StorageUnavailable(reason=type(problem).__name__) from problem

    async def destroy_all(self, tenant_id: UUID) -> list[str]:
        """Destroy whatever lies under a company's prefix, half-written files too, and return what there was, sorted."""
        gone: set[str] = set()
        while page := await self._first_page(tenant_id):
            for path in page:
                with suppress(FileMissing):  # another who destroys them was there before
                    await self._try(self._store.delete_async(path))
            gone.update(page)
        return sorted(gone)

    async def _first_page(self, tenant_id: UUID) -> list[str]:
        found: list[str] = []
        async for page in self.listed(tenant_id):
            found = page
            break
        return found

    async def _put_durably(self, folder: Path, key: str, content: bytes) -> None:
        """obstore renames into place but never syncs: after a power cut the name could stand without the bytes."""
        temporary = f"{key}.{unguessable(64)}.tmp"
        await self._try(self._store.put_async(temporary, content, use_multipart=False))
        await asyncio.to_thread(_sync, folder / temporary)
        await self._try(self._store.rename_async(temporary, key))
        await asyncio.to_thread(_sync, (folder / key).parent)

    async def _try(self, act: Awaitable[Result]) -> Result:
        from obstore.exceptions import BaseError, NotFoundError

        try:
            return await act
        except (NotFoundError, FileNotFoundError) as problem:
            raise FileMissing from problem
        except (BaseError, OSError) as problem:
            raise StorageUnavailable(reason=type(problem).__name__) from problem


def open_storage(url: str, *, home: Path) -> Storage:
    """Return the store at `url`: `file:///folder`, `s3://bucket/prefix`, or empty for a folder in `home`.

    S3 takes its credentials, region and endpoint from the usual `AWS_...` environment.
    """
    scheme = urlsplit(url).scheme
    if scheme == "s3":
        from obstore.store import S3Store

        return Storage(S3Store.from_url(url, retry_config=RETRIES))
    if scheme not in ("", "file") or (url and not scheme):
        raise SettingUnfit("PLUMB_STORAGE_URL must start with file:// or s3://")
    folder = Path(unquote(urlsplit(url).path)) if url else home / "files"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Storage(folder.resolve())


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise FileMissing
    return key


def _swept(folder: Path, before: float) -> int:
    swept = 0
    for each in folder.glob("*/*.tmp*"):
        # What is being written just now may have got its name meanwhile.
        with suppress(FileNotFoundError):
            if LEFTOVER.fullmatch(each.name) and each.lstat().st_mtime < before:
                each.unlink()
                swept += 1
    return swept


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
