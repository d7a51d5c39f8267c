"""GET /letter-runs/{id}/zip: the sealed letters of a run as one zip with a manifest, streamed and never whole in memory."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from time import monotonic
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from plumb_platform.actor import Actor
from plumb_platform.errors import DomainError, NotFound
from plumb_platform.exports.csv_file import csv_bytes
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.settings import COPIES, Settings
from plumb_platform.storage import Storage
from plumb_schema.ground.ids import decode_id
from plumb_server.app import Resources
from plumb_server.downloads import answered, asked_again
from plumb_tenants.letters.downloading import marked
from plumb_tenants.letters.run_archive import RunFile, files_still, run_files

MANIFEST = "manifest.csv"
COLUMNS = ("file", "letter", "employee", "sha256", "status", "stored_sha256")
ASKED_TOGETHER, AGAIN_SECONDS = 100, 0.5
Still = Callable[[Sequence[RunFile]], Awaitable[Sequence[RunFile]]]
"""Returns those of some files that may be handed out now, as they are now; raises where none may be."""
MADE_AT = (2000, 1, 1, 0, 0, 0)
"""No file's own time: the same letters make the same bytes."""


def archive_routes(settings: Settings) -> list[BaseRoute]:
    """Return the routes of archives."""
    copy_key = settings.derived_keys(COPIES)[0]

    async def run_archive(request: Request, actor: Actor, resources: Resources) -> Response:
        """Answer the archive to somebody who may have it, with an audit entry; `original=1` asks for letters without a mark."""
        run_id = decode_id(request.path_params["run_id"], "LetterRun", field="runId")
        original = request.query_params.get("original") == "1"
        files = await run_files(actor, run_id, original=original)
        again = asked_again(request, resources)

        async def still(some: Sequence[RunFile]) -> list[RunFile]:
            async with again() as reader:
                return await files_still(reader, run_id, some, original=original)

        headers = {"content-disposition": "attachment; filename=letters.zip"}
        parts = archive(files, resources.storage, copy_key, still)
        return StreamingResponse(parts, headers=headers, media_type="application/zip")

    return [Route("/letter-runs/{run_id}/zip", answered(run_archive), methods=["GET"])]


async def archive(files: Sequence[RunFile], storage: Storage, copy_key: bytes, still: Still) -> AsyncIterator[bytes]:
    """Yield a zip: each file, then the manifest; a file that the store lost or changed is left out and listed so.

    Whether files may still be handed out is asked again as it is sent: what may not is left out, and listed by the reason alone.
    """
    drain, rows, asking = _Drain(), list[list[str]](), _Asking(files, still)
    with zipfile.ZipFile(drain, "w", zipfile.ZIP_STORED) as archive_file:
        for place in range(len(files)):
            try:
                file = await asking.file_at(place)
            except DomainError as refusal:
                rows.append(["", "", "", "", refusal.code, ""])
                continue
            try:
                content = await _content(file, storage, copy_key)
            except DomainError as refusal:
                rows.append([file.name, file.number, file.employee, "", refusal.code, file.sha256])
                continue
            digest = sha256_hex(content) if file.mark else file.sha256
            rows.append([file.name, file.number, file.employee, digest, "OK", file.sha256])
            await asyncio.to_thread(archive_file.writestr, zipfile.ZipInfo(file.name, MADE_AT), content)
            yield drain.taken()
        # As CSV that a spreadsheet opens: the digest of each file here, and of what is stored.
        archive_file.writestr(zipfile.ZipInfo(MANIFEST, MADE_AT), csv_bytes(COLUMNS, rows))
    yield drain.taken()


class _Asking:
    """Asks whether files may still be handed out: those to come next together, and again when that was some time ago."""

    def __init__(self, files: Sequence[RunFile], still: Still) -> None:
        self._files, self._still = files, still
        self._known: dict[tuple[UUID | None, str | None], RunFile] = {}
        self._refusal: DomainError | None = None
        self._until, self._asked_at = 0, 0.0

    async def file_at(self, place: int) -> RunFile:
        """Return the file at a place as it is now; raises what keeps it from its reader."""
        if place >= self._until or monotonic() - self._asked_at >= AGAIN_SECONDS:
            await self._ask(place)
        if self._refusal is not None:
            raise self._refusal
        file = self._files[place]
        if (file.letter_id, file.kind) not in self._known:
            raise NotFound
        return self._known[file.letter_id, file.kind]

    async def _ask(self, place: int) -> None:
        self._asked_at, self._until, self._refusal = monotonic(), place + ASKED_TOGETHER, None
        try:
            found = await self._still(self._files[place : self._until])
        except DomainError as refusal:
            self._refusal = refusal
        else:
            self._known = {(file.letter_id, file.kind): file for file in found}


async def _content(file: RunFile, storage: Storage, copy_key: bytes) -> bytes:
    content = await storage.get(file.file_key)
    return await marked(content, file.mark, file.file_key, copy_key) if file.mark else content


class _Drain(io.RawIOBase):
    """A file that only takes: what was written is handed on and forgotten."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(memoryview(data))  # type: ignore[arg-type]  # whatever zipfile writes is a buffer
        self._parts.append(part)
        return len(part)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        taken, self._parts = b"".join(self._parts), []
        return taken
