"""The verify page: plain data in, no inline style or script out, nothing said about an unknown letter (A27)."""

import re
from datetime import UTC, datetime
from importlib import resources
from typing import Any, get_args

import pytest
from jinja2 import Environment, PackageLoader, StrictUndefined

from plumb_platform.documents.letter_colours import contrast_with_white
from plumb_platform.errors import Locale
from plumb_server.letters import page_data
from plumb_tenants.letters.rules import Role
from plumb_tenants.letters.signers import LABELS
from plumb_tenants.letters.verification import LetterVerification, Signer, Status

DIGEST = "9f2c4a71be035d68c1a7f0e4d2b85396aa10c7e5f38b6d942e71504fbc83d9a6"
LETTER = {
    "number": "HK-MBZR-2026-0312",
    "company": "华康医疗器械股份有限公司",
    "employee": "林𠮷㐂",
    "period": "2026 年",
    "sealed_at": "2026-01-05 17:45:02",
    "superseded_by": None,
    "revoked_at": None,
}


def page(status: str | None, locale: str = "zh-CN", **changes: Any) -> str:
    data: dict[str, Any] = {
        "locale": locale,
        "status": status,
        "letter": None,
        "signers": [],
        "seal": None,
        "hashes": None,
        "hint": None,
        "code": None,
        "destroyed_on": None,
        "problem": None,
        "upload_limit": "4 MB",
        "urls": {
            "verify": "/verify",
            "check": "/verify?lang=en",
            "style": "/static/verify.css",
            "other_locale": "/verify?locale=en",
        },
    }
    environment = Environment(loader=PackageLoader("plumb_templates", "."), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("verify.html").render(data=data | changes)


@pytest.mark.parametrize("status", [None, "VALID", "MODIFIED", "SUPERSEDED", "REVOKED", "DESTROYED", "UNKNOWN"])
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_a_strict_content_policy_holds(status: str | None, locale: str) -> None:
    html = page(status, locale, letter=LETTER)
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:|https?://", html)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("locale", "named"), [("zh-CN", LABELS["zh-CN"]), ("en", LABELS["en"])])
def test_whoever_signed_in_a_chain_is_named_in_the_language_of_the_page(
    role: Role, locale: Locale, named: dict[Role, str]
) -> None:
    at = datetime(2026, 1, 5, 9, 42, 10, tzinfo=UTC)
    signer = Signer(role, "林𠮷㐂", at)
    found = LetterVerification("VALID", number="HK-1", starts_on=at.date(), ends_on=at.date(), sealed_at=at, signers=(signer,))
    seen = page_data(found, locale)
    shown = page("VALID", locale, letter=LETTER, signers=seen["signers"], seal=seen["seal"])
    assert f"<strong>林𠮷㐂</strong> <span>{named[role]}</span> <time>2026-01-05 17:42:10 +0800</time>" in shown


def test_what_a_visitor_typed_stays_text() -> None:
    assert 'value="&#34;&gt;&lt;script&gt;"' in page("UNKNOWN", code='"><script>')


def test_an_unknown_letter_reveals_nothing() -> None:
    html = page("UNKNOWN")
    assert "无法识别" in html
    assert "责任书信息" not in html


def test_every_verdict_has_a_colour_behind_its_white_words() -> None:
    style = resources.files("plumb_templates").joinpath("static/verify.css").read_text()
    rules = re.findall(r"([^{}]+)\{ background: [^}]+\}", style)
    coloured = {name for rule in rules for name in re.findall(r"\.(\w+)", rule)}
    assert {status.lower() for status in get_args(Status)} <= coloured


def test_a_destroyed_letter_tells_its_day_and_leaves_the_digest_to_compare() -> None:
    html = page("DESTROYED", destroyed_on="2026-07-01", hashes={"expected": DIGEST, "actual": DIGEST})
    assert "销毁日期 <time>2026-07-01</time>" in html
    assert "一致" in html
    assert "责任书信息" not in html


def test_digests_that_differ_are_called_different() -> None:
    html = page("MODIFIED", letter=LETTER, hashes={"expected": DIGEST, "actual": DIGEST[::-1]})
    assert "不一致" in html
    assert DIGEST[::-1] in html


def test_a_superseded_letter_names_its_successor() -> None:
    assert "HK-MBZR-2026-0312-2" in page("SUPERSEDED", letter=LETTER | {"superseded_by": "HK-MBZR-2026-0312-2"})


def test_a_valid_letter_shows_who_signed_and_when() -> None:
    signers = [{"name": "林𠮷㐂", "role": "乙方", "signed_at": "2026-01-05 14:20:36"}]
    html = page("VALID", "en", letter=LETTER, signers=signers, hashes={"expected": DIGEST, "actual": DIGEST})
    for said in ("Valid", "林𠮷㐂", "2026-01-05 14:20:36", "Equal", 'enctype="multipart/form-data"', 'action="/verify"'):
        assert said in html


@pytest.mark.parametrize("sheet", ["verify.css", "snapshots.css"])
def test_words_stand_out_from_what_is_behind_them(sheet: str) -> None:
    # WCAG 2, 1.4.3: 4.5 to 1. A rule that names no ground stands on paper or on a card, one that names no colour is ink.
    known, found = colours_of("verify.css"), colours_of(sheet)
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", style_of(sheet))
    low = {}
    for name, said in rules:
        ink, behind = (re.search(rf"(?:^|[;\s]){of}: (#[0-9a-f]{{3,6}}|var\(--\w+\))", said) for of in ("color", "background"))
        white = any(each in name for each in WHITE_ON)
        for ground in [behind[1]] if behind else ["var(--paper)", "var(--card)"] if ink and ink[1] != "#fff" else []:
            seen = "#fff" if white else ink[1] if ink else "var(--ink)"
            low[name.strip(), ground] = contrast(*(named(each, known | found) for each in (seen, ground)))
    assert len(low) >= 6
    assert {place: ratio for place, ratio in low.items() if ratio < 4.5} == {}


WHITE_ON = (".valid", ".modified", ".superseded", ".unknown", "button")


def style_of(sheet: str) -> str:
    return re.sub(r"/\*.*?\*/", "", resources.files("plumb_templates").joinpath(f"static/{sheet}").read_text(), flags=re.DOTALL)


def colours_of(sheet: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", style_of(sheet)))


def named(colour: str, known: dict[str, str]) -> str:
    """Return a colour as six digits."""
    plain = known[colour[6:-1]] if colour.startswith("var") else colour
    return plain if len(plain) == 7 else "#" + "".join(2 * digit for digit in plain[1:])


def contrast(one: str, other: str) -> float:
    low, high = sorted((contrast_with_white(one), contrast_with_white(other)))
    return high / low
