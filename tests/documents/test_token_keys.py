"""Sealing keys in a PKCS#11 token (A26): made there, signing there, never readable, and nobody else's."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from plumb_platform import clock
from plumb_platform.documents.company_key import make_company_key, renew_seal
from plumb_platform.documents.key_vault import KeyLocked, KeyVault, TokenUnavailable
from plumb_platform.documents.seal import OpenedKey, seal_pdf
from plumb_platform.documents.seal_inspection import inspect_seal
from plumb_platform.documents.token_keys import TokenKeys
from support.letter_samples import COMPANY, SEALED_AT, SealedLetter

MODULE = next(iter(Path("/usr/lib").glob("**/libsofthsm2.so")), None)
PIN = "1234"

pytestmark = pytest.mark.skipif(
    MODULE is None or shutil.which("softhsm2-util") is None, reason="SoftHSM2 is not installed on this machine (apt: softhsm2)"
)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenKeys]:
    folder = tmp_path_factory.mktemp("softhsm")
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    command = ["softhsm2-util", "--init-token", "--free", "--label", "plumb", "--pin", PIN, "--so-pin", PIN]
    subprocess.run(command, check=True, capture_output=True)
    yield TokenKeys(str(MODULE), token="plumb", pin=PIN)
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


def test_a_wrong_pin_or_a_missing_library_is_named(token: TokenKeys) -> None:
    for broken in (TokenKeys("/nowhere.so", token="plumb", pin=PIN), TokenKeys(str(MODULE), token="other", pin=PIN)):
        with pytest.raises(TokenUnavailable):
            KeyVault(bytes(32), token=broken).make("company-1")


def test_a_key_of_the_token_opens_for_its_own_company_alone_and_never_leaves(token: TokenKeys) -> None:
    # A process keeps its token: the same test before it in one process has made a key of its own.
    company_id = uuid4().hex
    vault = KeyVault(bytes(32), token=token)
    key, stored = vault.make(company_id)
    assert stored.startswith(b"pkcs11:")
    assert vault.open(stored, company_id).public_key() == key.public_key()
    for opening in ((stored, "company-2"), (stored[:-1] + b"x", company_id)):
        with pytest.raises(KeyLocked):
            vault.open(*opening)
    with pytest.raises(KeyLocked):
        KeyVault(bytes(32)).open(stored, company_id)
    with pytest.raises(TypeError):
        key.private_numbers()

    def read(session: object) -> object:
        from pkcs11 import Attribute, ObjectClass

        found = session.get_key(ObjectClass.PRIVATE_KEY, label=company_id)  # type: ignore[attr-defined]  # pkcs11 has no types
        return found[Attribute.VALUE]

    with pytest.raises(TokenUnavailable) as refused:
        token.use(read)
    assert refused.value.values == {"reason": "AttributeSensitive"}


async def test_a_letter_sealed_by_the_token_is_valid_and_so_is_one_after_renewal(token: TokenKeys, letter: SealedLetter) -> None:
    vault = KeyVault(bytes(32), token=token)
    with clock.clock_at(SEALED_AT):
        made = make_company_key(COMPANY, company_id="company-9", vault=vault)
        renewed = renew_seal(made, COMPANY, company_id="company-9", vault=vault)
        for key in (made, renewed):
            opened = OpenedKey(key, company_id="company-9", vault=vault)
            report = await inspect_seal(await seal_pdf(letter.plain, opened), [made.root_certificate])
            assert (report.valid, report.certificate_serial) == (True, key.serial)


def test_a_key_that_was_removed_from_the_token_signs_no_more(token: TokenKeys) -> None:
    company_id = uuid4().hex
    vault = KeyVault(bytes(32), token=token)
    key, _ = vault.make(company_id)
    algorithm = ec.ECDSA(hashes.SHA256())
    key.public_key().verify(key.sign(b"a letter", algorithm), b"a letter", algorithm)

    def remove(session: object) -> None:
        from pkcs11 import ObjectClass

        session.get_key(ObjectClass.PRIVATE_KEY, label=company_id).destroy()  # type: ignore[attr-defined]  # pkcs11 has no types

    token.use(remove)
    with pytest.raises(KeyLocked):
        key.sign(b"a letter", algorithm)
