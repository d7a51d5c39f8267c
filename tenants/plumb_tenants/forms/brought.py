"""Attachments as a source of brought files: which there are, their bytes, and who brought them (C92)."""

from plumb_platform.actor import Actor
from plumb_platform.storage import KEY, Storage
from plumb_tenants.files.service import Bearer, Files, Source, register
from plumb_tenants.forms.models import Attachment


async def _files(_: Actor, storage: Storage, key: str) -> Files:
    """Return the one file behind a key of the store."""
    return [("", await storage.get(key))]


async def _bearers(key: str) -> list[Bearer]:
    """Return the attachments that are this file: equal bytes of a company share one key."""
    kept = await Attachment.filter(file_key=key).order_by("id")
    return [Bearer(each.id, each.name, each.id, each.uploaded_by, {"sha256": each.sha256}) for each in kept]


ATTACHMENTS = register(
    Source(
        word="attachment",
        type_name="Attachment",
        table="attachment",
        keys=lambda: "select file_key from attachment",
        owns=lambda key: KEY.fullmatch(key) is not None,
        files=_files,
        bearers=_bearers,
    )
)
