"""What would not hold is never stored: a stamp of a time that its server cannot vouch for, a signature by another key (A26)."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from plumb_platform import clock
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.documents.company_key import make_company_key, renew_seal, revocation_list
from plumb_platform.documents.key_vault import KeyUnfit, KeyVault
from plumb_platform.documents.token_keys import TokenKeys, _TokenKey
from plumb_platform.settings import Settings
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.service import SealTools, queue_stamps, requeue_unsealed, verify_upload
from support.companies import VAULT
from support.letters_made import Office
from support.sealed_letter import seal_rules
from support.timestamp_server import StampServer, stamp_server
from support.working import work

LEVELS = ("B-T", "B-LT", "B-LTA")
BEFORE_IT_WAS = timedelta(days=500)


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in (folder / "files").rglob("*") if each.is_file())


async def of(office: Office) -> Letter:
    async with tenant_transaction(office.company.system):
        return await Letter.get()


async def verdict(office: Office, tools: SealTools, tsa: StampServer) -> tuple[str, str | None, object]:
    letter = await of(office)
    found = await verify_upload(await tools.storage.get(str(letter.file_key)), (tsa.root,))
    return found.status, letter.seal_level, found.stamped_at


@pytest.mark.parametrize("level", LEVELS)
async def test_a_stamp_from_before_its_servers_certificate_is_waited_for_anew(
    office: Office, tools: SealTools, settings: Settings, tmp_path: Path, level: str
) -> None:
    """Its signature fits and its certificate holds today, but not at the time that it says: nobody could ever trust it."""
    await seal_rules(office, seal_level=level)
    await office.signed()
    with stamp_server(made_at=now()) as tsa:
        tools.timestamps, tsa.at = tsa.servers, now().replace(microsecond=0) - BEFORE_IT_WAS
        assert await work(office, tools, settings, "letters.seal") == [(False, None)]
        async with tenant_transaction(office.company.system):
            assert await fetch("select state, file_key from letter") == [{"state": "SIGNED", "file_key": None}]
        assert files(tmp_path) == []
        tsa.at = now().replace(microsecond=0)
        assert await work(office, tools, settings, "letters.seal") == [(True, None)]
        assert await verdict(office, tools, tsa) == ("VALID", level, tsa.at)


@pytest.mark.parametrize("level", LEVELS)
async def test_a_company_that_does_not_wait_has_its_letter_without_such_a_stamp_and_later_with_a_sound_one(
    office: Office, tools: SealTools, settings: Settings, level: str
) -> None:
    await seal_rules(office, seal_level=level, without_timestamp="seal")
    await office.signed()
    with stamp_server(made_at=now()) as tsa:
        tools.timestamps, tsa.at = tsa.servers, now().replace(microsecond=0) - BEFORE_IT_WAS
        assert await work(office, tools, settings, "letters.seal") == [(True, None)]
        letter = await of(office)
        assert (letter.seal_level, letter.seal_note, letter.stamped_at) == ("B-B", "TIMESTAMP_UNAVAILABLE", None)
        async with tenant_transaction(office.company.system):
            assert await queue_stamps(office.company.system) == 1
        assert await work(office, tools, settings, "letters.stamp") == [(False, None)]
        async with tenant_transaction(office.company.system):
            assert await fetch_value("select count(*) from letter_stamp") == 0
        tsa.at = now().replace(microsecond=0)
        assert await work(office, tools, settings, "letters.stamp") == [(True, None)]
        letter = await of(office)
        assert (letter.seal_level, letter.seal_note, letter.stamped_at) == (level, None, tsa.at)


async def test_a_round_of_stamps_keeps_none_that_does_not_hold(office: Office, tools: SealTools, settings: Settings) -> None:
    await seal_rules(office, seal_level="B-LTA")
    await office.signed()
    system, kept = office.company.system, "select count(*) from letter_stamp"
    with stamp_server(made_at=now(), days=400) as old:
        tools.timestamps = old.servers
        assert await work(office, tools, settings, "letters.seal") == [(True, None)]
        later = now().replace(microsecond=0) + timedelta(days=350)
        with stamp_server(made_at=later, days=400) as newer, clock.clock_at(later):
            tools.timestamps = type(old.servers)(urls=newer.servers.urls, roots=(old.root, newer.root))
            newer.at = later - BEFORE_IT_WAS
            async with tenant_transaction(system):
                assert await queue_stamps(system) == 1
            assert await work(office, tools, settings, "letters.stamp") == [(False, None)]
            async with tenant_transaction(system):
                assert await fetch_value(kept) == 0
            newer.at = later
            assert await work(office, tools, settings, "letters.stamp") == [(True, None)]
            async with tenant_transaction(system):
                assert await fetch_value(kept) == 1


async def test_a_signature_that_does_not_fit_the_certificate_seals_nothing(
    office: Office, tools: SealTools, settings: Settings, tmp_path: Path
) -> None:
    """A token that was set up anew holds another key under the same name."""
    await office.signed()
    system = office.company.system
    async with tenant_transaction(system):
        own = await fetch_value("select seal_key from signing_key where active")
        await execute("update signing_key set seal_key = $1 where active", VAULT.make(str(system.tenant_id))[1])
    assert await work(office, tools, settings, "letters.seal") == [(False, "KEY_UNFIT")]
    assert (files(tmp_path), (await of(office)).state) == ([], "SIGNED")
    async with tenant_transaction(system):
        await execute("update signing_key set seal_key = $1 where active", own)
        await execute("update outbox set failed_at = failed_at - interval '2 hours' where failed_at is not null")
        assert await requeue_unsealed(system) == 1
    mended = SealTools(renderer=tools.renderer, storage=tools.storage, vault=VAULT, public_url=tools.public_url)
    assert await work(office, mended, settings, "letters.seal") == [(True, None)]
    assert (await verify_upload(await mended.storage.get(str((await of(office)).file_key)))).status == "VALID"


def test_no_seal_key_is_made_under_a_root_that_another_key_stands_for() -> None:
    vault = KeyVault(b"k" * 32)
    made, other = (make_company_key("华南", company_id="c", vault=vault) for _ in range(2))
    swapped = replace(made, root_key=other.root_key)
    with pytest.raises(KeyUnfit):
        renew_seal(swapped, "华南", company_id="c", vault=vault)
    # Nor is a list of revoked certificates signed for it, which letters of B-LT carry.
    with pytest.raises(KeyUnfit):
        revocation_list(swapped, company_id="c", vault=vault)
    assert revocation_list(made, company_id="c", vault=vault)


class FailingToken(TokenKeys):
    """A token that makes one signature, numbered from 0, by another key than it says."""

    def __init__(self, wrong: int) -> None:
        self._wrong, self._count = wrong, 0

    def make(self, company_id: str) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
        own, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

        def sign(digest: bytes) -> bytes:
            key = other if self._count == self._wrong else own
            self._count += 1
            return key.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))

        return _TokenKey(own.public_key(), sign), company_id.encode()


@pytest.mark.parametrize("wrong", range(3), ids=["the root's own", "the seal's certificate", "the seal's first"])
def test_no_signature_of_a_token_makes_a_companys_key_unproven(wrong: int) -> None:
    """Found when the key is made, and not by the first letter or its verifier, when the key of before is retired already."""
    with pytest.raises(KeyUnfit):
        make_company_key("华南", company_id="c", vault=KeyVault(b"k" * 32, token=FailingToken(wrong)))
    assert make_company_key("华南", company_id="c", vault=KeyVault(b"k" * 32, token=FailingToken(3))).serial
