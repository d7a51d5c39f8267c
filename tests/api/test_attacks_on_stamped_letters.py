"""Published attacks on letters with time stamps and with room for one: page, API and offline verifier say the same of each.

What the seal itself says of them, whatever digests are known, is held against them too (A26, A27, N16).
"""

import base64
import hashlib
import random

import httpx2
import pytest

from plumb_platform.clock import now
from plumb_platform.documents.renderer import Renderer
from plumb_platform.documents.seal_inspection import inspect_seal
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_tenants.letters.service import SealTools
from plumb_verify.files import Options
from support.companies import VAULT
from support.letters_made import make_office
from support.pdf_attacks import attacks
from support.sealed_letter import Sealed, offline, seal_rules, sealed_letter
from support.serving import Caller
from support.timestamp_server import stamp_server

LEVELS = ("room", "B-T", "B-LT", "B-LTA")
EACH, JUDGED_EACH = 50, 3
VERIFY = "query ($file: String) { verifyLetter(file: $file) { status number expectedSha256 foundSha256 hint } }"
HEADINGS = {"zh-CN": ("<h2>已被改动 ", "<h2>有效 "), "en": ("<h2>Modified ", "<h2>Valid ")}


async def sealed_as(level: str, settings: Settings, renderer: Renderer) -> tuple[Sealed, bytes]:
    """Return a letter sealed at a level, or without the stamp that it leaves room for; and the root of its stamps."""
    office, storage = await make_office(), open_storage(settings.storage_url, home=settings.home)
    with stamp_server(made_at=now()) as tsa:
        tools = SealTools(renderer, storage, VAULT, "https://plumb.example.test/", timestamps=tsa.servers)
        tsa.mood = "away" if level == "room" else "well"
        await seal_rules(office, seal_level="B-T" if level == "room" else level, without_timestamp="seal")
        return await sealed_letter(office, tools), tsa.root


async def shown(http: httpx2.AsyncClient, content: bytes, lang: str) -> str:
    """Return the page that answers an upload."""
    answer = await http.post("/verify", params={"lang": lang}, files={"file": ("a.pdf", content, "application/pdf")})
    assert answer.status_code == 200
    return answer.text


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("level", LEVELS)
async def test_whoever_is_asked_finds_each_attack_on_each_level(
    http: httpx2.AsyncClient, nobody: Caller, settings: Settings, renderer: Renderer, level: str
) -> None:
    sealed, stamps = await sealed_as(level, settings, renderer)
    whole, number = hashlib.sha256(sealed.content).hexdigest(), sealed.letter.number
    assert (sealed.letter.seal_level, whole) == ("B-B" if level == "room" else level, sealed.digest)
    assert (await inspect_seal(sealed.content, [sealed.root], [stamps])).valid
    assert offline(sealed.content, Options([sealed.root], whole)) == "VALID"
    for lang, (_, valid) in HEADINGS.items():
        assert valid in await shown(http, sealed.content, lang)
    made, wrong = list(attacks(sealed.content)), []
    for place, (name, forged) in enumerate(random.Random(f"{level} 6").sample(made, EACH)):
        told = await nobody.ask(VERIFY, file=base64.b64encode(forged).decode())
        lang = ("zh-CN", "en")[place % 2]
        said = (
            (told["status"], told["number"], told["expectedSha256"], told["foundSha256"], told["hint"]),
            HEADINGS[lang][0] in await shown(http, forged, lang),
            offline(forged, Options([sealed.root])),
            offline(forged, Options([sealed.root], whole)),
            place % JUDGED_EACH == 0 and (await inspect_seal(forged, [sealed.root], [stamps])).valid,
        )
        if said != (("MODIFIED", number, whole, hashlib.sha256(forged).hexdigest(), None), True, "BROKEN", "BROKEN", False):
            wrong.append((name, said))
    assert wrong == []
