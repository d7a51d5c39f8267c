"""One company key and one sealed letter for all tests of documents."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from plumb_platform import clock
from plumb_platform.documents.attachments import goals_attachment
from plumb_platform.documents.company_key import CompanyKey, make_company_key
from plumb_platform.documents.fonts import prepare_fonts
from plumb_platform.documents.letter_print import print_letter
from plumb_platform.documents.renderer import Renderer
from plumb_platform.documents.seal import OpenedKey, seal_pdf
from plumb_platform.documents.typeset import Typesetter
from support.fonts_made import CutAgain, cut_again, cut_fonts_into
from support.letter_samples import COMPANY, GOALS, SEALED_AT, VAULT, SealedLetter, sample_letter


@pytest.fixture(scope="session")
def company_key() -> CompanyKey:
    with clock.clock_at(SEALED_AT):
        return make_company_key(COMPANY, company_id="company-1", vault=VAULT)


@pytest.fixture(scope="session")
async def letter(renderer: Renderer, company_key: CompanyKey) -> SealedLetter:
    plain = await print_letter(
        renderer, sample_letter(), identifier=b"letter-1", created=SEALED_AT, attachments=[goals_attachment(GOALS)]
    )
    key = OpenedKey(company_key, company_id="company-1", vault=VAULT)
    sealed = await seal_pdf(plain, key, location="深圳", signed_at=SEALED_AT)
    return SealedLetter(plain=plain, sealed=sealed, root=company_key.root_certificate)


@pytest.fixture(scope="session")
def typesetter(font_cache: Path) -> Typesetter:
    return Typesetter(prepare_fonts(font_cache).parent)


@pytest.fixture(scope="session")
def font_cache(font_cache: Path) -> Path:
    """Return the folder with the fonts in it, for tests that start a child of their own."""
    cut_fonts_into(font_cache)
    return font_cache


@pytest.fixture(scope="session")
async def fonts_cut_again(tmp_path_factory: pytest.TempPathFactory) -> CutAgain:
    return await cut_again(tmp_path_factory.mktemp("cut_again"))


@pytest.fixture
def visits() -> Iterator[list[bytes]]:
    """A loopback server that keeps whatever anybody sends; `VISITED` in a template is its address."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                seen.append(b"somebody called")
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        seen.append(str(server.getsockname()[1]).encode())
        yield seen
        done.set()
        thread.join()
