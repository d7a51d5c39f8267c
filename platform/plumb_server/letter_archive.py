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
from plumb_platform.storage import Storage
from plumb_schema.ground.ids import decode_id
from plumb_server.app import Resources
from plumb_server.downloads import answered
from plumb_tenants.letters.run_archive import RunFile, run_files

MANIFEST = "manifest.csv"
MADE_AT = (2000, 1, 1, 0, 0, 0)
"""No file's own time: the same letters make the same bytes."""


def archive_routes() -> list[BaseRoute]:
    """Return the routes of archives."""
    return [Route("/letter-runs/{run_id}/zip", answered(_run_archive), methods=["GET"])]


async def _run_archive(request: Request, actor: Actor, resources: Resources) -> Response:
    """Answer the archive to somebody who may have it, with an audit entry."""
    run_id = decode_id(request.path_params["run_id"], "LetterRun", field="runId")
    files = await run_files(actor, run_id)
    headers = {"content-disposition": "attachment; filename=letters.zip"}
    return StreamingResponse(archive(files, resources.storage), headers=headers, media_type="application/zip")


async def archive(files: Sequence[RunFile], storage: Storage) -> AsyncIterator[bytes]:
    """Yield a zip: each file, then the manifest; a file that the store lost or changed is left out and listed so."""
    drain = _Drain()
    with zipfile.ZipFile(drain, "w", zipfile.ZIP_STORED) as archive_file:
        lost: list[str] = []
        for file in files:
            try:
                content = await storage.get(file.file_key)
            except DomainError as refusal:
                lost.append(f"{file.name}: {refusal.code}")
                continue
            await asyncio.to_thread(archive_file.writestr, zipfile.ZipInfo(file.name, MADE_AT), content)
            yield drain.taken()
        archive_file.writestr(zipfile.ZipInfo(MANIFEST, MADE_AT), manifest(files, lost))
    yield drain.taken()


def manifest(files: Sequence[RunFile], lost: Sequence[str] = ()) -> bytes:
    """Return the list of the files with their digests, as CSV that a spreadsheet opens."""
    missing = {each.partition(":")[0]: each.partition(": ")[2] for each in lost}
    rows = [[each.name, each.number, each.employee, each.sha256, missing.get(each.name, "OK")] for each in files]
    return csv_bytes(["file", "letter", "employee", "sha256", "status"], rows)


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
