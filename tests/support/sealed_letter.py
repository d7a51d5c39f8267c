"""A sealed letter with its file and the root that it is judged by."""

from dataclasses import dataclass

from plumb_platform.database import fetch_value, tenant_transaction
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.service import SealTools, seal_letter
from plumb_verify.files import Options, verify
from plumb_verify.signatures import Broken
from support.letters_made import Office


@dataclass(frozen=True)
class Sealed:
    """A sealed letter, its file and the company's root."""

    letter: Letter
    content: bytes
    root: bytes

    @property
    def digest(self) -> str:
        """Return the SHA-256 that the verify page shows."""
        return str(self.letter.file_sha256)


async def sealed_letter(office: Office, tools: SealTools) -> Sealed:
    """Have the office's letter signed by both and sealed."""
    signed, system = await office.signed(), office.company.system
    async with tenant_transaction(system):
        letter = await seal_letter(system, signed.id, tools)
        root = await fetch_value("select root_certificate from signing_key where active")
    return Sealed(letter, await tools.storage.get(str(letter.file_key)), bytes(root))


async def seal_rules(office: Office, **body: object) -> None:
    """Publish the company's rules of sealing."""
    admin = office.company.admin
    async with tenant_transaction(admin):
        draft = await create_definition(admin, kind="seal", key="default", name="签章规则", body=body)
        await publish_version(admin, draft.id, version=draft.version)


def offline(content: bytes, options: Options) -> str:
    """Return what the offline verifier says: VALID or BROKEN, as its command does."""
    try:
        verify(content, options)
    except Broken:
        return "BROKEN"
    except Exception:  # noqa: BLE001 - the command says "unreadable" to these
        return "BROKEN"
    return "VALID"
