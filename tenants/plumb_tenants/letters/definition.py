"""The kind `letter`: design, blocks and texts of a responsibility letter, with fields in braces, and the form of its number."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from plumb_platform.documents.fonts_system import Typeface
from plumb_platform.documents.letter_colours import contrast_with_white
from plumb_platform.documents.letter_data import Design, PageSize
from plumb_platform.documents.pictures import PictureInvalid, decoded_picture, remade_picture
from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.kinds import Body, Finding, Kind, Severity, register
from plumb_tenants.definitions.spelling import Colour
from plumb_tenants.letters.blocks import MOST_BLOCKS, LetterBlock, Paragraphs, block_faults
from plumb_tenants.letters.figures import LetterFigure, figure_faults
from plumb_tenants.letters.signers import SignerRule, signer_faults
from plumb_tenants.letters.wording import FIELDS, full_width_brace, is_number_pattern, unknown_fields, unpaired_brace

KIND = "letter"
SECTIONS = ("duties", "rights", "rewards", "revision", "miscellany")
NEEDED = ("duties", "rights", "rewards", "revision")
LARGEST_LOGO, LARGEST_SEAL = (1200, 400), (600, 600)
"""Pixels that print sharp at the size at which logo and seal stand in a letter."""
LEAST_CONTRAST = 4.5

Picture = Annotated[str, Field(max_length=280_000)]


class LetterFieldUnknown(InvalidInput):
    """Only fields of the fixed list may stand in braces."""

    code = "LETTER_FIELD_UNKNOWN"
    zh = "“{{{name}}}”不是可用的字段，可用字段：{known_zh}。"
    en = "{{{name}}} is not a field of letters; the fields are {known}."


class LetterBraceUnpaired(InvalidInput):
    """A brace without its other would stand in the letter, and the name beside it with it."""

    code = "LETTER_BRACE_UNPAIRED"
    zh = "花括号没有成对：“{text}”。字段写作 {{year}}，前后各一个花括号。"
    en = "A brace has no other: “{text}”. A field is written {{year}}, between two braces."


class LetterBracesFullWidth(InvalidInput):
    """Chinese keyboards type braces that are none to a template: nothing is filled in between them."""

    code = "LETTER_BRACES_FULL_WIDTH"
    zh = "“{text}”中的花括号是全角字符，会原样印出；字段请用半角花括号，如 {{year}}。"
    en = "The braces in “{text}” are full-width characters, printed as they are; write fields with plain ones: {{year}}."


class LetterNumberPatternInvalid(InvalidInput):
    """A number pattern counts, and holds nothing else but the year and the month."""

    code = "LETTER_NUMBER_PATTERN_INVALID"
    zh = "编号格式“{pattern}”无效：须包含一个 {{seq}} 或 {{seq:06}}，此外只能使用 {{year}} 与 {{month}}。"
    en = "The number pattern {pattern} is not valid: it needs {{seq}} or {{seq:06}} once, and may use {{year}} and {{month}}."


class LetterSectionEmpty(InvalidInput):
    """A letter without one of its usual sections is legal, but seldom meant."""

    code = "LETTER_SECTION_EMPTY"
    zh = "“{section}”一节没有内容。"
    en = "The section {section} is empty."


class LetterColourTooLight(InvalidInput):
    """Headings in the company's colour stand on white paper (WCAG 2, 1.4.3)."""

    code = "LETTER_COLOUR_TOO_LIGHT"
    zh = "颜色 {colour} 与白纸的对比度为 {contrast}，低于 {least}，标题难以辨认；请选用更深的颜色。"
    en = "The colour {colour} has a contrast of {contrast} with paper, below {least}; headings would be hard to read."


class LetterBody(Body):
    """How a letter looks and what it says: each section is a list of paragraphs, printed as numbered terms.

    A field such as {company}, {employee} or {period}, and the key of a figure, may stand in any text; `wording.FIELDS` is the
    list. Without blocks the design prints its usual sections; without signers the employee signs, then the manager. `logo` and
    `seal_image` are `data:` URLs of a PNG or JPEG.
    """

    title: Annotated[str, Field(max_length=60)] = "目标责任书"
    locale: Literal["zh-CN", "en"] = "zh-CN"
    subtitle: Annotated[str, Field(max_length=120)] = ""
    preamble: Annotated[str, Field(max_length=2000)] = ""
    duties: Paragraphs = ()
    rights: Paragraphs = ()
    rewards: Paragraphs = ()
    revision: Paragraphs = ()
    miscellany: Paragraphs = ()
    number_pattern: Annotated[str, Field(min_length=1, max_length=32)] = "ZRS-{year}-{seq:06}"
    design: Design = "formal"
    page_size: PageSize = "A4"
    typeface: Typeface = "SONG"
    accent: Colour = ""
    logo: Picture = ""
    seal_image: Picture = ""
    blocks: Annotated[tuple[LetterBlock, ...], Field(max_length=MOST_BLOCKS)] = ()
    figures: Annotated[tuple[LetterFigure, ...], Field(max_length=20)] = ()
    actions: Paragraphs = ()
    signers: Annotated[tuple[SignerRule, ...], Field(max_length=7)] = ()

    @property
    def has_pictures(self) -> bool:
        """Return whether it carries a picture that somebody brought."""
        return bool(self.logo or self.seal_image)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield every text that may hold fields, with its path in the body."""
        yield from (("title", self.title), ("subtitle", self.subtitle), ("preamble", self.preamble))
        for section in (*SECTIONS, "actions"):
            yield from ((f"{section}[{n}]", text) for n, text in enumerate(getattr(self, section)))
        for place, block in enumerate(self.blocks):
            yield (f"blocks[{place}].title", block.title)
            yield from ((f"blocks[{place}].text[{n}]", text) for n, text in enumerate(block.text))

    def pictures(self) -> dict[str, bytes]:
        """Return logo and seal image as PNG, made anew, by the names that a letter's page gives them; raises PictureInvalid."""
        wanted = (("logo", self.logo, LARGEST_LOGO), ("seal_image", self.seal_image, LARGEST_SEAL))
        return {name: _picture(name, url, largest) for name, url, largest in wanted if url}

    def brought(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files that somebody brought, by their fields; one that is no picture is the text that is stored."""
        for name, url in (("logo", self.logo), ("seal_image", self.seal_image)):
            try:
                content = decoded_picture(url) if url else b""
            except PictureInvalid:
                content = url.encode()
            if content:
                yield name, content


@lru_cache(maxsize=32)
def _picture(name: str, url: str, largest: tuple[int, int]) -> bytes:
    """Make a picture anew once: ten thousand letters of one template carry the same."""
    return remade_picture(decoded_picture(url, field=name), field=name, largest=largest)


def _text_findings(body: LetterBody) -> Iterator[Finding]:
    """Yield what is wrong with braces in the texts: names that are no fields, lone ones, and those of Chinese keyboards."""
    keys = [figure.key for figure in body.figures]
    names = (*FIELDS, *keys)
    said = {"known": ", ".join(names), "known_zh": "、".join([*(f"{key}（{zh}）" for key, zh in FIELDS.items()), *keys])}
    for path, text in body.texts():
        yield from (Finding(LetterFieldUnknown(field=path, name=name, **said)) for name in unknown_fields(text, names))
        if (lone := unpaired_brace(text)) is not None:
            yield Finding(LetterBraceUnpaired(field=path, text=lone))
        if (wide := full_width_brace(text)) is not None:
            yield Finding(LetterBracesFullWidth(field=path, text=wide), Severity.WARNING)


def lint(body: LetterBody) -> list[Finding]:
    """Name every fault of fields, figures, blocks, pictures, colour and number pattern; warn of empty sections."""
    faults = (*figure_faults(body.figures), *block_faults(body.blocks), *signer_faults(body.signers), *_look_faults(body))
    findings = [*_text_findings(body), *map(Finding, faults)]
    if not is_number_pattern(body.number_pattern):
        findings.append(Finding(LetterNumberPatternInvalid(field="number_pattern", pattern=body.number_pattern)))
    usual = body.design == "formal" and not body.blocks
    empty = [section for section in NEEDED if usual and not getattr(body, section)]
    return findings + [Finding(LetterSectionEmpty(field=each, section=each), Severity.WARNING) for each in empty]


def _look_faults(body: LetterBody) -> Iterator[InvalidInput]:
    if body.accent and (contrast := contrast_with_white(body.accent)) < LEAST_CONTRAST:
        yield LetterColourTooLight(field="accent", colour=body.accent, contrast=f"{contrast:.2f}", least=LEAST_CONTRAST)
    try:
        body.pictures()
    except PictureInvalid as invalid:
        yield invalid


LETTER = register(
    Kind(name=KIND, zh="目标责任书模板", en="Letter template", body=LetterBody, lint=lint, brought=LetterBody.brought)
)
