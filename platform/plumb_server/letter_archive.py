"""GET /letter-runs/{id}/zip: the sealed letters of a run as one zip with a manifest, streamed and never whole in memory."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Sequence

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from plumb_platform.actor import Actor
from plumb_platform.errors import DomainError
from plumb_platform.exports.csv_file import csv_bytes
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.settings import COPIES, Settings
from plumb_platform.storage import Storage
from plumb_schema.ground.ids import decode_id
from plumb_server.app import Resources
from plumb_server.downloads import answered
from plumb_tenants.letters.downloading import marked
from plumb_tenants.letters.run_archive import RunFile, run_files

MANIFEST = "manifest.csv"
COLUMNS = ("file", "letter", "employee", "sha256", "status", "stored_sha256")
MADE_AT = (2000, 1, 1, 0, 0, 0)
"""No file's own time: the same letters make the same bytes."""


def archive_routes(settings: Settings) -> list[BaseRoute]:
    """Return the routes of archives."""
    copy_key = settings.derived_keys(COPIES)[0]

    async def run_archive(request: Request, actor: Actor, resources: Resources) -> Response:
        """Answer the archive to somebody who may have it, with an audit entry; `original=1` asks for letters without a mark."""
        run_id = decode_id(request.path_params["run_id"], "LetterRun", field="runId")
        files = await run_files(actor, run_id, original=request.query_params.get("original") == "1")
        headers = {"content-disposition": "attachment; filename=letters.zip"}
        return StreamingResponse(archive(files, resources.storage, copy_key), headers=headers, media_type="application/zip")

    return [Route("/letter-runs/{run_id}/zip", answered(run_archive), methods=["GET"])]


async def archive(files: Sequence[RunFile], storage: Storage, copy_key: bytes) -> AsyncIterator[bytes]:
    """Yield a zip: each file, then the manifest; a file that the store lost or changed is left out and listed so."""
    drain = _Drain()
    with zipfile.ZipFile(drain, "w", zipfile.ZIP_STORED) as archive_file:
        rows: list[list[str]] = []
        for file in files:
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
